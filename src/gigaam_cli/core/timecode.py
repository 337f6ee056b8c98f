"""Seconds as people read them."""

from __future__ import annotations


def clock(seconds: float) -> str:
    """Return ``H:MM:SS``, or ``M:SS`` below an hour; fractions are cut off."""
    hours, rest = divmod(int(max(0.0, seconds)), 3600)
    minutes, whole = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{whole:02}" if hours else f"{minutes}:{whole:02}"
