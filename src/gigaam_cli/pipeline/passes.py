"""What one pass of a watch is to do, given what those before it did. Changes nothing, but looks at files."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from gigaam_cli.core.errors import (
    EnvironmentFailure,
    GigaamError,
    MediaError,
    OutputError,
    OutputExistsError,
)
from gigaam_cli.core.events import SKIPPED_BY_USER
from gigaam_cli.pipeline.folders import check_folder
from gigaam_cli.pipeline.jobs import BatchReport, FileResult, Job
from gigaam_cli.pipeline.run import OUT_OF_TIME
from gigaam_cli.store.values import Fingerprint, is_there

_FIRST_PAUSE, _LONGEST_PAUSE = 10.0, 600.0
# Before what failed for a passing reason is tried again, the first time.
_RETRY_PAUSE = 30.0
# Before a look whether another run has let go of a recording, and before what a pass had no time for.
_CONTESTED_PAUSE, _NEXT_PAUSE = 15.0, 1.0
# A pass gets to a recording at least, however slow probing is.
_SHORTEST_PASS = 60.0
# Why a pass did not come to a recording.
_LEFT = (OUT_OF_TIME, "not_reached")
# With a watch these are what is usual.
_NO_NEWS = ("done", "unsettled")

_NOTICEABLE_SECONDS, _LONGEST_BREATH = 1.0, 60.0

Told = frozenset[tuple[Path, str]]
"""Inputs and why nothing was done with them."""


@dataclass(frozen=True, slots=True)
class Retry:
    """A recording that failed so many times for a passing reason, and when by the clock it is due again."""

    file: Fingerprint
    times: int
    due: float


Postponed = Mapping[Path, Retry]
"""Recordings that are to be tried again."""


def due(jobs: Iterable[Job], failed: Mapping[Path, Fingerprint]) -> tuple[Job, ...]:
    """Return the jobs that are to be done: all but those of recordings that failed and are what they were then."""
    return tuple(job for job in jobs if failed.get(job.file.path) != job.file)


def failures(
    results: Iterable[FileResult], jobs: Iterable[Job], before: Mapping[Path, Fingerprint]
) -> dict[Path, Fingerprint]:
    """Return the recordings that failed or were skipped by hand and are still what they were then.

    Those of the passes ``before`` are among them.
    """
    files = {job.file.path: job.file for job in jobs}
    ended = {result.path: result for result in results if result.path in files}
    now = {path: files[path] for path, result in ended.items() if _is_to_be_left(result)}
    return {
        path: file
        for path, file in {**before, **now}.items()
        if (path in now or path not in ended) and is_there(file)
    }


def in_the_way(results: Iterable[FileResult]) -> GigaamError | None:
    """Return what is around a recording and made it fail: a text that could not be written, say."""
    return next((result.error for result in results if _is_around(result.error)), None)


def _is_its_own_fault(result: FileResult) -> bool:
    return result.status == "failed" and not _is_around(result.error)


def _is_to_be_left(result: FileResult) -> bool:
    """Whether a recording is not to be begun again as it is: it failed, or somebody did not want it."""
    return result.reason == SKIPPED_BY_USER or _is_its_own_fault(result)


def _is_around(error: GigaamError | None) -> bool:
    return isinstance(error, EnvironmentFailure | OutputError) and not isinstance(error, OutputExistsError)


def writable(jobs: Iterable[Job]) -> tuple[tuple[Job, ...], GigaamError | None]:
    """Return the jobs whose texts can be written, and why others' cannot: one closed folder stops no others."""
    closed: dict[Path, OutputError | None] = {}

    def trouble(folder: Path) -> OutputError | None:
        if folder not in closed:
            try:
                check_folder(folder)
                closed[folder] = None
            except OutputError as error:
                closed[folder] = error
        return closed[folder]

    done = [job for job in jobs if not any(trouble(output.parent) for output in job.outputs.values())]
    return tuple(done), next(filter(None, closed.values()), None)


def news(results: Iterable[FileResult], told: Told) -> tuple[tuple[FileResult, ...], Told]:
    """Return the results that were not ``told`` in the pass before, and what is told then."""
    worth = [result for result in results if result.reason not in _NO_NEWS]
    now = frozenset((result.path, result.reason) for result in worth)
    return tuple(result for result in worth if (result.path, result.reason) not in told), now


def may_yet_go_well(error: GigaamError | None, times: int, retries: int) -> bool:
    """Whether a recording that failed so many times is to be tried again."""
    return isinstance(error, MediaError) and error.passing and times <= retries


def times_failed(path: Path, before: Postponed) -> int:
    """Return how many times a recording failed that is to be tried again."""
    return before[path].times if path in before else 0


def due_again(jobs: Iterable[Job], before: Postponed, now: float) -> tuple[Job, ...]:
    """Return the jobs but for those that are due later; one that changed is another one, and due."""
    return tuple(
        job
        for job in jobs
        if (retry := before.get(job.file.path)) is None or retry.due <= now or retry.file != job.file
    )


def postponed(
    results: Iterable[FileResult],
    files: Mapping[Path, Fingerprint],
    before: Postponed,
    retries: int,
    now: float,
) -> Postponed:
    """Return which of ``files`` are to be tried again, and when: the pause grows each time."""
    ended = {result.path: result for result in results if result.status != "skipped" and result.path in files}
    again = {
        path: Retry(files[path], times, now + _growing(_RETRY_PAUSE, times))
        for path, result in ended.items()
        if may_yet_go_well(result.error, times := times_failed(path, before) + 1, retries)
    }
    kept = {path: retry for path, retry in before.items() if path not in ended and is_there(retry.file)}
    return kept | again


def without_left(report: BatchReport, later: Postponed) -> BatchReport:
    """Return a report without what is left to a later pass."""
    results = tuple(
        result
        for result in report.results
        if result.reason not in _LEFT and not (result.status == "failed" and result.path in later)
    )
    return replace(report, results=results, ended=None if report.ended == OUT_OF_TIME else report.ended)


def pause_before_later(unfinished: bool, contested: bool, dues: Iterable[float], now: float) -> float:
    """Return the seconds to wait at most: a pass was over too soon, others are at something, some are due again."""
    pauses = [max(due - now, _NEXT_PAUSE) for due in dues]
    pauses += [_NEXT_PAUSE] * unfinished + [_CONTESTED_PAUSE] * contested
    return min(pauses, default=math.inf)


def longest(rescan: float) -> float:
    """Return the seconds after which a pass begins no more recordings, so that new ones are seen."""
    return max(rescan, _SHORTEST_PASS)


def pause_after(troubles: int) -> float:
    """Return the seconds to wait after so many passes in trouble, one behind the other."""
    return _growing(_FIRST_PAUSE, troubles)


def _growing(first: float, times: int) -> float:
    return float(min(first * 2.0 ** min(times - 1, 16), _LONGEST_PAUSE))


def breath_after(planning: float) -> float:
    """Return for how many seconds to look at nothing after a plan that took so long.

    To look at a folder of very many recordings takes seconds, and every arrival is a reason to.
    """
    return min(2 * planning, _LONGEST_BREATH) if planning > _NOTICEABLE_SECONDS else 0.0
