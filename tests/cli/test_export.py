"""``gigaam status`` and ``gigaam export``: what the store knows, without audio or model."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from gigaam_cli.pipeline import transcribe
from tests.cli.conftest import Call
from tests.cli.drivers import BASE, BASE_TEXT, DATA, Outcome
from tests.fakes.engines import FallsSilent


@pytest.fixture
def mixed(folder: Path, call: Call) -> Path:
    """Return a folder that was transcribed: a recording, one deeper, and one that is broken."""
    (folder / "deep").mkdir()
    shutil.copy(BASE, folder / "deep" / "other.wav")
    (folder / "broken.mp3").write_bytes(b"RIFF....WAVEfmt nothing of the kind")
    assert call("transcribe", folder, "-m", "demo", "-F", "txt").code == 1
    return folder


def states(outcome: Outcome) -> dict[str, str]:
    assert outcome.code == 0
    return {Path(each["path"]).name: each["state"] for each in json.loads(outcome.out)["recordings"]}


def test_status_names_what_is_not_done_and_counts_the_rest(mixed: Path, call: Call) -> None:
    (mixed / "talk.txt").unlink()
    outcome = call("status", mixed)
    assert outcome.code == 0
    broken, gone, counts = outcome.out.splitlines()
    assert broken.startswith(f"failed\t{mixed / 'broken.mp3'}\t")
    assert broken.endswith("[not_media]")
    assert gone == f"a text is gone\t{mixed / 'talk.wav'}"
    assert sorted(counts.split(", ")) == ["1 a text is gone", "1 done", "1 failed"]
    everything = call("status", mixed, "--all").out.splitlines()
    assert len(everything) == 4


def test_status_compares_with_what_is_there_now(mixed: Path, call: Call) -> None:
    (mixed / "broken.mp3").unlink()
    assert states(call("status", "--json")) == {"talk.wav": "done", "other.wav": "done", "broken.mp3": "gone"}
    (mixed / "talk.wav").touch()
    (mixed / "deep" / "other.wav").unlink()
    assert states(call("status", "--json")) == {
        "talk.wav": "stale",
        "other.wav": "gone",
        "broken.mp3": "gone",
    }
    assert states(call("status", "--json", mixed / "deep")) == {"other.wav": "gone"}
    assert states(call("status", "--json", mixed / "nowhere")) == {}


def test_speech_without_text_is_told_everywhere(
    folder: Path, tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transcribe, "load_engines", lambda *_: [FallsSilent(after=0)])
    (folder / "talk.wav").unlink()
    shutil.copy(DATA / "joined.ogg", folder)
    report = tmp_path / "report.jsonl"
    outcome = call("transcribe", folder, "-m", "demo", "--report", report)
    assert outcome.code == 1
    assert "suspect: speech without text at 0:0" in outcome.err
    assert "1 file: speech without text" in outcome.err
    assert "no speech found" not in outcome.err
    file, run = (json.loads(line) for line in report.read_text().splitlines())
    assert (file["status"], len(file["suspect"]), run["suspect"]) == ("done", 1, 1)
    assert states(call("status", "--json")) == {"joined.ogg": "suspect"}
    assert call("export", "-F", "srt").code == 0


def test_status_of_nothing(call: Call) -> None:
    assert call("status").out == "0\n"


def test_other_formats_come_without_audio(mixed: Path, tmp_path: Path, call: Call) -> None:
    shutil.rmtree(mixed / "deep")
    (mixed / "talk.wav").unlink()
    out = tmp_path / "out"
    outcome = call("export", mixed, "-F", "srt,json", "-o", out)
    assert outcome.code == 0
    names = sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())
    assert names == ["deep/other.json", "deep/other.srt", "talk.json", "talk.srt"]
    words = json.loads((out / "talk.json").read_text())["segments"][0]["words"]
    assert " ".join(word["text"] for word in words) == BASE_TEXT


def test_texts_lie_where_they_would(mixed: Path, call: Call) -> None:
    assert call("export", "-F", "srt").code == 0
    assert (mixed / "talk.srt").exists()
    assert (mixed / "deep" / "other.srt").exists()
    again = call("export", "-F", "srt", "--progress", "none")
    assert again.code == 0
    assert "2 files: done already" in again.err


def test_a_text_that_somebody_edited_is_kept(mixed: Path, call: Call) -> None:
    (mixed / "talk.txt").write_text("better\n")
    assert call("export", mixed / "talk.wav", "-F", "txt").code == 0
    assert (mixed / "talk.txt").read_text() == "better\n"
    assert call("export", mixed / "talk.wav", "-F", "txt", "--overwrite").code == 0
    assert (mixed / "talk.txt").read_text() == f"{BASE_TEXT}\n"


def test_stdout(mixed: Path, call: Call) -> None:
    outcome = call("export", mixed / "talk.wav", "-o", "-")
    assert (outcome.code, outcome.out) == (0, f"{BASE_TEXT}\n")


def test_what_was_never_recognised_cannot_be_exported(folder: Path, call: Call) -> None:
    outcome = call("export", folder)
    assert outcome.code == 3
    assert "has recognised nothing in" in outcome.err
    assert "gigaam transcribe" in outcome.err


def test_after_an_export_the_next_run_has_nothing_to_do(mixed: Path, call: Call) -> None:
    call("export", mixed, "-F", "srt")
    (mixed / "broken.mp3").unlink()
    outcome = call("transcribe", mixed, "-m", "demo", "-F", "srt", "--json")
    assert json.loads(outcome.out)["skipped"] == 2
