"""Numbers of bytes as people read them, in their language."""

from __future__ import annotations

from collections.abc import Callable

from gigaam_cli.core.i18n import mark as _
from gigaam_cli.core.i18n import translate as to_chosen

_SMALL = _("{count} B")
_UNITS = (_("{whole}.{tenth} kB"), _("{whole}.{tenth} MB"), _("{whole}.{tenth} GB"))
_GIGA = 1e9


def size_text(count: int, translate: Callable[[str], str] = to_chosen) -> str:
    """Return a number of bytes as people read it: 902.5 MB."""
    if count < 1000:
        return translate(_SMALL).format(count=int(count))
    value, unit = count / 1000, 0
    while value >= 1000 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return _with_tenths(value, translate(_UNITS[unit]))


def rough_size(count: int) -> str:
    """Return a number of bytes that is known roughly only: ~0.9 GB."""
    return "~" + _with_tenths(count / _GIGA, to_chosen(_UNITS[-1]))


def _with_tenths(value: float, text: str) -> str:
    whole, tenth = f"{value:.1f}".split(".")
    return text.format(whole=whole, tenth=tenth)


class Bytes(int):
    """A number of bytes: a number to programs, ``902.5 MB`` in an English text."""

    def __format__(self, spec: str) -> str:
        return format(size_text(self, str), spec)
