"""Lines that fit: what is cut, what is left out where there is little room, and what a bar is drawn with. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.progress_bar import ProgressBar
from rich.text import Text

_GAP = 2
# On less the names are worth more than the bar.
_LEAST_BAR, _LEAST_NAME = 10, 12


@dataclass(frozen=True, slots=True)
class Part:
    """A column: ``rank`` says in which order columns are left out, the highest first; ``width`` pads it."""

    text: str
    rank: int
    style: str = ""
    width: int = 0

    @property
    def cells(self) -> int:
        """How much room it takes, with the gap before it."""
        return self.width + _GAP if self.width else 0


@dataclass(frozen=True, slots=True)
class Row:
    """A name, columns behind it, and a bar between the name and those from ``bar_at`` on."""

    name: str
    parts: tuple[Part, ...]
    fraction: float | None = None
    bar_at: int = 0
    style: str = ""


class Pen:
    """Writes rows of ``width`` cells; ``unicode`` where the terminal shows more than ASCII."""

    def __init__(self, console: Console, unicode: bool, width: int) -> None:
        self._console, self._unicode, self._width = console, unicode, width

    def lines(self, rows: Sequence[Row]) -> list[Text]:
        """Return rows one below the other, with columns of the same width: what does not fit is left out of all."""
        room = self._room(rows)
        rows = [replace(row, parts=_kept(row.parts, room)) for row in _aligned(rows)]
        rest = self._width - max((_cells(row.parts) for row in rows), default=0)
        named = max((cell_len(row.name) for row in rows), default=0)
        bar = max(0, rest - _GAP - max(_LEAST_NAME, min(named, rest * 2 // 5)))
        bar = bar if bar >= _LEAST_BAR and any(row.fraction is not None for row in rows) else 0
        name = rest - (bar + _GAP if bar else 0)
        return [self._line(row, name, bar) for row in rows]

    def cut(self, text: str) -> str:
        """Return the beginning of a text."""
        return self._cut(text, self._width)

    def fits(self, text: str) -> bool:
        """Whether there is room for all of a text."""
        return cell_len(text) <= self._width

    def end_of(self, text: str) -> str:
        """Return the end of a text."""
        if cell_len(text) <= self._width:
            return text
        while text and cell_len(text) + cell_len(self._dots) > self._width:
            text = text[1:]
        return self._dots + text

    def _room(self, rows: Sequence[Row]) -> int:
        longest = max((cell_len(row.name) for row in rows), default=0)
        return self._width - min(longest, _LEAST_NAME)

    def _line(self, row: Row, name: int, bar: int) -> Text:
        line = Text(set_cell_size(self._cut(row.name, name), name), row.style)
        for number, part in enumerate((*row.parts, Part("", 0))):
            if number == row.bar_at and bar:
                line.append(" " * _GAP)
                line.append_text(self._bar(row.fraction, bar))
            if part.cells:
                padding = max(0, part.width - cell_len(part.text))
                line.append(" " * _GAP + part.text + " " * padding, part.style)
        line.truncate(self._width)
        return line

    def _bar(self, fraction: float | None, width: int) -> Text:
        if fraction is None:
            return Text(" " * width)
        options = self._console.options.update(width=width)
        options.encoding = options.encoding if self._unicode else "ascii"
        drawn = self._console.render(ProgressBar(1.0, fraction, width), options)
        bar = Text.assemble(*((segment.text, segment.style or "") for segment in drawn))
        bar.pad_right(max(0, width - bar.cell_len))
        return bar

    def _cut(self, text: str, width: int) -> str:
        if cell_len(text) <= width:
            return text
        return set_cell_size(text, max(0, width - cell_len(self._dots))).rstrip() + self._dots

    @property
    def _dots(self) -> str:
        return "…" if self._unicode else "..."


def _aligned(rows: Sequence[Row]) -> list[Row]:
    """Return rows whose columns are as wide as the widest text in them; all have the same columns."""
    columns = zip(*(row.parts for row in rows), strict=True)
    widths = [max(max(part.width, cell_len(part.text)) for part in column) for column in columns]
    return [
        replace(
            row,
            parts=tuple(replace(part, width=width) for part, width in zip(row.parts, widths, strict=True)),
        )
        for row in rows
    ]


def _cells(parts: Sequence[Part]) -> int:
    return sum(part.cells for part in parts)


def _kept(parts: tuple[Part, ...], room: int) -> tuple[Part, ...]:
    """Return what there is room for: the columns that are worth least go first, and take their room with them."""
    ranks = sorted({part.rank for part in parts}, reverse=True)
    for rank in ranks:
        if _cells(parts) <= room:
            break
        parts = tuple(replace(part, text="", width=0) if part.rank == rank else part for part in parts)
    return parts
