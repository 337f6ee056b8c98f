"""What a terminal shows of a run: a bar for all of it, a line a recording in work, the last words, the keys."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from gigaam_cli.cli.console import shows_unicode
from gigaam_cli.cli.errors import printable
from gigaam_cli.cli.layout import Part, Pen, Row
from gigaam_cli.cli.naming import Naming, base_name
from gigaam_cli.cli.picture import Picture
from gigaam_cli.cli.progress import line_of
from gigaam_cli.cli.seat import Seat
from gigaam_cli.cli.speed import Speed, rounded
from gigaam_cli.cli.tally import InWork, Tally
from gigaam_cli.core.events import Event, FileStarted, RunPaused, RunResumed, SegmentDone
from gigaam_cli.core.i18n import mark, translate_plural
from gigaam_cli.core.i18n import translate as _
from gigaam_cli.core.timecode import clock

_STYLES = {
    "FileDone": "green",
    "FileFailed": "red",
    "FileLeft": "dim",
    "FileSkipped": "dim",
    "RunEnding": "yellow",
}
_STAGES = {
    "waiting": mark("waiting"),
    "probing": mark("probing"),
    "decoding": mark("decoding"),
    "recognising": mark("recognising"),
    "writing": mark("writing"),
}
# What the bars themselves say.
_SHOWN_ANYWAY = (RunPaused, RunResumed)
# Of the screen's height; the rest is for what is done.
_SHARE_OF_HEIGHT, _LEAST_LINES = 2 / 3, 6
# With less there is no room for words, and for keys.
_ROOM_FOR_WORDS, _ROOM_FOR_KEYS = 5, 7


class Bars:
    """An observer that draws, within ``with``; ``first`` is the recording that is shown first."""

    def __init__(self, console: Console, seat: Seat, naming: Naming = base_name) -> None:
        self._seat = seat
        self._naming = naming
        self._console = console
        self._lock = threading.RLock()
        self._tally, self._speed = Tally(), Speed()
        self._words = ""
        self._paused = False
        self._picture = Picture(console, self._paint, seat.is_away)
        self._stack = contextlib.ExitStack()
        self._unicode = shows_unicode(sys.stderr)

    def __enter__(self) -> Bars:
        if self._console.is_terminal and not self._console.is_dumb_terminal:
            self._stack.enter_context(self._seat.shows(self._picture))
        if self._seat.keys:
            self._seat.keys.bars = self
        return self

    def __exit__(self, *_: object) -> None:
        if self._seat.keys:
            self._seat.keys.bars = None
        self._stack.close()

    def __call__(self, event: Event) -> None:
        """Show ``event``."""
        with self._lock:
            self._tally.take(event)
            if isinstance(event, SegmentDone):
                self._words = printable(event.text).strip() or self._words
            elif isinstance(event, RunPaused):
                self._pause()
            elif isinstance(event, RunResumed):
                self._resume()
            elif not isinstance(event, FileStarted):
                self._speed.note(self._tally.heard)
        line = None if isinstance(event, _SHOWN_ANYWAY) else line_of(event, self._naming)
        if line:
            self.tell(line, _STYLES.get(type(event).__name__, ""))

    def tell(self, line: str, style: str = "") -> None:
        """Print a line above the bars."""
        self._picture.print(Text(line, style=style))

    @property
    def first(self) -> Path | None:
        """The recording in work that is shown first."""
        with self._lock:
            return next((one.path for one in self._tally.in_work() if one.stage != "probing"), None)

    def _pause(self) -> None:
        self._paused = True
        self._speed.pause()

    def _resume(self) -> None:
        self._paused = False
        self._speed.resume()

    def _paint(self, width: int, height: int) -> Sequence[Text]:
        with self._lock:
            if not self._tally.files or height < 1 or width < 1:
                return []
            height = min(height, max(_LEAST_LINES, int(height * _SHARE_OF_HEIGHT)))
            pen = Pen(self._console, self._unicode, width)
            below = self._below(pen, height)
            lines = pen.lines([self._overall()])
            lines += self._files(pen, height - len(lines) - len(below))
            return [*lines, *below][:height]

    def _overall(self) -> Row:
        files = self._tally.files
        name = translate_plural("{done} of {files} file", "{done} of {files} files", files)
        fraction = self._tally.fraction
        parts = [Part(f"{int(fraction * 100):3d}%", 0, "progress.percentage")]
        if (expected := self._tally.expected) is not None:
            about = "~" if self._tally.is_estimate else ""
            parts.append(
                Part(f"{clock(self._tally.reached)}/{about}{clock(expected)}", 3, "progress.download")
            )
        return Row(
            name.format(done=self._tally.finished, files=files),
            (*parts, *self._pace()),
            fraction,
            style="bold",
        )

    def _pace(self) -> list[Part]:
        """Return speed and time left, or that time stands still."""
        if self._paused:
            return [Part(_("paused"), 0, "bold yellow")]
        parts, speed, left = [], self._speed.current, self._tally.left
        if speed:
            parts.append(Part(f"{speed:.1f}x" if speed < 100 else f"{speed:.0f}x", 2, "progress.remaining"))
        if left and (time := self._speed.time_for(left)) is not None:
            text = _("{time} left").format(time=clock(rounded(time)))
            parts.append(Part(text, 1, "progress.remaining"))
        return parts

    def _files(self, pen: Pen, room: int) -> list[Text]:
        """Return lines for what is in work, as many as there is room for."""
        shown = list(self._tally.in_work())
        fits = len(shown) if len(shown) <= room else max(0, room - 1)
        stages = max(len(_(stage)) for stage in _STAGES.values())
        lines = pen.lines([_row(one, stages) for one in shown[:fits]])
        if room > 0 and fits < len(shown):
            number = len(shown) - fits
            more = translate_plural("and {number} more", "and {number} more", number).format(number=number)
            lines.append(Text(pen.cut(more), style="dim"))
        return lines

    def _below(self, pen: Pen, height: int) -> list[Text]:
        lines = []
        if self._words and height >= _ROOM_FOR_WORDS:
            lines.append(Text(pen.end_of(self._words), style="dim"))
        if self._seat.listens and height >= _ROOM_FOR_KEYS:
            lines.append(Text(self._keys(pen), style="dim"))
        return lines

    def _keys(self, pen: Pen) -> str:
        """Return which keys do what; while a run finishes, which may take long, the way to end it sooner."""
        pause = _("p go on") if self._paused else _("p pause")
        if self._tally.ending:
            keys = "   ".join(
                (pause, _("s skip"), _("Ctrl-C end at once, what is done is kept"), _("? keys"))
            )
            short = _("Ctrl-C end at once")
        else:
            keys = "   ".join((pause, _("s skip"), _("q finish"), _("? keys")))
            short = "p s q   " + _("? keys")
        return keys if pen.fits(keys) else pen.cut(short)


def _row(one: InWork, stages: int) -> Row:
    fraction = one.fraction
    percent = "" if fraction is None else f"{int(fraction * 100):3d}%"
    length = "" if one.length is None else f"{clock(min(one.position, one.length))}/{clock(one.length)}"
    parts = (
        Part(_(_STAGES[one.stage]), 1, "dim", stages),
        Part(percent, 0, "progress.percentage", 4),
        Part(length if one.begun else "", 2, "progress.download", len("0:00/0:00")),
    )
    return Row(printable(one.path.name), parts, fraction if one.begun else None, bar_at=1)
