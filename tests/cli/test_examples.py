"""The examples at the end of help texts: each is run, as it is shown, in a folder where it makes sense."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
from pathlib import Path

import pytest

from gigaam_cli.cli.commands.group import program
from tests.cli.drivers import BASE, COMMAND, gigaam, running, shell, soon
from tests.cli.tree import commands

pytestmark = pytest.mark.skipif(os.name == "nt", reason="lines of a POSIX shell")
# What a later one needs comes first.
ORDER = ("transcribe", "export", "status", "verify", "adopt", "help")


def examples(name: str) -> list[str]:
    """Return the examples of a command."""
    lines = (program.commands[name].epilog or "").splitlines()
    return [line.strip() for line in lines if line.startswith("  ")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with what the examples name."""
    for name in ("talk.mp3", "talk.ogg", "recordings/one.wav", "recordings/more/two.wav", "inbox/new.wav"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(BASE, tmp_path / name)
    return tmp_path


def test_every_example_of_a_command_that_ends_succeeds(folder: Path) -> None:
    for line in [line for name in ORDER for line in examples(name)]:
        outcome = shell(f'cd "$1" || exit 99; {line}', folder, GIGAAM_MODEL="demo")
        assert outcome.code == 0, (line, outcome.err)
    assert {file.name for file in (folder / "texts").rglob("*.*")} == {
        "one.txt",
        "one.srt",
        "two.txt",
        "two.srt",
    }
    assert (folder / "talk.txt").stat().st_size > 10
    assert (folder / "subtitles" / "one.json").is_file()


def test_every_example_of_a_watch_does_its_work(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("GIGAAM_MODEL", "demo")
    done = {"-o": folder / "texts" / "new.txt", "--move-to": folder / "archive" / "new.wav"}
    for line in examples("watch"):
        words = shlex.split(line)
        with running(*COMMAND, *words[1:], "--settle", "0") as watch:
            assert soon(next(path for flag, path in done.items() if flag in words).is_file, 30)
            watch.send(signal.SIGINT)
            assert watch.end().code == 130


def test_no_command_has_examples_that_nobody_runs() -> None:
    shown = {name.removeprefix("gigaam ") for name, command in commands() if command.epilog}
    assert shown == {*ORDER, "watch"}


def test_examples_are_shown_in_both_languages_with_their_lines_as_they_are() -> None:
    for language, heading in (("en", "Examples:"), ("ru", "Примеры:")):
        lines = gigaam("--lang", language, "transcribe", "--help").out.splitlines()
        where = lines.index(f"  {heading}")
        assert [line.strip() for line in lines[where + 1 :]] == examples("transcribe")
