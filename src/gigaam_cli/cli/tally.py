"""How far a run is, in seconds of audio: what it tells is measured, and never goes back. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gigaam_cli.core.events import (
    STOPPED_BY_USER,
    DurationKnown,
    Event,
    FileDone,
    FileFailed,
    FileLeft,
    FileOvertaken,
    FilePostponed,
    FileStarted,
    FileWaiting,
    RunEnding,
    RunStarted,
    Stage,
    StageChanged,
    StageProgress,
)

# As long as something is to be done.
_ALMOST = 0.999


@dataclass(slots=True)
class InWork:
    """A recording that something goes on with; seconds. ``begun``: it is this run's, and being read."""

    path: Path
    stage: Stage
    begun: bool = False
    length: float | None = None
    position: float = 0.0

    @property
    def fraction(self) -> float | None:
        """How much of it is recognised; None where its length is not known."""
        if self.stage == "writing":
            return 1.0
        if not self.begun or not self.length:
            return None
        return min(self.position / self.length, _ALMOST)


class Tally:
    """Takes the events of a run. ``fraction`` of it is done, which never falls and ends at 1.

    ``heard`` are seconds of audio that this run recognised itself, ``expected`` all that there are: files whose
    length is not known yet count as the mean of the others, those that are only written as nothing.

    What is left of the bar stands for what is left of the work: where that turns out to be more than it seemed,
    the bar goes on more slowly.
    """

    def __init__(self) -> None:
        self.files = self.finished = 0
        self.fraction = self.heard = 0.0
        self._to_write = 0
        self._ending = False
        self._in_work: dict[Path, InWork] = {}
        self._lengths: dict[Path, float | None] = {}
        self._reached: dict[Path, float] = {}
        self._passed = self._booked = 0.0
        self._measured, self._measured_seconds = 0, 0.0

    def take(self, event: Event) -> None:
        """Take note of ``event``."""
        if isinstance(event, RunStarted):
            self.files, self._to_write = event.files, event.to_write
        elif isinstance(event, RunEnding):
            self._ending = self._ending or event.reason == STOPPED_BY_USER
        elif isinstance(event, DurationKnown):
            self._measure(event)
        elif isinstance(event, StageProgress):
            self._progress(event)
        elif isinstance(event, FileDone | FileFailed | FileLeft | FileOvertaken):
            self._finish(event)
        elif isinstance(event, FileStarted | StageChanged | FileWaiting | FilePostponed):
            self._change(event)
        self._advance()

    @property
    def ending(self) -> bool:
        """Whether only what is in work is finished."""
        return self._ending

    @property
    def reached(self) -> float:
        """Seconds of audio that are recognised."""
        return self._passed + sum(self._reached.values())

    @property
    def left(self) -> float | None:
        """Seconds of audio that are to be recognised yet; None while nothing is known of that."""
        if self._ending:
            return sum(self._left_of(one.path) for one in self._in_work.values() if one.begun)
        unknown = max(0, self.files - self.finished - self._to_write - len(self._lengths))
        if not self._measured:
            return None if unknown or self._lengths else 0.0
        return unknown * self._mean + sum(map(self._left_of, self._lengths))

    @property
    def is_estimate(self) -> bool:
        """Whether the length of some recordings is not known."""
        unknown = self.files - self.finished - self._to_write - len(self._lengths)
        return not self._ending and (unknown > 0 or None in self._lengths.values())

    @property
    def expected(self) -> float | None:
        """Seconds of audio in all; None while nothing is known of that."""
        left = self.left
        return None if left is None else self.reached + left

    def in_work(self) -> Iterator[InWork]:
        """Yield what something goes on with: what is begun, the oldest first, then what is waited for or written.

        Headers are read all the time: that is worth a line only while there is nothing else.
        """
        shown = self._in_work.values()
        begun = [one for one in shown if one.begun]
        others = [one for one in shown if not one.begun and one.stage != "probing"]
        yield from [*begun, *others] or list(shown)

    @property
    def _mean(self) -> float:
        return self._measured_seconds / self._measured if self._measured else 0.0

    def _left_of(self, path: Path) -> float:
        length = self._lengths.get(path)
        return max(0.0, (self._mean if length is None else length) - self._reached.get(path, 0.0))

    def _measure(self, event: DurationKnown) -> None:
        if event.seconds is not None and self._lengths.get(event.path) is None:
            self._measured += 1
            self._measured_seconds += event.seconds
        self._lengths[event.path] = event.seconds
        self._forget(event.path)

    def _forget(self, path: Path) -> None:
        """Show nothing more of a header that was read."""
        shown = self._in_work.get(path)
        if shown is not None and not shown.begun:
            del self._in_work[path]

    def _change(self, event: FileStarted | StageChanged | FileWaiting | FilePostponed) -> None:
        shown = self._in_work.get(event.path)
        if isinstance(event, FileStarted):
            position = self._reached.setdefault(event.path, 0.0)
            self._in_work.pop(event.path, None)
            self._in_work[event.path] = InWork(event.path, "decoding", True, event.seconds, position)
        elif isinstance(event, FilePostponed):
            self._in_work.pop(event.path, None)
        elif isinstance(event, FileWaiting):
            self._in_work[event.path] = InWork(event.path, "waiting")
        elif shown is not None and shown.begun:
            shown.stage = event.stage
        elif event.stage == "waiting":
            self._forget(event.path)
        else:
            self._in_work[event.path] = InWork(event.path, event.stage)

    def _progress(self, event: StageProgress) -> None:
        length = self._lengths.get(event.path)
        before = self._reached.get(event.path, 0.0)
        position = max(before, event.position if length is None else min(event.position, length))
        self._reached[event.path] = position
        self.heard += 0.0 if event.known else position - before
        shown = self._in_work.get(event.path)
        if shown is not None:
            shown.position = max(shown.position, event.position)

    def _finish(self, event: FileDone | FileFailed | FileLeft | FileOvertaken) -> None:
        """Note that a recording is dealt with; what was not recognised of it is nothing to do any more."""
        self.finished += 1
        reached = self._reached.pop(event.path, 0.0)
        self._in_work.pop(event.path, None)
        probed = event.path in self._lengths
        self._lengths.pop(event.path, None)
        if isinstance(event, FileDone) and event.recognised:
            self._passed += max(reached, event.seconds)
        else:
            self._passed += reached
            if isinstance(event, FileDone) and not probed:
                self._to_write = max(0, self._to_write - 1)

    def _advance(self) -> None:
        left, reached = self.left, self.reached
        gained, self._booked = reached - self._booked, reached
        if self.files and (self.finished >= self.files or (self._ending and not self._is_at_work)):
            self.fraction = 1.0
        elif left is not None and self.files:
            every = reached + left
            straight = reached / every if every else self.finished / self.files
            share = gained / (gained + left) if gained + left > 0 else 0.0
            moved = self.fraction + (1.0 - self.fraction) * share
            self.fraction = max(self.fraction, min(max(moved, straight), _ALMOST))

    @property
    def _is_at_work(self) -> bool:
        return any(one.begun or one.stage == "writing" for one in self._in_work.values())
