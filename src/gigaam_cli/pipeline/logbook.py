"""A run's row in the history, however the run ends. The history is never worth the run itself."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from gigaam_cli.core.errors import DiskFullError, GigaamError, StoreError, UnexpectedError
from gigaam_cli.pipeline.control import Control
from gigaam_cli.pipeline.jobs import BatchReport
from gigaam_cli.store.history import History, Result, Start

logger = logging.getLogger(__name__)


def written_down(
    work: Callable[[], BatchReport], start: Start, history: History, control: Control
) -> BatchReport:
    """Do ``work``, and keep in the history when it was and what came of it, also when it raises."""
    number = _begin(history, start)
    began = time.monotonic()
    try:
        report = work()
    except BaseException as error:
        ended = control.reason or _code(error)
        _end(history, number, Result(wall_seconds=time.monotonic() - began, ended=ended))
        raise
    _end(history, number, _result(report))
    return report


def _begin(history: History, start: Start) -> int | None:
    try:
        return history.begin(start)
    except (StoreError, DiskFullError) as error:
        logger.warning("the run is not in the history: %s", error)
        return None


def _end(history: History, number: int | None, result: Result) -> None:
    if number is None:
        return
    try:
        history.end(number, result)
    except (StoreError, DiskFullError) as error:
        logger.warning("the end of the run is not in the history: %s", error)


def _code(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    if isinstance(error, BrokenPipeError):
        return "output_closed"
    return error.code if isinstance(error, GigaamError) else UnexpectedError.code


def _result(report: BatchReport) -> Result:
    return Result(
        done=len(report.of_status("done")),
        failed=len(report.of_status("failed")),
        skipped=len(report.of_status("skipped")),
        suspect=len(report.suspect),
        audio_seconds=report.audio_seconds,
        wall_seconds=report.worked_seconds,
        ended=report.ended,
    )
