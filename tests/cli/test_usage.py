"""Wrong use: exit code 2, the reason on stderr, nothing on stdout, nothing done."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Call
from tests.cli.drivers import BASE

WRONG = {
    "unknown option": (["--nonsense"], "--nonsense"),
    "unknown format": (["-F", "doc"], "doc is not a format; there are txt, timecodes, srt"),
    "unknown format among others": (["-F", "txt,doc"], "doc is not a format"),
    "unknown choice": (["--vad", "guess"], "guess"),
    "number out of range": (["--threads", "0"], "--threads"),
    "not a number": (["--pad", "much"], "--pad"),
    "nan": (["--settle", "nan"], "nan is not a number"),
    "infinite": (["--max-duration", "inf"], "inf is not a"),
    "not a time": (["--start", "1:2:3:4"], "1:2:3:4 is not a time such as 90"),
    "negative time": (["--max-duration", "-5"], "-5 is not a time"),
    "end before start": (["--start", "1:00", "--end", "30"], "--end must be later than --start"),
    "several formats on stdout": (["-o", "-", "-F", "txt,srt"], "stdout takes one format"),
    "text and summary on stdout": (["-o", "-", "--json"], "name a folder with -o"),
    "text and plan on stdout": (["-o", "-", "--dry-run"], "name a folder with -o"),
    "stdin among files": (["-"], "cannot be mixed with other inputs"),
    "stdin and a list": (["--files-from", "-", "-f", "-"], "cannot be mixed with other inputs"),
}


@pytest.mark.parametrize(("arguments", "said"), WRONG.values(), ids=WRONG)
def test_wrong_use(arguments: list[str], said: str, folder: Path, call: Call) -> None:
    outcome = call("transcribe", folder / "talk.wav", "-m", "demo", *arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert "Try 'gigaam transcribe -" in outcome.err
    assert said in outcome.err
    assert [file.name for file in folder.iterdir()] == ["talk.wav"]


def test_an_unknown_command(call: Call) -> None:
    outcome = call("transcrybe")
    assert (outcome.code, outcome.out) == (2, "")
    assert "No such command 'transcrybe'." in outcome.err


def test_a_recording_in_place_of_a_command_is_told_what_transcribes_it(
    folder: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    (folder / "my talk.wav").touch()
    outcome = call("my talk.wav", "-m", "demo")
    assert (outcome.code, outcome.out) == (2, "")
    quoted = '"my talk.wav"' if os.name == "nt" else "'my talk.wav'"
    assert f"gigaam transcribe {quoted} -m demo\n" in outcome.err
    assert "name a command first: gigaam transcribe" in call(folder).err


def test_a_command_is_one_also_where_a_file_has_its_name(
    folder: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    (folder / "status").touch()
    assert call("status").code == 0


def test_formats_behind_the_small_letter_are_told_the_capital_one(folder: Path, call: Call) -> None:
    outcome = call("transcribe", folder / "talk.wav", "-m", "demo", "-f", "srt,Json")
    assert (outcome.code, outcome.out) == (2, "")
    assert "formats have a capital letter: -F srt,Json" in outcome.err
    assert not (folder / "talk.txt").exists()


def test_a_file_named_like_a_format_is_a_file(
    folder: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    shutil.copy(folder / "talk.wav", "txt")
    assert call("transcribe", "-f", "txt", "-m", "demo").code == 0
    assert (folder / "txt.txt").is_file()


def test_nothing_named(call: Call) -> None:
    outcome = call("transcribe")
    assert outcome.code == 2
    assert "name a file or a folder, or - for a recording on stdin" in outcome.err


@pytest.mark.parametrize(
    ("variable", "value"), [("GIGAAM_VAD", "guess"), ("GIGAAM_PAD", "much"), ("GIGAAM_FORMAT", "doc")]
)
def test_a_wrong_value_in_a_variable(
    variable: str, value: str, folder: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    outcome = call("transcribe", folder, "-m", "demo")
    assert outcome.code == 2
    assert value in outcome.err


def test_an_output_named_like_a_text_is_not_made_a_folder(tmp_path: Path, call: Call) -> None:
    outcome = call("transcribe", BASE, "-m", "demo", "-o", tmp_path / "talk.srt")
    assert outcome.code == 2
    assert "-o - > talk.srt" in outcome.err
    assert not (tmp_path / "talk.srt").exists()


def test_subtitles_of_several_recordings_do_not_go_to_one_stdout(tmp_path: Path, call: Call) -> None:
    shutil.copy(BASE, tmp_path / "again.wav")
    outcome = call("transcribe", BASE, tmp_path / "again.wav", "-m", "demo", "-o", "-", "-F", "srt")
    assert (outcome.code, outcome.out) == (2, "")


def test_formats_are_named_in_any_case(tmp_path: Path, call: Call) -> None:
    outcome = call("transcribe", BASE, "-m", "demo", "-o", tmp_path, "-F", "SRT, Json")
    assert outcome.code == 0
    assert {path.suffix for path in tmp_path.iterdir()} == {".srt", ".json"}
