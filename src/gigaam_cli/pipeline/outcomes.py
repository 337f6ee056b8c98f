"""What becomes of each job in the end: its texts are published, it failed, or another run did it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from gigaam_cli.core.errors import (
    ChangedWhileReadingError,
    DiskFullError,
    GigaamError,
    MediaError,
    OutputError,
    OvertakenError,
)
from gigaam_cli.core.events import (
    FileDone,
    FileFailed,
    FileLeft,
    FileOvertaken,
    FilePostponed,
    Observer,
    StageChanged,
)
from gigaam_cli.core.values import Transcript
from gigaam_cli.engines.protocol import EngineInfo
from gigaam_cli.pipeline.coverage import unheard
from gigaam_cli.pipeline.jobs import FileResult, Job, Recipe
from gigaam_cli.pipeline.second_look import Look
from gigaam_cli.store.store import Store
from gigaam_cli.store.values import Fingerprint, is_there


class Sink(Protocol):
    """Where finished transcripts go."""

    def deliver(self, job: Job, recognition: int, transcript: Transcript) -> tuple[Path, ...]:
        """Publish a transcript and return its files; raises OutputError."""

    def nothing_of(self, job: Job) -> None:
        """Take note that nothing will come of this job."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What the books of a run are kept with."""

    store: Store
    sink: Sink
    observer: Observer
    recipe: Recipe
    digest: str
    engine: EngineInfo
    review: Callable[[Job], Job | FileResult]
    """Says what a job is by now: another run may have done it since this one was planned."""
    listen_again: Callable[[Look], None]
    """Has speech without text recognised once more."""


class Outcomes:
    """``results`` are what became of jobs; ``contested`` are those that another run is at.

    ``postponed`` are those that failed and are to be tried again, ``retries`` times at most.
    """

    def __init__(self, desk: Desk, retries: int = 0) -> None:
        self.results: list[FileResult] = []
        self.contested: list[Job] = []
        self.postponed: list[tuple[Job, GigaamError]] = []
        self._desk = desk
        self._retries = retries
        self._tries: Counter[int] = Counter()
        self._blamed: list[Job] = []
        self._left: set[Path] = set()

    def claim(self, job: Job) -> Job | None:
        """Reserve a job for this run; return what is to be done of it, None where that is nothing."""
        if self.is_left(job):
            return None
        if not self._desk.store.leases.take(job.file.path):
            self.contested.append(job)
            return None
        there = self._desk.review(job)
        if isinstance(there, Job):
            return self._unless_changed(there)
        if there.error is not None:
            self._fail(job, there.error)
            return None
        self._desk.sink.nothing_of(job)
        self._book(there)
        self._desk.observer(FileOvertaken(job.file.path, there.reason))
        return None

    def _unless_changed(self, job: Job) -> Job | None:
        """Give up a recording that is another file by now: what is known of that one is not to be forgotten."""
        if job.recognition is not None or is_there(job.file) or not job.file.path.exists():
            return job
        self.fail(job, ChangedWhileReadingError())
        return None

    def write(self, job: Job) -> None:
        """Publish a recording whose text is in the store, unless another run is at it or has done that.

        Raises:
            DiskFullError: there is no room for it.
        """
        claimed = self.claim(job)
        if claimed is not None and claimed.recognition is not None:
            self.deliver(claimed, claimed.recognition, recognised=False)

    def deliver(self, job: Job, recognition: int, recognised: bool, known: float = 0.0) -> None:
        """Publish what the store holds of a recording; ``known`` seconds of it are from before.

        Raises:
            DiskFullError: there is no room for it.
        """
        self._desk.observer(StageChanged(job.file.path, "writing"))
        try:
            transcript = self._desk.store.transcript(recognition)
            outputs = self._desk.sink.deliver(job, recognition, transcript)
        except DiskFullError:
            raise
        except (OutputError, OvertakenError) as error:
            self.fail(job, error)
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
        self._desk.observer(
            FileDone(
                job.file.path,
                transcript.duration,
                outputs,
                recognised,
                sum(len(segment.words) for segment in transcript.segments),
                job.kept,
                transcript.partial,
                suspect,
            )
        )

    def fail(self, job: Job, error: GigaamError) -> None:
        """Note that a recording failed; one that may go well the next time is postponed."""
        self._tries[job.number] += 1
        if isinstance(error, MediaError) and error.passing and self._tries[job.number] <= self._retries:
            self.postponed.append((job, error))
            self._desk.store.leases.release(job.file.path)
            self._desk.observer(FilePostponed(job.file.path, error))
        else:
            self._fail(job, error)

    def take_postponed(self) -> list[Job]:
        """Return what is to be tried again, each recording as it is by now."""
        jobs = [_refreshed(job) for job, _ in self.postponed]
        self.postponed = []
        return jobs

    def leave(self, job: Job, reason: str) -> None:
        """Do nothing more of a job that is not dealt with yet, for ``reason``; the next run takes it up."""
        self._left.add(job.file.path)
        self.contested = [other for other in self.contested if other.number != job.number]
        self.postponed = [(other, error) for other, error in self.postponed if other.number != job.number]
        self._desk.sink.nothing_of(job)
        self._book(FileResult(job.file.path, "skipped", reason=reason))
        self._desk.observer(FileLeft(job.file.path, reason))

    def is_left(self, job: Job) -> bool:
        """Whether nothing more is to be done of a job."""
        return job.file.path in self._left

    def give_up(self) -> None:
        """Note that what is postponed failed: the run ends."""
        for job, error in self.postponed:
            self._fail(job, error)
        self.postponed = []

    def blame(self) -> None:
        """Count the failures that may be the recordings' own fault: where another one went well, it is not ours."""
        if any(result.recognised for result in self.results):
            for job in self._blamed:
                self._desk.store.blame(job.file, self._desk.digest)

    def _fail(self, job: Job, error: GigaamError) -> None:
        if isinstance(error, MediaError) and error.counts:
            self._blamed.append(job)
        self._desk.sink.nothing_of(job)
        # It is kept to the end of the run, and where it was raised holds on to much more.
        error.__traceback__ = error.__cause__ = error.__context__ = None
        self._book(FileResult(job.file.path, "failed", reason=error.code, error=error))
        self._desk.observer(FileFailed(job.file.path, error))

    def _book(self, result: FileResult) -> None:
        self.results.append(result)
        self._desk.store.leases.release(result.path)


def _refreshed(job: Job) -> Job:
    try:
        return replace(job, file=Fingerprint.of(job.file.path))
    except OSError:  # that it is gone is found out when it is read
        return job
