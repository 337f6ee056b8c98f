"""What can be named as an input, and how."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from gigaam_cli.cli.inputs import _decoded
from gigaam_cli.cli.parameters import expanded
from tests.cli.conftest import Call
from tests.cli.drivers import BASE, BASE_TEXT, gigaam

STRANGE = "-x%03d $(id) 'ё🎧.mp3"


@pytest.fixture
def pair(folder: Path) -> list[Path]:
    """Return two recordings, the name of one of which has a line's end in it."""
    second = folder / "second\nname.wav"
    shutil.copy(BASE, second)
    return [folder / "talk.wav", second]


def planned(output: str) -> list[str]:
    """Return the inputs in what ``--dry-run`` printed."""
    rows, _, _sums = output.partition("\n\n")
    return [line.split("\t")[1] for line in rows.splitlines()]


def test_a_recording_on_stdin_goes_to_stdout(call: Call) -> None:
    outcome = call("transcribe", "-", "-m", "demo", stdin=BASE.read_bytes())
    assert (outcome.code, outcome.out) == (0, f"{BASE_TEXT}\n")


def test_a_recording_on_stdin_goes_to_a_folder(tmp_path: Path, call: Call) -> None:
    outcome = call("transcribe", "-", "-m", "demo", "-o", tmp_path, "-F", "txt", stdin=BASE.read_bytes())
    assert (outcome.code, outcome.out) == (0, "")
    assert (tmp_path / "stdin.txt").read_text() == f"{BASE_TEXT}\n"


def test_nothing_on_stdin(call: Call) -> None:
    outcome = call("transcribe", "-", "-m", "demo", stdin=b"")
    assert (outcome.code, outcome.out) == (1, "")
    assert "[empty_file]" in outcome.err


def test_a_list_of_lines(folder: Path, tmp_path: Path, call: Call) -> None:
    names = tmp_path / "list.txt"
    names.write_text(f"{folder / 'talk.wav'}\n\n{folder / 'missing.wav'}\r\n")
    outcome = call("transcribe", "--files-from", names, "-m", "demo", "--dry-run")
    assert planned(outcome.out) == [str(folder / "talk.wav"), str(folder / "missing.wav")]


def test_a_list_with_nul_on_stdin(pair: list[Path], call: Call) -> None:
    names = b"".join(bytes(path) + b"\0" for path in pair)
    outcome = call("transcribe", "--files-from", "-", "-0", "-m", "demo", "-F", "txt", stdin=names)
    assert outcome.code == 0
    assert all(path.with_suffix(".txt").is_file() for path in pair)


def test_a_list_that_is_not_there(call: Call) -> None:
    outcome = call("transcribe", "--files-from", "/nowhere/list", "-m", "demo")
    assert outcome.code == 2
    assert "the list /nowhere/list cannot be read: No such file or directory" in outcome.err


def test_flags_name_inputs_too(folder: Path, tmp_path: Path, call: Call) -> None:
    other = tmp_path / "other"
    other.mkdir()
    shutil.copy(BASE, other / "b.wav")
    outcome = call("transcribe", "-d", other, "-f", folder / "talk.wav", "-m", "demo", "--dry-run")
    assert sorted(planned(outcome.out)) == [str(other / "b.wav"), str(folder / "talk.wav")]


def test_folders_are_searched_as_the_flags_say(folder: Path, call: Call) -> None:
    deep = folder / "deep"
    deep.mkdir()
    for name in ("a.wav", "b.wav"):
        shutil.copy(BASE, deep / name)
    command = ("transcribe", folder, "-m", "demo", "--dry-run")
    assert len(planned(call(*command).out)) == 3
    flat = call(*command, "--no-recursive")
    assert planned(flat.out) == [str(folder / "talk.wav")]
    chosen = call(*command, "--include", "deep/*", "--exclude", "b.*")
    assert [line.split("\t")[1] for line in chosen.out.splitlines() if line.startswith("transcribe")] == [
        str(deep / "a.wav")
    ]


def test_a_name_that_shells_and_ffmpeg_would_misread(tmp_path: Path) -> None:
    shutil.copy(BASE, tmp_path / STRANGE)
    outcome = gigaam("transcribe", "-m", "demo", "-F", "txt", "--", STRANGE, cwd=tmp_path)
    assert outcome.code == 0
    assert sum(STRANGE in line for line in outcome.err.splitlines()) == 1
    assert (tmp_path / STRANGE).with_suffix(".txt").read_text() == f"{BASE_TEXT}\n"
    assert sorted(file.name for file in tmp_path.glob("*x*")) == sorted([STRANGE, STRANGE[:-4] + ".txt"])


def test_what_cannot_be_read_is_not_wrong_use(
    folder: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such a file fails when its turn comes; here only click is made to believe that it cannot be read."""
    monkeypatch.setattr(os, "access", lambda _path, mode: mode != os.R_OK)
    outcome = call("transcribe", "-f", folder / "talk.wav", "-m", "demo", "--dry-run")
    assert (outcome.code, planned(outcome.out)) == (0, [str(folder / "talk.wav")])


def test_an_address_is_refused(call: Call) -> None:
    outcome = call("transcribe", "https://example.org/talk.mp3", "-m", "demo")
    assert outcome.code == 1
    assert "gigaam reads local files only" in outcome.err
    assert "[input_refused]" in outcome.err


def test_an_empty_name_is_not_the_current_folder(
    folder: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    outcome = call("transcribe", "", "-m", "demo")
    assert outcome.code == 1
    assert "no such file or folder" in outcome.err
    assert not (folder / "talk.txt").exists()


def test_the_same_recording_is_known_under_another_spelling(
    folder: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "inner").mkdir()
    monkeypatch.chdir(folder / "inner")
    assert call("transcribe", "../talk.wav", "-m", "demo", "-F", "txt").code == 0
    monkeypatch.chdir(folder)
    outcome = call("transcribe", "talk.wav", "-m", "demo", "-F", "txt,srt")
    assert outcome.code == 0
    assert (folder / "talk.srt").is_file()


# --- lists and patterns as Windows has them -----------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_a_list_that_windows_programs_wrote(folder: Path, tmp_path: Path, call: Call, encoding: str) -> None:
    shutil.copy(BASE, folder / "Звонок.wav")
    names = tmp_path / "list.txt"
    names.write_text(f"{folder / 'Звонок.wav'}\r\n{folder / 'talk.wav'}\r\n", encoding, newline="")
    outcome = call("transcribe", "--files-from", names, "-m", "demo", "--dry-run")
    assert planned(outcome.out) == [str(folder / "Звонок.wav"), str(folder / "talk.wav")]


def test_a_name_that_is_not_utf8_there_is_in_the_code_page(monkeypatch: pytest.MonkeyPatch) -> None:
    def strict(name: bytes) -> str:
        return name.decode("utf-8")

    monkeypatch.setattr(os, "fsdecode", strict)
    monkeypatch.setattr("locale.getpreferredencoding", lambda _change: "cp1251")
    assert _decoded("Звонок.wav".encode()) == "Звонок.wav"
    assert _decoded("Звонок.wav".encode("cp1251")) == "Звонок.wav"


def test_patterns_that_no_shell_expands_are_expanded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("b.wav", "a.wav", "[c].wav"):
        (folder / name).touch()
    monkeypatch.chdir(folder)
    names = ["[ab].wav", "*.mp3", "[c].wav", "-"]
    assert list(expanded(names, windows=True)) == ["a.wav", "b.wav", "*.mp3", "[c].wav", "-"]
    assert list(expanded(names, windows=False)) == names
