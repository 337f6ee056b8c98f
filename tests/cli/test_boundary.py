"""The last boundary: bugs, streams that are closed or full, and what is left of a run then."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from gigaam_cli.cli import progress
from gigaam_cli.core.events import RunEnding
from gigaam_cli.core.values import AudioStream, MediaInfo
from gigaam_cli.media.probe import choose_stream
from gigaam_cli.pipeline import readers, transcribe
from gigaam_cli.store.store import Store
from tests.cli.conftest import Call
from tests.cli.drivers import BASE_TEXT, gigaam, shell

needs_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")


@pytest.fixture
def bug(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every run meet a bug."""

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("two\nlines")

    monkeypatch.setattr(transcribe, "prepare", broken)


@pytest.mark.usefixtures("bug")
def test_a_bug_is_a_line_and_a_crash_log(folder: Path, call: Call) -> None:
    outcome = call("transcribe", folder)
    assert (outcome.code, outcome.out) == (70, "")
    (line,) = outcome.err.splitlines()
    assert line.startswith(r"gigaam: an error of gigaam itself: ZeroDivisionError('two\nlines')")
    log = Path(re.findall(r"The details are in (.+)\.$", line)[0])
    assert log.parent == Path(os.environ["GIGAAM_STATE_DIR"]) / "logs"
    assert log.read_text().startswith("Traceback (most recent call last)")
    assert "ZeroDivisionError" in log.read_text()


@pytest.mark.usefixtures("bug")
def test_a_bug_in_russian(folder: Path, call: Call) -> None:
    said = call("transcribe", folder, "--lang", "ru").err
    assert said.startswith("gigaam: ошибка в самой программе: ZeroDivisionError")
    assert "Подробности: " in said


@pytest.mark.usefixtures("bug")
def test_a_bug_with_everything_said(folder: Path, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["gigaam", "transcribe", "-vv"])
    outcome = call("transcribe", folder, "-vv")
    assert outcome.code == 70
    assert "Traceback" in outcome.err


def test_a_bug_without_a_place_for_its_log(
    folder: Path, call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("GIGAAM_STATE_DIR", str(tmp_path / "file"))
    monkeypatch.setattr(Store, "open", lambda _folder: 1 / 0)
    outcome = call("transcribe", folder)
    assert outcome.code == 70
    assert "Run with -vv for the details." in outcome.err


@pytest.fixture
def bug_in_one_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the first of two recordings meet a bug."""
    shutil.copy(folder / "talk.wav", folder / "other.wav")
    calls = itertools.count()

    def fails_once(info: MediaInfo, number: int | None) -> AudioStream:
        if next(calls) == 0:
            raise ZeroDivisionError
        return choose_stream(info, number)

    monkeypatch.setattr(readers, "choose_stream", fails_once)


@pytest.mark.usefixtures("bug_in_one_file")
def test_a_bug_in_one_file_costs_that_file_only(folder: Path, call: Call) -> None:
    outcome = call("transcribe", folder, "-m", "demo", "-F", "txt")
    assert outcome.code == 1
    assert "an error of gigaam itself: ZeroDivisionError" in outcome.err
    assert "[internal_error]" in outcome.err
    assert "Traceback" not in outcome.err
    assert len(list(folder.glob("*.txt"))) == 1


@pytest.mark.usefixtures("bug_in_one_file")
@pytest.mark.parametrize(("flag", "traceback"), [("-v", False), ("-vv", True)])
def test_the_log_shows_where_it_happened(flag: str, traceback: bool, folder: Path, call: Call) -> None:
    said = call("transcribe", folder, "-m", "demo", "--lang", "ru", flag).err
    assert re.search(r"^\d\d:\d\d:\d\d ERROR reader-\d unexpected error$", said, re.MULTILINE)
    assert ("Traceback" in said) == traceback


@needs_full
@pytest.mark.parametrize("arguments", ["-o -", "--json", "--dry-run", "--help"])
def test_a_full_disk_behind_stdout_is_5(arguments: str, folder: Path) -> None:
    outcome = shell(f'gigaam transcribe "$1" -m demo -q {arguments} >/dev/full', folder)
    assert outcome.code == 5
    assert outcome.err.startswith("gigaam: standard output cannot be written: No space left on device")
    assert "Traceback" not in outcome.err


@needs_full
@pytest.mark.parametrize(
    ("arguments", "code"), [("-m demo", 0), ("-m demo /nowhere.wav", 1), ("-m v3_ctc", 4), ("--nonsense", 2)]
)
def test_a_full_disk_behind_stderr_changes_nothing(arguments: str, code: int, folder: Path) -> None:
    assert shell(f'gigaam transcribe "$1" -F txt {arguments} 2>/dev/full', folder).code == code
    assert (folder / "talk.txt").exists() == (code in (0, 1))


def test_no_file_becomes_a_stream_that_was_closed(tmp_path: Path) -> None:
    script = """
import os, sys
from gigaam_cli.cli import main
main.main = lambda arguments: open(arguments[0], "w").write(str(os.open(os.devnull, os.O_RDONLY))) * 0
main.run()
"""
    shell('"$PYTHON" -c "$1" "$2" <&- >&- 2>&-', script, tmp_path / "descriptor")
    assert int((tmp_path / "descriptor").read_text()) > 2


def test_an_encoding_without_russian(folder: Path) -> None:
    (folder / "talk.wav").rename(folder / "Запись.wav")
    outcome = gigaam("transcribe", folder, "-m", "demo", "--dry-run", PYTHONIOENCODING="latin-1")
    assert (outcome.code, outcome.err) == (0, "")
    assert r"\u0417\u0430\u043f\u0438\u0441\u044c.wav" in outcome.out


def test_closed_streams(folder: Path) -> None:
    assert shell('gigaam transcribe "$1" -m demo -F txt <&- >&- 2>&-', folder).code == 0
    assert (folder / "talk.txt").read_text(encoding="utf-8") == f"{BASE_TEXT}\n"
    assert shell('gigaam transcribe "$1" -m demo -o - 2>&-', folder).out == f"{BASE_TEXT}\n"
    assert shell('gigaam transcribe "$1" -m demo -o - >&-', folder).code == 141
    closed = shell("gigaam transcribe - -m demo <&-")
    assert closed.code == 2
    assert "stdin is closed" in closed.err
    assert shell("gigaam transcribe --files-from - -m demo <&-").code == 2


def test_an_observer_never_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def write(self, _text: str) -> int:
            raise OSError(28, "No space left on device")

        def flush(self) -> None:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(sys, "stderr", Full())
    progress.plain_line(RunEnding("interrupted"))
    progress.json_line(RunEnding("interrupted"))
