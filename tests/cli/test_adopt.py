"""``gigaam adopt``: texts that the state store does not know, such as after it was lost."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from gigaam_cli.core.paths import state_folder
from tests.cli.conftest import Call
from tests.cli.drivers import BASE_TEXT, DATA, gigaam


@pytest.fixture
def lost(folder: Path, call: Call) -> Path:
    """Return a folder that was transcribed before the state store was lost: with JSON, and deeper down without."""
    (folder / "deep").mkdir()
    shutil.copy(DATA / "joined.ogg", folder / "deep")
    assert call("transcribe", folder, "-m", "demo", "-F", "txt,timecodes,json,srt").code == 0
    (folder / "deep" / "joined.json").unlink()
    shutil.rmtree(state_folder())
    return folder


def adopted(call: Call, *arguments: str | Path, code: int = 0) -> dict[str, Any]:
    outcome = call("adopt", "--json", *arguments)
    assert outcome.code == code
    values: dict[str, Any] = json.loads(outcome.out)
    assert values["schema"] == 1
    return values


def skipped(call: Call, *arguments: str | Path) -> set[str]:
    """Return why ``transcribe`` skips everything."""
    outcome = call("transcribe", *arguments, "--json")
    assert outcome.code == 0
    files = json.loads(outcome.out)["files"]
    assert {file["status"] for file in files} == {"skipped"}
    return {file["reason"] for file in files}


def test_the_whole_story(lost: Path, call: Call, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in lost.rglob("*.*")}
    assert skipped(call, lost, "-m", "demo") == {"exists"}
    outcome = call("adopt", lost)
    assert outcome.code == 0
    assert outcome.out.splitlines() == [
        f"adopted\t{lost / 'deep' / 'joined.ogg'}\tjoined.txt, joined_timecodes.txt, joined.srt",
        f"adopted\t{lost / 'talk.wav'}\ttalk.txt, talk_timecodes.txt, talk.srt, talk.json; with the words",
        "2 adopted",
    ]
    assert skipped(call, lost, "-m", "demo") == skipped(call, lost, "-m", "demo_rnnt") == {"done"}
    assert {path: path.read_bytes() for path in lost.rglob("*.*")} == before
    assert call("status").out == "1 adopted, 1 done\n"
    assert call("verify", "--contents").out == "texts: 7 whole\nrecordings: 2 unchanged\n"
    out = tmp_path / "out"
    exported = call("export", lost, "-F", "txt,srt,json", "-o", out, "--progress", "none")
    assert exported.code == 0
    assert "1 file: not recognised to its end" in exported.err
    assert sorted(path.name for path in out.iterdir()) == ["talk.json", "talk.srt", "talk.txt"]
    assert (out / "talk.txt").read_text() == f"{BASE_TEXT}\n"
    assert call("verify").out.startswith("texts: 10 whole\n")


def test_texts_in_another_folder(folder: Path, call: Call, tmp_path: Path) -> None:
    out = tmp_path / "texts"
    assert call("transcribe", folder, "-m", "demo", "-o", out).code == 0
    shutil.rmtree(state_folder())
    nothing = call("adopt", folder)
    assert (nothing.code, nothing.out) == (3, f"without texts\t{folder / 'talk.wav'}\n1 without texts\n")
    assert "[nothing_to_adopt]" in nothing.err
    assert "with -o" in nothing.err
    (recording,) = adopted(call, folder, "-o", out)["recordings"]
    assert recording["texts"] == [str(out / "talk.txt"), str(out / "talk_timecodes.txt")]
    assert skipped(call, folder, "-m", "demo", "-o", out) == {"done"}


def test_a_dry_run_only_tells(lost: Path, call: Call) -> None:
    outcome = call("adopt", lost, "--dry-run")
    assert outcome.code == 0
    assert {line.split("\t")[0] for line in outcome.out.splitlines()[:2]} == {"adopt"}
    values = adopted(call, lost, "--dry-run")
    assert (values["dry_run"], values["counts"]) == (True, {"adopted": 2})
    assert skipped(call, lost, "-m", "demo") == {"exists"}


def test_what_is_left_out_is_told_with_the_reason(lost: Path, call: Call) -> None:
    (lost / "talk.json").write_text("[]")
    outcome = call("adopt", lost, lost / "absent.mp3")
    assert outcome.code == 1
    assert "left out\t" + str(lost / "absent.mp3") in outcome.out
    (line,) = (line for line in outcome.out.splitlines() if str(lost / "talk.json") in line)
    assert line.startswith("left out\t")
    assert line.endswith("[foreign_text]")
    values = adopted(call, lost, code=1)
    assert values["counts"] == {"known": 1, "left_out": 1}
    (talk,) = (each for each in values["recordings"] if each["state"] == "left_out")
    assert talk["left_out"] == [
        {
            "path": str(lost / "talk.json"),
            "reason": "foreign_text",
            "message": "this is no transcript of gigaam's: it lacks what gigaam writes",
        }
    ]


def test_what_is_known_is_no_trouble(lost: Path, call: Call) -> None:
    adopted(call, lost)
    outcome = call("adopt", lost)
    assert (outcome.code, outcome.out) == (0, "2 known already\n")


def test_rules_and_lists_name_recordings_as_for_transcribe(lost: Path, call: Call, tmp_path: Path) -> None:
    (found,) = adopted(call, lost, "--exclude", "joined*")["recordings"]
    assert Path(found["path"]).name == "talk.wav"
    names = tmp_path / "list"
    names.write_text(f"{lost / 'deep' / 'joined.ogg'}\n")
    (found,) = adopted(call, "--files-from", names, "-F", "srt")["recordings"]
    assert [Path(text).name for text in found["texts"]] == ["joined.srt"]


def test_without_recordings_there_is_nothing_to_do(tmp_path: Path, call: Call) -> None:
    outcome = call("adopt", tmp_path)
    assert (outcome.code, outcome.out) == (3, "")
    assert "[no_media]" in outcome.err


@pytest.mark.parametrize("arguments", [(), ("-",), ("-o", "-", "talks")])
def test_wrong_use(call: Call, arguments: tuple[str, ...]) -> None:
    assert call("adopt", *arguments).code == 2


def test_adopt_needs_no_model_and_speaks_russian(lost: Path) -> None:
    outcome = gigaam("adopt", lost, LC_ALL="ru_RU.UTF-8", GIGAAM_MODELS_DIR=os.devnull)
    assert outcome.code == 0
    assert outcome.out.splitlines()[-1] == "2 принято"
