"""What a pass of a watch leaves to a later one: others are at it, its time was over, or it may yet go well."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from pathlib import Path

from gigaam_cli.core.events import Event, FileFailed, FilePostponed, FileWaiting, Observer
from gigaam_cli.pipeline import passes
from gigaam_cli.pipeline.jobs import BatchReport, Job
from gigaam_cli.pipeline.run import OUT_OF_TIME
from gigaam_cli.store.values import Fingerprint


class Later:
    """Keeps what is left from pass to pass; each begins with ``begin``, and ends with ``take`` if it had work.

    What fails for a passing reason is tried ``retries`` times again. ``clock`` gives seconds that never go back.
    """

    def __init__(self, retries: int, clock: Callable[[], float], tell: Observer) -> None:
        self._retries, self._clock, self._tell = retries, clock, tell
        self._postponed: passes.Postponed = {}
        self._planned: dict[Path, Fingerprint] = {}
        self._contested: Collection[Path] = frozenset()
        self._began = 0.0
        self._unfinished = self._overtaken = False

    def begin(self, jobs: Iterable[Job], is_held: Callable[[Path], bool]) -> tuple[Job, ...]:
        """Return the jobs that can be begun; tell of those that another run is at."""
        planned = tuple(jobs)
        self._began, self._unfinished, self._overtaken = self._clock(), False, False
        self._planned = {job.file.path: job.file for job in planned}
        due = passes.due_again(planned, self._postponed, self._began)
        contested = {job.file.path for job in due if is_held(job.file.path)}
        for path in sorted(contested.difference(self._contested)):
            self._tell(FileWaiting(path))
        self._contested = contested
        return tuple(job for job in due if job.file.path not in contested)

    def as_told(self, event: Event) -> Event:
        """Return what is to be told for an event: a recording that is tried again did not fail yet."""
        if isinstance(event, FileFailed) and event.path in self._planned:
            times = passes.times_failed(event.path, self._postponed) + 1
            if passes.may_yet_go_well(event.error, times, self._retries):
                return FilePostponed(event.path, event.error)
        return event

    def take(self, report: BatchReport) -> BatchReport:
        """Note what a pass did not do; return what it did."""
        self._postponed = passes.postponed(
            report.results, self._planned, self._postponed, self._retries, self._clock()
        )
        self._unfinished = report.ended == OUT_OF_TIME
        self._overtaken = any(result.reason == "not_reached" for result in report.results)
        return passes.without_left(report, self._postponed)

    @property
    def pause(self) -> float:
        """The seconds after which to look at what is left."""
        dues = [retry.due for path, retry in self._postponed.items() if path in self._planned]
        contested = self._overtaken or bool(self._contested)
        future = [due for due in dues if due > self._began]
        return passes.pause_before_later(self._unfinished, contested, future, self._clock())
