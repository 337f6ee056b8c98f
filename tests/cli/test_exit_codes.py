"""The exit codes of the contract, and what is said with them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gigaam_cli.cli.report import code_of
from gigaam_cli.core.errors import (
    DeviceMissingError,
    DiskFullError,
    EmptyFileError,
    FfmpegMissingError,
    GigaamError,
    OutputError,
)
from gigaam_cli.engines.catalog import NAMES
from gigaam_cli.pipeline.jobs import BatchReport, FileResult
from tests.cli.conftest import Call
from tests.cli.drivers import leftovers


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_all_done_is_0(folder: Path, call: Call) -> None:
    outcome = call("transcribe", folder, "-m", "demo")
    assert (outcome.code, outcome.out) == (0, "")
    assert names(folder) == ["talk.txt", "talk.wav", "talk_timecodes.txt"]


def test_one_failed_is_1_and_the_rest_is_done(folder: Path, call: Call) -> None:
    (folder / "empty.mp3").touch()
    (folder / "noise.mp4").write_bytes(os.urandom(5000))
    (folder / "page.mp3").write_text("<html><body>404</body></html>")
    outcome = call("transcribe", folder, folder / "missing.wav", "-m", "demo")
    assert outcome.code == 1
    for name, code in [
        ("empty.mp3", "empty_file"),
        ("noise.mp4", "not_media"),
        ("page.mp3", "not_media"),
        ("missing.wav", "input_missing"),
    ]:
        line = next(line for line in outcome.err.splitlines() if str(folder / name) in line)
        assert line.endswith(f"[{code}]")
    assert "1 done, 4 failed" in outcome.err
    assert (folder / "talk.txt").is_file()


def test_no_media_is_3(tmp_path: Path, call: Call) -> None:
    (tmp_path / "notes.doc").write_text("no sound in here")
    outcome = call("transcribe", tmp_path, "-m", "demo")
    assert (outcome.code, outcome.out) == (3, "")
    assert f"no audio or video was found in {tmp_path}" in outcome.err
    assert "mp3" in outcome.err
    assert outcome.err.rstrip().endswith("[no_media]")


def test_nothing_that_matches_is_3(folder: Path, call: Call) -> None:
    assert call("transcribe", folder, "-m", "demo", "--include", "*.mp3").code == 3
    assert call("transcribe", "--files-from", "-", "-m", "demo", stdin=b"").code == 3


@pytest.fixture
def no_decoding(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a run that looks into a recording end as ``ffmpeg_missing``."""
    monkeypatch.setenv("GIGAAM_FFMPEG", "/nowhere/ffmpeg")


@pytest.mark.parametrize("model", ["v3_e2e_rnnt", "v2_ctc"])
@pytest.mark.usefixtures("no_decoding")
def test_a_missing_model_is_4_with_the_command_that_fetches_it(model: str, folder: Path, call: Call) -> None:
    outcome = call("transcribe", folder, "-m", model)
    assert (outcome.code, outcome.out) == (4, "")
    assert f"gigaam models pull {model}." in outcome.err
    assert "-m demo" in outcome.err
    assert outcome.err.rstrip().endswith("[model_missing]")
    assert names(folder) == ["talk.wav"]


@pytest.mark.usefixtures("no_decoding")
def test_an_unknown_model_is_4_with_the_known_ones(folder: Path, call: Call) -> None:
    outcome = call("transcribe", folder, "-m", "v9")
    assert outcome.code == 4
    assert all(name in outcome.err for name in (*NAMES, "demo", "v9"))


@pytest.mark.usefixtures("no_decoding")
@pytest.mark.parametrize("device", ["cuda:99", "gpu"])
def test_a_device_that_is_not_there_is_4(device: str, folder: Path, call: Call) -> None:
    outcome = call("transcribe", folder, "-m", "demo", "--device", device)
    assert outcome.code == 4
    assert f"the device {device} cannot be used" in outcome.err
    assert "--device cpu" in outcome.err
    assert names(folder) == ["talk.wav"]


@pytest.mark.usefixtures("no_decoding")
def test_no_ffmpeg_is_4(folder: Path, call: Call) -> None:
    outcome = call("transcribe", folder, "-m", "demo")
    assert outcome.code == 4
    assert "GIGAAM_FFMPEG=/nowhere/ffmpeg" in outcome.err


@pytest.mark.usefixtures("no_decoding")
def test_an_output_folder_that_cannot_be_is_5_before_any_work(
    folder: Path, tmp_path: Path, call: Call
) -> None:
    (tmp_path / "file").touch()
    outcome = call("transcribe", folder, "-m", "demo", "-o", tmp_path / "file" / "below")
    assert outcome.code == 5
    assert f"{tmp_path / 'file'} cannot be written: it is not a folder" in outcome.err
    assert "-o FOLDER" in outcome.err


@pytest.mark.usefixtures("no_decoding")
def test_a_read_only_output_folder_is_5_before_any_work(
    folder: Path, tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system's word for it is made up: root, who runs tests in containers, may write everywhere."""
    output = tmp_path / "read-only"
    output.mkdir()
    monkeypatch.setattr(os, "access", lambda path, _mode: Path(path) != output)
    outcome = call("transcribe", folder, "-m", "demo", "-o", output)
    assert outcome.code == 5
    assert "no permission to write there" in outcome.err


def test_an_output_that_cannot_be_written_is_5(
    folder: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    outcome = call("transcribe", folder, "-m", "demo")
    assert outcome.code == 5
    assert f"no room for {folder / 'talk.txt'}" in outcome.err
    assert names(folder) == ["talk.wav"]
    assert leftovers(folder) == []


def report(ended: str | None, *errors: GigaamError, fatal: GigaamError | None = None) -> BatchReport:
    failed = [FileResult(Path(str(n)), "failed", error.code, error) for n, error in enumerate(errors)]
    return BatchReport((*failed, FileResult(Path("good"), "done")), 1.0, ended, fatal)


EMPTY, NO_FFMPEG = EmptyFileError(), FfmpegMissingError(detail="")
NO_CUDA, UNWRITABLE = DeviceMissingError(device="cuda", detail=""), OutputError(path="x", detail="")
FULL = DiskFullError(path="x", size=1, detail="")


@pytest.mark.parametrize(
    ("ended", "expected"),
    [
        (report(None), 0),
        (report(None, EMPTY), 1),
        (report(None, EMPTY, NO_FFMPEG), 4),
        (report(None, UNWRITABLE, NO_CUDA, EMPTY), 5),
        (report("disk_full", EMPTY, fatal=FULL), 5),
        (report("interrupted", UNWRITABLE, fatal=FULL), 130),
        (report("terminated"), 143),
        (report("hung_up", EMPTY), 129),
    ],
)
def test_precedence_is_signal_then_5_then_4_then_1(ended: BatchReport, expected: int) -> None:
    assert code_of(ended) == expected
