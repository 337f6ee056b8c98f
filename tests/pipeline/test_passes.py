"""What a pass of a watch is to do: which recordings are due, what is news, how long to wait."""

from __future__ import annotations

import math
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from gigaam_cli.core.errors import (
    DeviceLostError,
    DiskFullError,
    EmptyFileError,
    GigaamError,
    OutputExistsError,
    RecognitionError,
)
from gigaam_cli.pipeline import passes
from gigaam_cli.pipeline.jobs import BatchReport, FileResult, Job
from gigaam_cli.store.values import Fingerprint


def recording(path: Path, contents: bytes = b"") -> Job:
    path.write_bytes(contents)
    return Job(0, Fingerprint.of(path), {})


def failed(job: Job, error: GigaamError) -> FileResult:
    return FileResult(job.file.path, "failed", reason=error.code, error=error)


def test_a_recording_that_failed_is_due_when_it_is_another_one(tmp_path: Path) -> None:
    bad, good = recording(tmp_path / "bad.wav"), recording(tmp_path / "good.wav")
    known = passes.failures([failed(bad, EmptyFileError())], [bad, good], {})
    assert passes.due([bad, good], known) == (good,)
    changed = recording(tmp_path / "bad.wav", b"sound")
    assert passes.due([changed, good], known) == (changed, good)


def test_only_a_recordings_own_fault_counts(tmp_path: Path) -> None:
    job = recording(tmp_path / "a.wav")
    around = (DiskFullError(path="a", size=1, detail=""), DeviceLostError(device="cuda:0", detail=""))
    own = (RecognitionError(position="0:01", detail=""), OutputExistsError(path="a.txt"))
    for error in around:
        assert passes.failures([failed(job, error)], [job], {}) == {}
        assert passes.in_the_way([failed(job, error)]) is error
    for fault in own:
        assert passes.failures([failed(job, fault)], [job], {}) == {job.file.path: job.file}
        assert passes.in_the_way([failed(job, fault)]) is None


def test_failures_are_remembered_while_they_are_there(tmp_path: Path) -> None:
    job, other = recording(tmp_path / "a.wav"), recording(tmp_path / "b.wav")
    before = passes.failures([failed(job, EmptyFileError())], [job], {})
    assert passes.failures([], [other], before) == before
    assert passes.failures([FileResult(job.file.path, "done")], [job], before) == {}
    job.file.path.unlink()
    assert passes.failures([], [other], before) == {}


def test_news_are_told_once_and_again_when_they_come_again() -> None:
    exists, done = FileResult(Path("a"), "skipped", "exists"), FileResult(Path("b"), "skipped", "done")
    first, told = passes.news([exists, done], frozenset())
    assert first == (exists,)
    second, told = passes.news([exists, done], told)
    assert second == ()
    _, told = passes.news([done], told)
    assert passes.news([exists], told)[0] == (exists,)


# --- what is left to a later pass ---------------------------------------------------------------------------

PASSING = RecognitionError(position="0:01", detail="")


def after(job: Job, error: GigaamError, times: int, before: passes.Postponed) -> passes.Postponed:
    """Let a recording fail, each time when it is due."""
    for _ in range(times):
        due = max((retry.due for retry in before.values()), default=0.0)
        before = passes.postponed([failed(job, error)], {job.file.path: job.file}, before, 3, due)
    return before


def test_what_failed_for_a_passing_reason_is_due_after_growing_pauses(tmp_path: Path) -> None:
    job, path = recording(tmp_path / "a.wav"), tmp_path / "a.wav"
    dues = [after(job, PASSING, times, {})[path].due for times in (1, 2, 3)]
    assert dues == [30.0, 90.0, 210.0]
    assert after(job, PASSING, 4, {}) == {}, "its retries are over"
    assert after(job, EmptyFileError(), 1, {}) == {}, "it cannot go well"
    before = after(job, PASSING, 1, {})
    assert passes.due_again([job], before, 29.0) == ()
    assert passes.due_again([job], before, 30.0) == (job,)
    changed = recording(path, b"sound")
    assert passes.due_again([changed], before, 0.0) == (changed,)


def test_what_is_postponed_is_forgotten_when_it_is_done_or_gone(tmp_path: Path) -> None:
    job, path = recording(tmp_path / "a.wav"), tmp_path / "a.wav"
    before = after(job, PASSING, 1, {})
    files = {path: job.file}
    assert passes.postponed([FileResult(path, "skipped", "out_of_time")], files, before, 3, 9.0) == before
    assert passes.postponed([FileResult(path, "done")], files, before, 3, 9.0) == {}
    path.unlink()
    assert passes.postponed([], {}, before, 3, 9.0) == {}


def test_a_report_leaves_out_what_is_left_to_a_later_pass(tmp_path: Path) -> None:
    job = recording(tmp_path / "a.wav")
    done = FileResult(Path("b"), "done")
    left = [FileResult(Path("c"), "skipped", "out_of_time"), FileResult(Path("d"), "skipped", "not_reached")]
    report = BatchReport((failed(job, PASSING), done, *left), 1.0, "out_of_time")
    assert passes.without_left(report, after(job, PASSING, 1, {})) == BatchReport((done,), 1.0)
    assert passes.without_left(report, {}).results == (failed(job, PASSING), done)
    ended = BatchReport((FileResult(Path("c"), "skipped", "terminated"),), 1.0, "terminated")
    assert passes.without_left(ended, {}) == ended


def test_the_soonest_of_what_is_left_decides() -> None:
    assert passes.pause_before_later(False, False, [], 5.0) == math.inf
    assert passes.pause_before_later(False, True, [], 5.0) == 15.0
    assert passes.pause_before_later(False, True, [12.0, 40.0], 5.0) == 7.0
    assert passes.pause_before_later(False, False, [4.0], 5.0) == 1.0
    assert passes.pause_before_later(True, True, [40.0], 5.0) == 1.0


def test_a_pass_is_as_long_as_the_time_between_two_looks_and_not_too_short() -> None:
    assert (passes.longest(600.0), passes.longest(1.0)) == (600.0, 60.0)


@given(st.integers(1, 10_000))
def test_pauses_grow_up_to_ten_minutes(troubles: int) -> None:
    pause = passes.pause_after(troubles)
    assert 10 <= pause <= passes.pause_after(troubles + 1) <= 600
    assert passes.pause_after(1) == 10
    assert passes.pause_after(7) == 600
