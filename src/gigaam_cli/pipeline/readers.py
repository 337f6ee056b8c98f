"""From files to segments: probing ahead, decoding, finding speech."""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, ThreadPoolExecutor, wait
from itertools import islice

from gigaam_cli.core.errors import ChangedWhileReadingError, MediaError
from gigaam_cli.core.files import sha256_of
from gigaam_cli.core.values import SAMPLE_RATE, AudioSegment, MediaInfo
from gigaam_cli.media.decode import Decoder
from gigaam_cli.media.probe import choose_stream, probe
from gigaam_cli.pipeline.assemble import booked, span_of
from gigaam_cli.pipeline.flow import (
    Advanced,
    Closed,
    Ended,
    Heard,
    Message,
    Opened,
    Probed,
    ReaderLeft,
    Remembered,
    SegmentQueue,
    Staged,
    Wanted,
    Work,
)
from gigaam_cli.pipeline.guard import one_files_work
from gigaam_cli.pipeline.jobs import Job, Pace, Recipe
from gigaam_cli.segment.segmenter import Segmenter
from gigaam_cli.store.values import is_there

_PROBERS = 2
Send = Callable[[Message], None]


def read(probed: Probed, recipe: Recipe) -> Iterator[Message | Heard]:
    """Yield what becomes of one recording, up to its ``Ended``, which carries what was wrong with the file.

    Raises:
        MediaError: before anything was decoded.
    """
    work, path = probed.work, probed.work.job.file.path
    stream = choose_stream(probed.info, recipe.audio_stream)
    yield Opened(work, probed.info, stream.number, stream.codec)
    segmenter = Segmenter(recipe.segment)
    with Decoder(path, stream.number, probed.info, recipe.decode) as decoder:
        work.interrupt = decoder.kill
        yield from _segments(segmenter, decoder, work, recipe.decode.cut.start)
        contents = None if work.abandoned else _contents(work.job)
        # A file that changes often seems damaged or cut off as well.
        error = _change(work.job) or decoder.error
        seconds = decoder.seconds
    yield Ended(work, segmenter.count, seconds, segmenter.speech / SAMPLE_RATE, error, contents)


def _segments(
    segmenter: Segmenter, decoder: Decoder, work: Work, offset: float
) -> Iterator[Heard | Remembered | Advanced]:
    if work.abandoned:  # before there was anything to interrupt
        return
    for block in decoder:
        if work.abandoned:
            return
        for segment in segmenter.feed(block):
            yield _new_or_known(work, segment, offset)
        yield Advanced(work, segmenter.settled, segmenter.count)
    for segment in segmenter.finish():
        yield _new_or_known(work, segment, offset)


def _new_or_known(work: Work, segment: AudioSegment, offset: float) -> Heard | Remembered:
    span = booked(span_of(segment, offset))
    return Remembered(work, segment.index, span) if span in work.job.heard else Heard(work, segment)


def _contents(job: Job) -> str | None:
    """Return the checksum of a file that was just read, so that it is known again whatever its time says."""
    try:
        return sha256_of(job.file.path)
    except OSError:  # it is gone: ``_change`` says so
        return None


def _change(job: Job) -> MediaError | None:
    """Compare the file with what it was when the run was planned."""
    return None if is_there(job.file) else ChangedWhileReadingError()


class Schedule:
    """Hands out recordings with their probes, the longest of those probed first. Used by many threads.

    When the time to begin any is over, it hands out no more.
    """

    def __init__(self, jobs: Iterable[Job], pace: Pace, send: Send, stall_timeout: float = 60.0) -> None:
        self._jobs = iter(jobs)
        self._window = 1 if pace.in_order else pace.probe_ahead
        self._send = send
        self._stall_timeout = stall_timeout
        self._last_begin = math.inf if pace.begin_within is None else time.monotonic() + pace.begin_within
        self._lock = threading.Lock()
        self._closed = False
        self._probes: dict[Future[MediaInfo], Work] = {}
        self._being_read: dict[int, Work] = {}
        self._pool = ThreadPoolExecutor(_PROBERS, thread_name_prefix="probe")

    def __iter__(self) -> Iterator[tuple[Work, Future[MediaInfo]]]:
        """Yield recordings for one reader; raises Closed when the run ends before its time."""
        while (chosen := self._next()) is not None:
            work, probed = chosen
            self._being_read[work.job.number] = work
            if self._closed:
                raise Closed
            yield work, probed
            del self._being_read[work.job.number]

    def end(self) -> None:
        """Hand out no more."""
        self._last_begin = -math.inf

    def close(self) -> None:
        """Begin no more probes, and give up what is being read."""
        self._closed = True
        for work in tuple(self._being_read.values()):
            work.abandon()
        with self._lock:  # nobody is about to order a probe
            self._pool.shutdown(wait=False, cancel_futures=True)

    def _next(self) -> tuple[Work, Future[MediaInfo]] | None:
        with self._lock:
            self._fill()
            if not self._probes:
                return None
            done = self._done()
            if self._is_over or not done:
                return None
            chosen = max(done, key=_seconds)
            return self._probes.pop(chosen), chosen

    @property
    def _is_over(self) -> bool:
        return time.monotonic() >= self._last_begin

    def _done(self) -> set[Future[MediaInfo]]:
        """Wait for a probe; return those that are done, none where the time is over before."""
        while not self._closed:
            # The time-out is for a cancelled probe, which wakes nobody.
            done, _ = wait(self._probes, timeout=0.2, return_when=FIRST_COMPLETED)
            if done or self._is_over:
                return done
        raise Closed

    def _fill(self) -> None:
        if self._closed:
            raise Closed
        for job in islice(self._jobs, self._window - len(self._probes)):
            work = Work(job)
            self._probes[self._pool.submit(self._probe, work)] = work

    def _probe(self, work: Work) -> MediaInfo:
        self._send(Staged(work, "probing"))
        info = None
        try:
            info = probe(work.job.file.path, self._stall_timeout)
        finally:  # what is wrong with it is told when it is its turn
            self._send(Staged(work, "waiting") if info is None else Probed(work, info))
        return info


def run_reader(schedule: Schedule, recipe: Recipe, queue: SegmentQueue, send: Send) -> None:
    """Read recordings until there are no more: the body of a reader's thread."""
    with contextlib.suppress(Closed):
        for work, future in schedule:
            with one_files_work(lambda error, work=work: send(Ended(work, 0, 0.0, 0.0, error))):  # type: ignore[misc]
                queue.wait_while_held()
                if not _granted(work, send):
                    continue
                for message in read(Probed(work, future.result()), recipe):
                    if isinstance(message, Heard):
                        if not work.taken and not queue.has_room(message):
                            send(Staged(work, "waiting"))
                        queue.put(message)
                    else:
                        send(message)
                    queue.wait_while_held()
    queue.reader_leaves()
    send(ReaderLeft())


def _granted(work: Work, send: Send) -> bool:
    """Ask whether a recording may be begun; raises Closed when the run ends before there is an answer."""
    work.interrupt = work.granted.cancel
    if not work.abandoned:
        send(Wanted(work))
        with contextlib.suppress(CancelledError):
            return work.granted.result()
    raise Closed


def _seconds(future: Future[MediaInfo]) -> float:
    return 0.0 if future.exception() else (future.result().duration or 0.0)
