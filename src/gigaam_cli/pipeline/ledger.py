"""The books of a run: what is known of each recording under way, and what follows when it is complete.

Lives in the thread that called ``run``: it alone talks to the store, the observer and the outputs.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from gigaam_cli.core.errors import (
    DiskFullError,
    GigaamError,
    OutputError,
    OvertakenError,
    TruncatedMediaError,
    UnexpectedError,
)
from gigaam_cli.core.events import (
    DeviceLost,
    DurationKnown,
    FileDone,
    FileFailed,
    FileStarted,
    Observer,
    SegmentDone,
    StageProgress,
)
from gigaam_cli.core.i18n import mark as _
from gigaam_cli.core.values import SAMPLE_RATE, AudioSegment, Recognition, Transcript
from gigaam_cli.engines.protocol import EngineInfo
from gigaam_cli.pipeline.assemble import segment_of, span_of
from gigaam_cli.pipeline.coverage import unheard
from gigaam_cli.pipeline.flow import (
    Advanced,
    Broken,
    Ended,
    Lost,
    Message,
    Nudge,
    Opened,
    Probed,
    ReaderLeft,
    Recognised,
    Remembered,
    Work,
)
from gigaam_cli.pipeline.jobs import FileResult, Job, Recipe
from gigaam_cli.store.store import Store
from gigaam_cli.store.values import Ending

logger = logging.getLogger(__name__)


class Sink(Protocol):
    """Where finished transcripts go."""

    def deliver(self, job: Job, recognition: int, transcript: Transcript) -> tuple[Path, ...]:
        """Publish a transcript and return its files; raises OutputError."""

    def nothing_of(self, job: Job) -> None:
        """Take note that nothing will come of this job."""


@dataclass(slots=True)
class _Entry:
    """A recording under way: how many of its segments are back, and how far it is recognised (seconds).

    ``ahead`` are the ends of segments that are back before those in front of them; ``behind`` is the first
    that is not back. ``known`` are seconds of audio that an earlier run recognised.
    """

    work: Work
    recognition: int
    opened: Opened
    results: int = 0
    starts: list[float] = field(default_factory=list)
    behind: int = 0
    ahead: dict[int, float] = field(default_factory=dict)
    position: float = 0.0
    ended: Ended | None = None
    known: float = 0.0


@dataclass(frozen=True, slots=True)
class Desk:
    """What the ledger works with."""

    store: Store
    sink: Sink
    observer: Observer
    recipe: Recipe
    digest: str
    engine: EngineInfo
    release: Callable[[float], None]


class Ledger:
    """Takes the messages of a run, in the order in which they come."""

    def __init__(self, desk: Desk) -> None:
        self.results: list[FileResult] = []
        self._desk = desk
        self._entries: dict[int, _Entry] = {}
        self._lost: set[str] = set()

    @property
    def under_way(self) -> int:
        """How many recordings are begun and not ended."""
        return len(self._entries)

    def take(self, message: Message) -> None:
        """Book ``message``; publishes the recording that it completes.

        Raises:
            DiskFullError: nothing more can be written.
            StoreError: nothing more can be remembered.
            GigaamError: a thread of the run died.
        """
        if isinstance(message, Broken):
            raise message.error
        if isinstance(message, Recognised):
            self._desk.release(message.segment.seconds)
        if isinstance(message, Lost):
            self._lose(message)
        elif isinstance(message, Probed):
            wanted = self._desk.recipe.decode.cut.seconds_of(message.info.duration)
            self._desk.observer(DurationKnown(message.work.job.file.path, wanted))
        elif isinstance(message, Opened):
            self._open(message)
        elif isinstance(message, Ended) and message.work.job.number not in self._entries:
            self._never_opened(message)
        elif not isinstance(message, Nudge | ReaderLeft) and message.work.job.number in self._entries:
            self._under_way(self._entries[message.work.job.number], message)

    def deliver(self, job: Job, recognition: int, recognised: bool, known: float = 0.0) -> None:
        """Publish what the store holds of a recording; ``known`` seconds of it are from before.

        Raises:
            DiskFullError: there is no room for it.
        """
        transcript = self._desk.store.transcript(recognition)
        try:
            outputs = self._desk.sink.deliver(job, recognition, transcript)
        except DiskFullError:
            raise
        except OutputError as error:
            self._book_failure(job, error)
            return
        suspect = unheard(self._desk.store.spoken(recognition))
        self._book(
            FileResult(
                job.file.path,
                "done",
                seconds=transcript.duration,
                outputs=outputs,
                recognised=recognised,
                partial=transcript.partial,
                known_seconds=min(known, transcript.duration),
                suspect=suspect,
            )
        )
        words = len(transcript.words)
        self._desk.observer(
            FileDone(
                job.file.path,
                transcript.duration,
                outputs,
                recognised,
                words,
                job.kept,
                transcript.partial,
                suspect,
            )
        )

    def _lose(self, message: Lost) -> None:
        device = str(message.error.values["device"])
        if device not in self._lost:  # each of its workers says so
            self._lost.add(device)
            self._desk.observer(DeviceLost(device, message.error))

    def _open(self, message: Opened) -> None:
        job, engine = message.work.job, self._desk.engine
        recognition = self._desk.store.begin(job.file, self._desk.digest, engine.model, engine.engine)
        self._entries[job.number] = _Entry(message.work, recognition, message)
        logger.info("%r: %s, %d segments known", job.file.path.name, message.info, len(job.heard))
        wanted = self._desk.recipe.decode.cut.seconds_of(message.info.duration)
        self._desk.observer(FileStarted(job.file.path, wanted))

    def _never_opened(self, message: Ended) -> None:
        job, error, store = message.work.job, message.error, self._desk.store
        if error is None or message.work.abandoned:
            return
        if store.recognised(job.file, self._desk.digest) is None:  # what is known of it from before stays
            engine = self._desk.engine
            recognition = store.begin(job.file, self._desk.digest, engine.model, engine.engine)
            store.fail(recognition, error.code, str(error))
        self._book_failure(job, error)

    def _under_way(self, entry: _Entry, message: Advanced | Remembered | Recognised | Ended) -> None:
        if isinstance(message, Advanced):
            if message.segments == entry.results:
                self._reach(entry, self._time(message.settled))
        elif isinstance(message, Remembered):
            self._recall(entry, message)
        elif isinstance(message, Ended):
            entry.ended = message
        elif message.recognition is None:
            self._fail(entry, message.error)
            return
        else:
            self._keep(entry, message.segment, message.recognition)
        if entry.ended is not None:
            self._close_if_complete(entry, entry.ended)

    def _keep(self, entry: _Entry, heard: AudioSegment, recognition: Recognition) -> None:
        offset = self._desk.recipe.decode.cut.start
        segment = segment_of(*span_of(heard, offset), recognition.tokens)
        # Without a VAD everything counts as speech: there is no measure that text could be compared with.
        measured = self._desk.recipe.segment.vad != "none"
        speech = heard.speech / SAMPLE_RATE if measured else 0.0
        self._desk.store.add_segment(entry.recognition, segment, speech)
        logger.debug(
            "%r: %.2f-%.2f %s", entry.work.job.file.path.name, segment.start, segment.end, segment.text
        )
        self._desk.observer(SegmentDone(entry.work.job.file.path, segment.start, segment.end, segment.text))
        self._count(entry, heard.index, (segment.start, segment.end))

    def _recall(self, entry: _Entry, message: Remembered) -> None:
        start, end = message.span
        entry.known += end - start
        self._count(entry, message.index, message.span)

    def _count(self, entry: _Entry, index: int, span: tuple[float, float]) -> None:
        """Book a segment that is in the store, and how far everything is there now."""
        entry.results += 1
        entry.starts.append(span[0])
        entry.ahead[index] = span[1]
        while (reached := entry.ahead.pop(entry.behind, None)) is not None:
            entry.behind += 1
            self._reach(entry, reached)

    def _time(self, sample: int) -> float:
        """Seconds of the recording at ``sample`` of the part of it that is decoded."""
        return self._desk.recipe.decode.cut.start + sample / SAMPLE_RATE

    def _reach(self, entry: _Entry, position: float) -> None:
        if position > entry.position:
            entry.position = position
            done = position - self._desk.recipe.decode.cut.start
            self._desk.observer(StageProgress(entry.work.job.file.path, done))

    def _close_if_complete(self, entry: _Entry, ended: Ended) -> None:
        cut_off = isinstance(ended.error, TruncatedMediaError)
        if ended.error is not None and not cut_off:
            self._fail(entry, ended.error)
        elif entry.results == ended.segments:
            self._finish(entry, ended, cut_off)

    def _finish(self, entry: _Entry, ended: Ended, cut_off: bool) -> None:
        try:
            self._desk.store.finish(entry.recognition, _ending(entry.opened, ended, cut_off), entry.starts)
        except OvertakenError as error:
            self._fail(entry, error)
            return
        if cut_off and not self._desk.recipe.allow_partial:
            self._fail(entry, ended.error)
        else:
            del self._entries[entry.work.job.number]
            self.deliver(entry.work.job, entry.recognition, recognised=True, known=entry.known)

    def _fail(self, entry: _Entry, error: GigaamError | None) -> None:
        """Give a recording up; its reader stops, and what still comes of it is ignored."""
        entry.work.abandon()
        del self._entries[entry.work.job.number]
        reason = error or UnexpectedError(detail=_("no reason given"))
        self._desk.store.fail(entry.recognition, reason.code, str(reason))
        self._book_failure(entry.work.job, reason)

    def _book_failure(self, job: Job, error: GigaamError) -> None:
        self._desk.sink.nothing_of(job)
        self._book(FileResult(job.file.path, "failed", reason=error.code, error=error))
        self._desk.observer(FileFailed(job.file.path, error))

    def _book(self, result: FileResult) -> None:
        self.results.append(result)


def _ending(opened: Opened, ended: Ended, cut_off: bool) -> Ending:
    return Ending(
        round(ended.seconds, 3),
        round(min(ended.speech, ended.seconds), 3),
        opened.info.container,
        opened.codec,
        opened.stream,
        cut_off,
        ended.contents,
    )
