"""What one pass of a watch is to do, given what those before it did. Changes nothing, but looks at files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from gigaam_cli.core.errors import EnvironmentFailure, GigaamError, OutputError, OutputExistsError
from gigaam_cli.pipeline.folders import check_folder
from gigaam_cli.pipeline.jobs import FileResult, Job
from gigaam_cli.store.values import Fingerprint, is_there

_FIRST_PAUSE, _LONGEST_PAUSE = 10.0, 600.0
# With a watch these are what is usual.
_NO_NEWS = ("done", "unsettled")

Told = frozenset[tuple[Path, str]]
"""Inputs and why nothing was done with them."""


def due(jobs: Iterable[Job], failed: Mapping[Path, Fingerprint]) -> tuple[Job, ...]:
    """Return the jobs that are to be done: all but those of recordings that failed and are what they were then."""
    return tuple(job for job in jobs if failed.get(job.file.path) != job.file)


def failures(
    results: Iterable[FileResult], jobs: Iterable[Job], before: Mapping[Path, Fingerprint]
) -> dict[Path, Fingerprint]:
    """Return the recordings that failed and are still what they were then, with those of the passes ``before``."""
    files = {job.file.path: job.file for job in jobs}
    ended = {result.path: result for result in results if result.path in files}
    now = {path: files[path] for path, result in ended.items() if _is_its_own_fault(result)}
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


def pause_after(troubles: int) -> float:
    """Return the seconds to wait after so many passes in trouble, one behind the other."""
    return float(min(_FIRST_PAUSE * 2.0 ** min(troubles - 1, 16), _LONGEST_PAUSE))
