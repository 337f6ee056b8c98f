"""What travels between the threads of a run, and the queue that bounds it in seconds of audio."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gigaam_cli.core.errors import DeviceLostError, GigaamError
from gigaam_cli.core.values import SAMPLE_RATE, AudioSegment, MediaInfo
from gigaam_cli.pipeline.batch import choose_batch, choose_last_batch
from gigaam_cli.pipeline.jobs import Job

if TYPE_CHECKING:
    from gigaam_cli.core.events import Stage
    from gigaam_cli.core.values import Recognition

# How long a device that takes batches waits for one to fill up.
_FILL_SECONDS = 0.05


class Closed(Exception):  # noqa: N818 - a way to end a thread, nothing went wrong
    """The run is ending: whoever waits goes home."""


@dataclass(slots=True)
class Work:
    """A job under way; ``abandoned`` tells its reader to stop, and ``interrupt`` ends what that waits for.

    ``granted`` says whether it may begin: another run may be at the same recording, or have done it. ``taken``: an
    engine is at it, or was.
    """

    job: Job
    abandoned: bool = False
    taken: bool = False
    interrupt: Callable[[], object] | None = None
    granted: Future[bool] = field(default_factory=Future)

    def abandon(self) -> None:
        """Give the job up, from whatever thread."""
        self.abandoned = True
        if self.interrupt is not None:
            self.interrupt()


@dataclass(frozen=True, slots=True)
class Staged:
    """Something else is going on with a recording; each thread tells of what it does itself."""

    work: Work
    stage: Stage


@dataclass(frozen=True, slots=True)
class Probed:
    """The file's header was read."""

    work: Work
    info: MediaInfo


@dataclass(frozen=True, slots=True)
class Wanted:
    """A reader is ready to begin, and waits for ``work.granted``."""

    work: Work


@dataclass(frozen=True, slots=True)
class Opened:
    """Decoding begins."""

    work: Work
    info: MediaInfo
    stream: int
    codec: str


@dataclass(frozen=True, slots=True)
class Heard:
    """A segment is ready to be recognised; ``tries`` ended without an answer before."""

    work: Work
    segment: AudioSegment
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Remembered:
    """A segment that an earlier run recognised: it is in the store."""

    work: Work
    index: int
    span: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Advanced:
    """Decoding has come this far: everything before sample ``settled`` is in the ``segments`` handed out."""

    work: Work
    settled: int
    segments: int


@dataclass(frozen=True, slots=True)
class Recognised:
    """A segment came back from an engine: with what it heard, or with what went wrong."""

    work: Work
    segment: AudioSegment
    recognition: Recognition | None
    error: GigaamError | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """There is no more of this recording. ``segments`` were handed out; times in seconds.

    ``contents`` is the SHA-256 of the file, where nothing was wrong with it.
    """

    work: Work
    segments: int
    seconds: float
    speech: float
    error: GigaamError | None = None
    contents: str | None = None


@dataclass(frozen=True, slots=True)
class LookedAgain:
    """Speech without text was listened to once more, in so many windows; ``same``: the file was still the same."""

    work: Work
    windows: int
    same: bool = True


@dataclass(frozen=True, slots=True)
class ReaderLeft:
    """A reader begins no more recordings, and has ended those it began."""


@dataclass(frozen=True, slots=True)
class Nudge:
    """Look around: something outside the messages has changed."""


@dataclass(frozen=True, slots=True)
class Lost:
    """A device works no longer; others are left."""

    error: DeviceLostError


@dataclass(frozen=True, slots=True)
class Broken:
    """A thread died of a bug: the run cannot be completed."""

    error: GigaamError


Message = (
    Staged
    | Probed
    | Wanted
    | Opened
    | Remembered
    | Advanced
    | Recognised
    | Ended
    | LookedAgain
    | ReaderLeft
    | Nudge
    | Lost
    | Broken
)


class SegmentQueue:
    """Segments waiting for a device. Counts audio until ``release``: also what is being recognised.

    ``readers`` put and ``takers`` take until they leave; nobody's leaving is also fine. While it is held nothing
    is taken.
    """

    def __init__(self, limit_seconds: float, readers: int = 1, takers: int = 1) -> None:
        # In samples: sums of seconds do not come back to zero.
        self._limit = _samples(limit_seconds)
        self._used = 0
        self._readers, self._takers = readers, takers
        self._waiting: list[Heard] = []
        self._closed = self._held = False
        self._changed = threading.Condition()

    def put(self, item: Heard) -> None:
        """Add a segment as soon as there is room; raises Closed when the run ends."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._has_room(len(item.segment.audio)))
            if self._closed:
                raise Closed
            self._used += len(item.segment.audio)
            self._waiting.append(item)
            self._changed.notify_all()

    def has_room(self, item: Heard) -> bool:
        """Whether a segment could be added at once."""
        with self._changed:
            return self._has_room(len(item.segment.audio))

    def take(self, size: int) -> list[Heard]:
        """Return 1 to ``size`` segments of similar length, the oldest among them; raises Closed at the end.

        When all readers have left, the longest are taken first, and shared out between the takers.
        """
        with self._changed:
            while not self._closed:
                self._changed.wait_for(lambda: self._closed or self._ready)
                if size > 1:
                    self._changed.wait_for(lambda: self._closed or self._is_full(size), _FILL_SECONDS)
                if self._ready:  # another thread may have been faster while this one waited for more
                    break
            if self._closed:
                raise Closed
            chosen = self._choose(size)
            batch = [self._waiting[index] for index in chosen]
            self._waiting = [item for index, item in enumerate(self._waiting) if index not in chosen]
            return batch

    def put_back(self, items: Sequence[Heard]) -> None:
        """Return what was taken and not dealt with; it comes first again."""
        with self._changed:
            self._waiting = [*items, *self._waiting]
            self._changed.notify_all()

    def reader_leaves(self) -> None:
        """Take note that one reader has no more to put."""
        with self._changed:
            self._readers -= 1
            self._changed.notify_all()

    def taker_leaves(self) -> int:
        """Take note that one taker takes no more; return how many are left."""
        with self._changed:
            self._takers -= 1
            return self._takers

    def release(self, seconds: float) -> None:
        """Give back the room of a segment that is dealt with."""
        with self._changed:
            self._used -= _samples(seconds)
            self._changed.notify_all()

    def hold(self, held: bool) -> None:
        """Let nothing be taken while ``held``, and those who ask wait."""
        with self._changed:
            self._held = held
            self._changed.notify_all()

    def wait_while_held(self) -> None:
        """Return as soon as the queue is not held; raises Closed when the run ends."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or not self._held)
            if self._closed:
                raise Closed

    def close(self) -> None:
        """Send everybody home."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def _ready(self) -> bool:
        return bool(self._waiting) and not self._held

    def _choose(self, size: int) -> list[int]:
        if self._waiting[0].tries:  # it may be at fault, and others are not to suffer for it
            return [0]
        seconds = [item.segment.seconds for item in self._waiting]
        if self._readers > 0:
            return choose_batch(seconds, size)
        return choose_last_batch(seconds, size, self._takers)

    def _is_full(self, size: int) -> bool:
        return len(self._waiting) >= size or self._readers <= 0

    def _has_room(self, samples: int) -> bool:
        return self._used <= 0 or self._used + samples <= self._limit


def _samples(seconds: float) -> int:
    return round(seconds * SAMPLE_RATE)
