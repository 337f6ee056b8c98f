"""Text that fits: rows in columns, paths cut where they say least."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from gigaam_cli.cli.errors import printable

_DOTS = "..."
_MOST_FOR_TITLES = 0.6


def width_of(text: str) -> int:
    """Return how many columns ``text`` takes."""
    if text.isascii():
        return len(text)
    from prompt_toolkit.utils import get_cwidth

    return get_cwidth(text)


def cut(text: str, columns: int) -> str:
    """Return ``text`` in at most so many columns; what is left out at its end is shown by dots."""
    if width_of(text) <= columns:
        return text
    room = max(0, columns - len(_DOTS))
    while width_of(text) > room:
        text = text[: -max(1, (width_of(text) - room) // 2)]
    return text + _DOTS[:columns]


def cut_start(text: str, columns: int) -> str:
    """Return ``text`` in at most so many columns, without its beginning."""
    return cut(text[::-1], columns)[::-1]


def padded(text: str, columns: int) -> str:
    """Return ``text`` in so many columns."""
    return text + " " * (columns - width_of(text))


def table(rows: Sequence[tuple[str, str]], columns: int) -> list[str]:
    """Return each title with its note in at most so many columns, the notes below each other."""
    widest = max((width_of(title) for title, note in rows if note), default=0)
    widest = min(widest, int(columns * _MOST_FOR_TITLES))
    room = columns - widest - 2
    return [
        f"{padded(cut(title, widest), widest)}  {_cut_note(note, room)}" if note else cut(title, columns)
        for title, note in rows
    ]


def _cut_note(note: str, columns: int) -> str:
    """Return a note that fits: of a path, the end says most."""
    return (cut_start if note.startswith(("~", os.sep)) else cut)(note, columns)


def place(path: str | Path) -> str:
    """Return a path as people know it: below their home it begins with ``~``."""
    home, text = os.path.expanduser("~"), str(path)  # noqa: PTH111 - Path raises where nobody lives
    if home not in ("", os.sep) and (text == home or text.startswith(home.rstrip(os.sep) + os.sep)):
        text = "~" + text[len(home.rstrip(os.sep)) :]
    return printable(text)


def places(paths: Sequence[str]) -> str:
    """Return several paths in a word."""
    more = f" +{len(paths) - 1}" if len(paths) > 1 else ""
    return place(paths[0]) + more if paths else ""
