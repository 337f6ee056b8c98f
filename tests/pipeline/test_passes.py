"""What a pass of a watch is to do: which recordings are due, what is news, how long to wait."""

from __future__ import annotations

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
from gigaam_cli.pipeline.jobs import FileResult, Job
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


@given(st.integers(1, 10_000))
def test_pauses_grow_up_to_ten_minutes(troubles: int) -> None:
    pause = passes.pause_after(troubles)
    assert 10 <= pause <= passes.pause_after(troubles + 1) <= 600
    assert passes.pause_after(1) == 10
    assert passes.pause_after(7) == 600
