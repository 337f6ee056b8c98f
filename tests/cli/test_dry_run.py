"""``--dry-run``: everything that a run would meet is told, and nothing is loaded or written."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from gigaam_cli.cli.dry_run import rows_of
from gigaam_cli.core.errors import OutputError
from gigaam_cli.core.paths import demo_folder, models_folder, state_folder
from gigaam_cli.engines.record import describe, write
from gigaam_cli.pipeline.folders import Room
from gigaam_cli.pipeline.preview import Sums
from tests.cli.conftest import Call
from tests.cli.drivers import BASE, gigaam, repeated

COMMAND = ("transcribe", "-m", "demo", "-F", "txt", "--dry-run")


def rows(output: str) -> list[list[str]]:
    """Return the lines for the inputs, in fields."""
    lines, _, _sums = output.partition("\n\n")
    return [line.split("\t") for line in lines.splitlines()]


def sums(output: str) -> dict[str, str]:
    """Return the sums by their labels; those that come again are put together."""
    said: dict[str, str] = {}
    for line in output.partition("\n\n")[2].splitlines():
        label, _, value = line.partition("  ")
        said[label] = f"{said.get(label, '')} {value.strip()}".strip()
    return said


def state_of(*folders: Path) -> dict[Path, tuple[int, str]]:
    """Return every file below some folders as it is now."""
    files = [file for folder in folders for file in folder.rglob("*")]
    return {
        file: (
            file.stat().st_mtime_ns,
            hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else "",
        )
        for file in files
    }


def test_every_input_is_told_with_what_would_become_of_it(folder: Path, call: Call) -> None:
    (folder / "busy.txt").write_text("мои заметки\n")
    shutil.copy(BASE, folder / "busy.wav")
    (folder / "empty.mp3").touch()
    outcome = call(*COMMAND, folder, folder / "missing.wav")
    assert (outcome.code, outcome.err) == (1, ""), "two of them would fail"
    assert rows(outcome.out) == [
        ["would fail", str(folder / "empty.mp3"), "the file is empty (0 bytes) [empty_file]"],
        ["transcribe", str(folder / "talk.wav"), str(folder / "talk.txt"), "0:05"],
        ["would fail", str(folder / "missing.wav"), "no such file or folder [input_missing]"],
        [
            "skip",
            str(folder / "busy.wav"),
            "a text is there that gigaam did not write; --overwrite replaces it (busy.txt)",
        ],
    ]
    said = sums(outcome.out)
    assert said["Files"] == "1 to transcribe, 0 to write from what is known, 2 would fail"
    assert said["Skipped"].startswith("1 file: a text is there")
    assert said["Audio"] == "0:05"
    assert said["Time"] == "not known: there is no run yet to judge by"
    assert "needed in" in said["Disk"]


def test_what_is_known_is_only_to_be_written(folder: Path, call: Call) -> None:
    call("transcribe", folder, "-m", "demo", "-F", "txt")
    shutil.copy(BASE, folder / "new.wav")
    outcome = call(*COMMAND, folder, "-F", "txt,srt")
    assert outcome.code == 0
    assert [line[0] for line in rows(outcome.out)] == ["transcribe", "write"]
    assert rows(outcome.out)[1][2:] == [str(folder / "talk.srt"), "0:05"]
    assert sums(outcome.out)["Files"] == "1 to transcribe, 1 to write from what is known, 0 would fail"
    assert sums(call(*COMMAND, folder / "talk.wav").out) == {
        "Files": "0 to transcribe, 0 to write from what is known, 0 would fail",
        "Skipped": "1 file: done already",
    }


def test_names_that_two_would_have_are_told(folder: Path, call: Call) -> None:
    shutil.copy(BASE, folder / "talk.ogg")
    said = call(*COMMAND, folder).out
    assert sums(said)["Names"] == "2 files do not get the short name, which is another's"
    assert f"  {folder / 'talk.ogg'} -> talk.ogg.txt\n  {folder / 'talk.wav'} -> talk.wav.txt" in said


# --- nothing is written -------------------------------------------------------------------------------------


@pytest.mark.parametrize("store", ["none", "whole", "touched", "damaged"])
def test_nothing_at_all_is_written(store: str, folder: Path, tmp_path: Path, call: Call) -> None:
    state = state_folder()
    state.parent.mkdir(parents=True, exist_ok=True)
    if store != "none":
        call("transcribe", folder, "-m", "demo", "-F", "txt")
    if store == "touched":
        os.utime(folder / "talk.wav", ns=(1, 1))
    if store == "damaged":
        (state / "state.db").write_bytes(b"not a database" * 1000)
    shutil.copy(BASE, folder / "new.wav")
    before = state_of(state.parent, tmp_path)
    outcome = call(*COMMAND, folder, "-o", tmp_path / "out" / "deep", "--report", tmp_path / "report")
    assert outcome.code == 0
    assert state_of(state.parent, tmp_path) == before
    assert not (tmp_path / "out").exists()
    assert state.exists() == (store != "none")


def test_a_touched_recording_is_known_and_stays_touched(folder: Path, call: Call) -> None:
    call("transcribe", folder, "-m", "demo", "-F", "txt")
    os.utime(folder / "talk.wav", ns=(1, 1))
    for _ in range(2):
        assert sums(call(*COMMAND, folder).out)["Skipped"] == "1 file: done already"


def test_a_model_that_was_only_touched_is_not_noted(folder: Path, call: Call) -> None:
    model = models_folder() / "v3_ctc"
    shutil.copytree(demo_folder() / "model", model)
    (model / "config.json").write_text('{"version": "v3"}')
    write(
        model, [describe(file, hashlib.sha256(file.read_bytes()).hexdigest(), "") for file in model.iterdir()]
    )
    for file in model.glob("*.onnx*"):
        os.utime(file, ns=(1, 1))
    before = state_of(model)
    assert call("transcribe", folder, "-m", "v3_ctc", "--dry-run").code == 0
    assert state_of(model) == before


# --- what would end the run ---------------------------------------------------------------------------------


def test_without_model_and_device_the_rest_is_told(folder: Path, call: Call) -> None:
    call("transcribe", folder, "-m", "demo", "-F", "txt")
    outcome = call(
        "transcribe",
        folder,
        "-m",
        "v3_ctc",
        "--device",
        "cuda:9",
        "-F",
        "txt",
        "--dry-run",
        "-o",
        folder / "o",
    )
    assert outcome.code == 4
    assert rows(outcome.out) == [
        ["transcribe", str(folder / "talk.wav"), str(folder / "o" / "talk.txt"), "0:05"]
    ]
    assert sums(outcome.out)["Again"] == (
        "1 file: recognised before; without model and device it cannot be told whether they are done"
    )
    first, second = outcome.err.splitlines()
    assert first.endswith("Use --device cpu or --device auto. [device_missing]")
    assert "gigaam models pull v3_ctc" in second
    assert second.endswith("[model_missing]")


def test_another_model_is_told_from_an_unknown_one(folder: Path, call: Call) -> None:
    call("transcribe", folder, "-m", "demo", "-F", "txt")
    outcome = call("transcribe", folder, "-m", "demo_rnnt", "-F", "txt", "--dry-run")
    assert outcome.code == 0
    assert sums(outcome.out)["Again"].startswith("1 file: recognised before with another model")


def test_no_ffmpeg_is_told_once(folder: Path, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIGAAM_FFMPEG", "/nowhere/ffmpeg")
    shutil.copy(BASE, folder / "b.wav")
    outcome = call(*COMMAND, folder)
    assert outcome.code == 4
    assert [line[0::3] for line in rows(outcome.out)] == [["transcribe", "?"]] * 2
    assert sums(outcome.out)["Audio"] == "0:00; the length of 2 files is not known"
    assert outcome.err.count("[ffmpeg_missing]") == 1


def test_a_folder_that_cannot_be_written_to_is_5(folder: Path, tmp_path: Path, call: Call) -> None:
    (tmp_path / "file").touch()
    (folder / "empty.mp3").touch()
    outcome = call("transcribe", folder, "-m", "v3_ctc", "--dry-run", "-o", tmp_path / "file" / "below")
    assert outcome.code == 5, "5 comes before 4, and 4 before 1"
    assert "it is not a folder" in outcome.err
    assert len(rows(outcome.out)) == 2


def test_no_media_is_3(tmp_path: Path, call: Call) -> None:
    outcome = call(*COMMAND, tmp_path)
    assert (outcome.code, outcome.out) == (3, "")


def test_programs_are_told_in_json_what_would_end_the_run(folder: Path, call: Call) -> None:
    outcome = call("transcribe", folder, "-m", "v3_ctc", "--dry-run", "--progress", "json")
    assert [event["error"]["code"] for event in outcome.events] == ["model_missing"]


# --- as JSON ------------------------------------------------------------------------------------------------


def said_as_json(*arguments: str | Path) -> tuple[int, dict[str, Any]]:
    outcome = gigaam(*COMMAND, "--json", *arguments, LC_ALL="ru_RU.UTF-8")
    return outcome.code, json.loads(outcome.out)


def test_a_plan_as_json(folder: Path) -> None:
    (folder / "пусто.mp3").touch()
    shutil.copy(BASE, folder / "talk.ogg")
    code, said = said_as_json(folder, folder / "missing.wav")
    assert code == said["exit_code"] == 1
    assert said["schema"] == 1
    files = {Path(file["path"]).name: file for file in said["files"]}
    assert {name: file["status"] for name, file in files.items()} == {
        "talk.ogg": "transcribe",
        "talk.wav": "transcribe",
        "пусто.mp3": "fail",
        "missing.wav": "fail",
    }
    assert files["пусто.mp3"]["reason"] == "empty_file"
    assert files["пусто.mp3"]["message"] == "the file is empty (0 bytes)", "JSON is English in any language"
    assert files["missing.wav"]["reason"] == "input_missing"
    assert files["talk.wav"]["outputs"] == [str(folder / "talk.wav.txt")]
    assert files["talk.wav"]["long_name"]
    assert files["talk.wav"]["seconds"] == pytest.approx(5.75, abs=0.1)
    assert (said["transcribe"], said["write"], said["fail"], said["long_names"]) == (2, 0, 2, 2)
    assert said["audio_seconds"] == pytest.approx(11.5, abs=0.2)
    assert (said["rtfx"], said["wall_seconds"], said["problems"]) == (None, None, [])
    assert said["disks"][0]["free"] > said["disks"][0]["needed"] > 0


def test_a_plan_without_work_is_json_too(folder: Path, call: Call) -> None:
    call("transcribe", folder, "-m", "demo", "-F", "txt")
    code, said = said_as_json(folder)
    assert (code, said["skipped"], said["disks"]) == (0, {"done": 1}, [])
    assert [file["status"] for file in said["files"]] == ["skip"]


# --- words --------------------------------------------------------------------------------------------------


def test_time_and_disks_in_words() -> None:
    some = Sums(
        recognise=3,
        write=0,
        fail=0,
        skipped={},
        audio_seconds=7200.0,
        known_seconds=3600.0,
        unmeasured=1,
        again=0,
        longer=(),
        long_names=0,
        rooms=(Room(Path("/texts"), 2_500_000, None),),
        problems=(OutputError(path="x", detail="y"),),
        speed=10.0,
    )
    assert dict(rows_of(some, known=True)) == {
        "Files": "3 to transcribe, 0 to write from what is known, 0 would fail",
        "Audio": "2:00:00; 1:00:00 of it recognised by a run that did not end; the length of 1 file is not known",
        "Time": "about 6:00, at 10.0 times real time",
        "Disk": "about 2.5 MB needed in /texts, not known free",
    }


def test_what_past_runs_took_tells_how_long_this_one_will(folder: Path, tmp_path: Path) -> None:
    """Only a run with a minute of audio tells anything."""
    long = repeated(folder / "long.wav", 70)
    out = ("-m", "demo", "-o", tmp_path / "out")
    assert gigaam("transcribe", folder, *out).code == 0
    shutil.copy(long, folder / "another.wav")
    told = json.loads(gigaam("transcribe", folder, *out, "--dry-run", "--json").out)
    (run,) = json.loads(gigaam("history", "--json").out)["runs"]
    assert told["rtfx"] == pytest.approx(run["rtfx"], rel=0.05)
    assert told["wall_seconds"] == pytest.approx(told["audio_seconds"] / run["rtfx"], rel=0.05)
