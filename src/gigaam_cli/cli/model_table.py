"""The models as a table for people and as values for programs."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gigaam_cli.cli.console import is_terminal, output_console
from gigaam_cli.cli.speeds import Speed
from gigaam_cli.core.i18n import translate as _
from gigaam_cli.core.sizes import rough_size, size_text
from gigaam_cli.engines.catalog import DEFAULT_MODEL, about, download_size, languages
from gigaam_cli.engines.inventory import Holding

# Narrower than this, what a model is good for stands below its name.
_LEAST_TEXT = 16
_GAP = "  "


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of the table."""

    model: str
    here: str
    size: str
    speed: str
    what: str

    @property
    def cells(self) -> tuple[str, str, str, str]:
        """What stands in columns of their own."""
        return self.model, self.here, self.size, self.speed


def show(items: Sequence[Holding], speeds: Mapping[str, Speed]) -> Iterator[str]:
    """Yield the lines of the table: as wide as a terminal, and one for each model elsewhere."""
    rows = [_Row(_("MODEL"), _("HERE"), _("SIZE"), _("SPEED"), _("WHAT"))]
    rows += [_row(item, speeds.get(item.name)) for item in items]
    widths = [max(len(row.cells[column]) for row in rows) for column in range(4)]
    width = output_console().width if is_terminal(sys.stdout) else None
    for row in rows:
        yield from _lines(row, widths, width)
    if any(item.rewritten for item in items):
        yield _("* rewritten for this machine")
    if any(not item.precisions and download_size(item.name) for item in items):
        yield _("SIZE with ~: to be fetched")
    if speeds:
        yield _("SPEED: times real time, here")


def size_to_fetch(name: str) -> str:
    """Return roughly how much a fetch of a model brings; nothing where that is not known."""
    size = download_size(name)
    return "" if size is None else rough_size(size)


def _row(item: Holding, speed: Speed | None) -> _Row:
    here = ", ".join((*item.precisions, *(f"{one}*" for one in item.rewritten))) or "-"
    default = _(" (default)") if item.name == DEFAULT_MODEL else ""
    return _Row(
        item.name,
        here,
        size_text(item.size) if item.precisions else size_to_fetch(item.name) or "-",
        f"{speed.rtfx:.1f}" if speed else "-",
        _(about(item.name)) + default,
    )


def _lines(row: _Row, widths: Sequence[int], width: int | None) -> Iterator[str]:
    """Yield a row's lines: one below the other where they do not fit into ``width``."""
    from rich.cells import cell_len

    cells = _GAP.join(
        cell + " " * (wide - cell_len(cell)) for cell, wide in zip(row.cells, widths, strict=True)
    )
    if width is None:
        yield f"{cells}{_GAP}{row.what}"
    elif width - len(cells) - len(_GAP) >= _LEAST_TEXT:
        first, *others = _wrapped(row.what, width - len(cells) - len(_GAP))
        yield f"{cells}{_GAP}{first}"
        yield from (" " * (len(cells) + len(_GAP)) + other for other in others)
    elif row.model != _("MODEL"):  # columns that are none need no names
        yield row.model
        details = _GAP.join(cell for cell in row.cells[1:] if cell != "-")
        yield from (
            _GAP + line for text in (details, row.what) if text for line in _wrapped(text, width - len(_GAP))
        )


def _wrapped(text: str, width: int) -> list[str]:
    from textwrap import wrap

    return wrap(text, max(1, width)) or [""]


def as_json(item: Holding, speed: Speed | None) -> dict[str, Any]:
    """Return a model as JSON values; this shape is part of the contract."""
    return {
        "name": item.name,
        "folder": str(item.folder),
        "precisions": list(item.precisions),
        "rewritten": list(item.rewritten),
        "size": item.size,
        "recorded": item.recorded,
        "licence": item.licence,
        "source": item.source,
        "default": item.name == DEFAULT_MODEL,
        "languages": list(languages(item.name)),
        "about": about(item.name),
        "rtfx": speed.rtfx if speed else None,
        "rtfx_devices": list(speed.devices) if speed else [],
        "rtfx_from": speed.source if speed else None,
    }
