"""``--report``: each input once, whatever happens; and a list of what failed for the next run."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Call
from tests.cli.drivers import BASE, gigaam


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def mixed(folder: Path) -> Path:
    """Return a folder with a good recording, a broken one, and one with a text in its way."""
    (folder / "broken.mp3").write_bytes(b"nothing to hear")
    shutil.copy(BASE, folder / "theirs.wav")
    (folder / "theirs.txt").write_text("mine\n")
    return folder


def test_each_input_has_one_line_and_the_run_the_last(mixed: Path, tmp_path: Path, call: Call) -> None:
    report = tmp_path / "report.jsonl"
    outcome = call("transcribe", mixed, "-m", "demo", "--report", report, "--json")
    assert outcome.code == 1
    *files, run = lines(report)
    summary = json.loads(outcome.out)
    assert sorted(files, key=lambda line: line["path"]) == sorted(
        ({"kind": "file", "schema": 1, **entry} for entry in summary.pop("files")),
        key=lambda line: line["path"],
    )
    assert {Path(line["path"]).name: line["status"] for line in files} == {
        "talk.wav": "done",
        "broken.mp3": "failed",
        "theirs.wav": "skipped",
    }
    assert run == {"kind": "run", **summary}


def test_what_failed_is_a_list_for_the_next_run(mixed: Path, tmp_path: Path, call: Call) -> None:
    report = tmp_path / "report.jsonl"
    call("transcribe", mixed, "-m", "demo", "--report", report)
    with report.open("a") as file:
        file.write('{"kind": "file", "status": "fai')  # cut off by a kill
    shutil.copy(BASE, mixed / "broken.mp3")
    outcome = call("transcribe", "--files-from", report, "-m", "demo", "--json")
    assert outcome.code == 0
    assert [Path(file["path"]).name for file in json.loads(outcome.out)["files"]] == ["broken.mp3"]


def test_a_report_without_failures_is_an_empty_list(folder: Path, tmp_path: Path, call: Call) -> None:
    report = tmp_path / "report.jsonl"
    call("transcribe", folder, "-m", "demo", "--report", report)
    outcome = call("transcribe", "--files-from", report, "-m", "demo")
    assert outcome.code == 3


def test_a_report_that_cannot_be_written_is_found_out_before_any_work(
    folder: Path, tmp_path: Path, call: Call
) -> None:
    report = tmp_path / "nowhere" / "report.jsonl"
    outcome = call("transcribe", folder, "-m", "demo", "--report", report)
    assert outcome.code == 5
    assert str(report) in outcome.err
    assert not (folder / "talk.txt").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_under_the_report_does_not_end_the_run(folder: Path) -> None:
    outcome = gigaam("transcribe", folder, "-m", "demo", "--report", "/dev/full")
    assert outcome.code == 5
    assert "/dev/full" in outcome.err
    assert (folder / "talk.txt").exists()


def test_a_run_that_is_not_begun_at_all_says_so_of_each_input(
    folder: Path, tmp_path: Path, call: Call
) -> None:
    report = tmp_path / "report.jsonl"
    outcome = call("transcribe", folder, "-m", "demo", "--report", report, "--max-runtime", "0")
    assert outcome.code == 0
    assert "the time for this run was over" in outcome.err
    file, run = lines(report)
    assert (file["status"], file["reason"]) == ("skipped", "out_of_time")
    assert run["ended"] == "out_of_time"
    assert call("transcribe", folder, "-m", "demo", "--until", "23:59").code == 0
    assert (folder / "talk.txt").exists()


@pytest.mark.parametrize("value", ["25:00", "6", "six", "06:30:00", "-1:00"])
def test_a_time_of_day_that_is_none_is_wrong_use(value: str, folder: Path, call: Call) -> None:
    outcome = call("transcribe", folder, "-m", "demo", "--until", value)
    assert outcome.code == 2
    assert "time of day" in outcome.err
