"""Numbers of bytes as people read them."""

from __future__ import annotations

_UNITS = ("B", "kB", "MB", "GB")


def size_text(count: int) -> str:
    """Return a number of bytes as people read it: 902.5 MB."""
    value, unit = float(count), 0
    while value >= 1000 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{int(count)} B" if unit == 0 else f"{value:.1f} {_UNITS[unit]}"


def rough_size(count: int) -> str:
    """Return a number of bytes that is known roughly only: ~0.9 GB."""
    return f"~{count / 1e9:.1f} GB"


class Bytes(int):
    """A number of bytes: a number to programs, ``902.5 MB`` in a text."""

    def __format__(self, spec: str) -> str:
        return format(size_text(self), spec)
