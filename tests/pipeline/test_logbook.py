"""Every run is in the history, however it ends, and the history never costs a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from gigaam_cli.core.errors import DeviceMissingError, DiskFullError, OutputError, StoreError
from gigaam_cli.pipeline.control import Control
from gigaam_cli.pipeline.jobs import BatchReport, FileResult
from gigaam_cli.pipeline.logbook import written_down
from gigaam_cli.store.history import History, Result, Start
from gigaam_cli.store.store import Store

START = Start("1.0", "demo", "fp32", ("cpu",), ("talks",))
REPORT = BatchReport(
    (
        FileResult(Path("a"), "done", seconds=90.0, recognised=True, suspect=((1.0, 2.0),)),
        FileResult(Path("b"), "failed"),
        FileResult(Path("c"), "skipped"),
        FileResult(Path("d"), "skipped"),
    ),
    3.0,
    "out_of_time",
)


def test_what_came_of_a_run_is_written_down(store: Store) -> None:
    states: list[str] = []

    def work() -> BatchReport:
        states.extend(known.state for known in store.history.latest(1))
        return REPORT

    assert written_down(work, START, store.history, Control()) is REPORT
    (known,) = store.history.latest(1)
    assert known.start == START
    assert known.result == Result(1, 1, 2, 1, 90.0, 3.0, "out_of_time")
    assert states == ["at_work"]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OutputError(path="texts", detail="no"), "output_unwritable"),
        (DeviceMissingError(device="cuda", detail="no"), "device_missing"),
        (KeyboardInterrupt(), "interrupted"),
        (BrokenPipeError(), "output_closed"),
        (RuntimeError("a bug"), "internal_error"),
    ],
)
def test_a_run_that_raises_is_written_down_with_the_reason(
    store: Store, error: BaseException, code: str
) -> None:
    def work() -> BatchReport:
        raise error

    with pytest.raises(type(error)):
        written_down(work, START, store.history, Control())
    (known,) = store.history.latest(1)
    assert (known.state, known.result.ended) == ("ended", code)


def test_a_signal_before_the_work_is_the_reason(store: Store) -> None:
    class Signal(BaseException):
        pass

    control = Control()

    def work() -> BatchReport:
        control.stop("terminated")
        raise Signal

    with pytest.raises(Signal):
        written_down(work, START, store.history, control)
    (known,) = store.history.latest(1)
    assert known.result.ended == "terminated"


class Broken(History):
    """A history whose disk is full from a step on."""

    def __init__(self, begins: bool, error: Exception) -> None:
        self._begins = begins
        self._error = error

    def begin(self, start: Start) -> int:
        if self._begins:
            return 1
        raise self._error

    def end(self, number: int, result: Result) -> None:
        raise self._error


@pytest.mark.parametrize("begins", [False, True])
@pytest.mark.parametrize(
    "error", [StoreError(path="s", detail="locked"), DiskFullError(path="s", size="?", detail="full")]
)
def test_a_history_that_cannot_be_written_costs_no_run(begins: bool, error: Exception) -> None:
    assert written_down(lambda: REPORT, START, Broken(begins, error), Control()) is REPORT
