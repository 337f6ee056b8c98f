"""Bars: one for all audio of the run with speed and time left, and one for each recording in work."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TaskProgressColumn
from rich.table import Column
from rich.text import Text

from gigaam_cli.cli.errors import printable
from gigaam_cli.cli.progress import line_of
from gigaam_cli.core.events import (
    DurationKnown,
    Event,
    FileDone,
    FileFailed,
    FileOvertaken,
    FilePostponed,
    FileStarted,
    RunStarted,
    StageProgress,
)
from gigaam_cli.core.i18n import translate_plural
from gigaam_cli.core.timecode import clock

_STYLES = {"FileDone": "green", "FileFailed": "red", "FileSkipped": "dim", "RunEnding": "yellow"}
# On less the names are worth more than the bars.
_ROOM_FOR_BARS = 60
# A speed from less than this is noise.
_SETTLING_SECONDS = 1.0


class _Clock(ProgressColumn):
    """Position and length of a recording, or of all of them."""

    def render(self, task: Task) -> Text:
        total = "?" if task.total is None else clock(task.total)
        return Text(f"{clock(task.completed)}/{total}", style="progress.download")


class _Pace(ProgressColumn):
    """Speed in seconds of audio a second, and the time left; for the overall bar only."""

    def render(self, task: Task) -> Text:
        elapsed = task.elapsed or 0.0
        if not task.fields.get("overall") or elapsed < _SETTLING_SECONDS or not task.completed:
            return Text("")
        speed = task.completed / elapsed
        left = "" if task.total is None else f" {clock((task.total - task.completed) / speed)}"
        return Text(f"{speed:.1f}x{left}", style="progress.remaining")


class Bars:
    """An observer that draws."""

    def __init__(self, console: Console) -> None:
        self._console = console
        bar = BarColumn(bar_width=None, table_column=Column(ratio=2))
        self._progress = Progress(
            _Name(table_column=Column(ratio=2, no_wrap=True, overflow="ellipsis")),
            *([bar] if console.width >= _ROOM_FOR_BARS else []),
            TaskProgressColumn(),
            _Clock(),
            _Pace(),
            console=console,
            transient=True,
            expand=True,
            refresh_per_second=8,
        )
        self._totals = _Totals()
        self._overall: TaskID | None = None
        self._tasks: dict[Path, TaskID] = {}

    def __enter__(self) -> Bars:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def __call__(self, event: Event) -> None:
        """Show ``event``."""
        line = line_of(event)
        if line:
            self._console.print(Text(line, style=_STYLES.get(type(event).__name__, "")))
        if isinstance(event, RunStarted):
            self._totals = _Totals(files=event.files)
            self._overall = self._progress.add_task("", total=None, overall=True)
        elif isinstance(event, FileStarted):
            name = printable(event.path.name)
            self._tasks[event.path] = self._progress.add_task(name, total=event.seconds)
        elif isinstance(event, StageProgress):
            self._move(event)
        elif isinstance(event, FileDone | FileFailed | FileOvertaken):
            self._finish(event)
        elif isinstance(event, FilePostponed):
            self._drop(event.path)
        elif isinstance(event, DurationKnown):
            self._totals.learn(event.path, event.seconds)
        self._update()

    def _move(self, event: StageProgress) -> None:
        task = self._tasks.get(event.path)
        if task is not None:
            self._totals.reach(event.path, event.position)
            self._progress.update(task, completed=event.position)

    def _finish(self, event: FileDone | FileFailed | FileOvertaken) -> None:
        self._totals.finish(event.path, event.seconds if isinstance(event, FileDone) else None)
        self._drop(event.path)

    def _drop(self, path: Path) -> None:
        task = self._tasks.pop(path, None)
        if task is not None:
            self._progress.remove_task(task)

    def _update(self) -> None:
        if self._overall is None:
            return
        done, files = self._totals.finished, self._totals.files
        self._progress.update(
            self._overall,
            description=translate_plural("{done} of {files} file", "{done} of {files} files", files).format(
                done=done, files=files
            ),
            completed=self._totals.reached,
            total=self._totals.expected,
        )


class _Name(ProgressColumn):
    """A recording's name, or the count of files."""

    def render(self, task: Task) -> Text:
        return Text(task.description, style="bold" if task.fields.get("overall") else "")


class _Totals:
    """Sums over the run, in seconds of audio."""

    def __init__(self, files: int = 0) -> None:
        self.files = files
        self.finished = 0
        self._audible = files
        self._lengths: dict[Path, float] = {}
        self._positions: dict[Path, float] = {}
        self._done_seconds = 0.0
        self._known = 0
        self._known_seconds = 0.0

    @property
    def reached(self) -> float:
        """Seconds that are recognised."""
        return self._done_seconds + sum(self._positions.values())

    @property
    def expected(self) -> float | None:
        """Seconds in all; files whose length is unknown yet count as the mean of the others."""
        if not self._known:
            return None
        return max(self._known_seconds / self._known * self._audible, self.reached)

    def learn(self, path: Path, seconds: float | None) -> None:
        """Note a recording's length."""
        if seconds is not None and path not in self._lengths:
            self._lengths[path] = seconds
            self._known += 1
            self._known_seconds += seconds

    def reach(self, path: Path, position: float) -> None:
        """Note how far a recording is recognised."""
        self._positions[path] = min(position, self._lengths.get(path, position))

    def finish(self, path: Path, seconds: float | None) -> None:
        """Note that a recording is dealt with; one that failed counts as passed over, if its length was known."""
        self.finished += 1
        length = self._lengths.pop(path, None)
        if length is None and seconds is None:
            self._audible -= 1
        reached = self._positions.pop(path, 0.0)
        self._done_seconds += length if length is not None else (seconds or reached)
