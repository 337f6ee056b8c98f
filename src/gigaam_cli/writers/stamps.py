"""Points in time as the formats write them."""

from __future__ import annotations


def timecode(seconds: int) -> str:
    """Return ``HH:MM:SS``; hours may have more than two digits."""
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour:02}:{minute:02}:{second:02}"


def stamp(seconds: float, separator: str) -> str:
    """Return ``HH:MM:SS`` and milliseconds behind ``separator``, as subtitle formats want them."""
    whole, thousandth = divmod(milliseconds(seconds), 1000)
    return f"{timecode(whole)}{separator}{thousandth:03}"


def milliseconds(seconds: float) -> int:
    """Return ``seconds`` as whole milliseconds, to the nearest."""
    return round(seconds * 1000)
