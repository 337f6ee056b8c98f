"""The menu on every kind of terminal, and the way back from every question."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from tests.cli.menu.terminal import ENTER, ESCAPE, INTERRUPT, Terminal, on_a_terminal

pytestmark = pytest.mark.heavy

FROM_THE_PLAN = {
    "Recordings": r"What to transcribe\?",
    "Model": r"Which model\?",
    "Formats": r"Which formats\?",
    "Texts": r"Where do the texts go\?",
}


@pytest.mark.parametrize("key", [ESCAPE, INTERRUPT], ids=["escape", "interrupt"])
def test_every_question_can_be_left(key: str, recordings: Path, demo: None) -> None:
    with on_a_terminal(cwd=recordings) as terminal:

        def visit(row: str, question: str) -> None:
            terminal.choose(row)
            terminal.see(question)

        def leave(question: str) -> None:
            terminal.press(key)
            terminal.see(question)

        visit("Models", "> List")
        for row in ("Fetch", "Remove"):
            visit(row, rf"{row} which model\?")
            leave("> List")
        leave("> Transcribe")
        visit("Watch", r"Which folder to watch\?")
        leave("> Transcribe")
        visit("Transcribe", r"What to transcribe\?")
        for row, question in {"Browse": "Take this folder", "Type": "Files and folders"}.items():
            visit(row, question)
            leave(r"What to transcribe\?")
        visit("This folder", r"Start\? 2 files")
        for row, question in FROM_THE_PLAN.items():
            visit(row, question)
            leave(r"Start\? 2 files")
        visit("Texts", r"Where do the texts go\?")
        visit("Into a folder", r"\? Folder")
        leave(r"Where do the texts go\?")
        leave(r"Start\? 2 files")
        visit("More options", "Look into sub-folders")
        for row, question in {"Device": "every NVIDIA GPU", "Precision": "fp16"}.items():
            visit(row, question)
            leave("Look into sub-folders")
        leave(r"Start\? 2 files")
        leave(r"What to transcribe\?")
        leave("> Transcribe")
        terminal.press(key)
        assert terminal.end() == (0 if key == ESCAPE else 130)


def test_escape_answers_at_once(recordings: Path) -> None:
    with on_a_terminal(cwd=recordings) as terminal:
        terminal.see("> Transcribe")
        began = time.monotonic()
        terminal.press(ESCAPE)
        assert terminal.end() == 0
        assert time.monotonic() - began < 3


def whole_way(terminal: Terminal) -> None:
    """Go from the first question to the end by way of browser, formats, a run and a text."""
    terminal.see("> Transcribe")
    terminal.press(ENTER)
    terminal.choose("Browse")
    terminal.see("Take this folder")
    terminal.press(ENTER)
    terminal.see(r"Start\? 2 files")
    terminal.choose("Formats")
    terminal.see(r"\[x\] timecodes")
    terminal.press(ENTER)
    terminal.choose("Start")
    terminal.see(r"What next\?")
    terminal.choose("Quit")
    assert terminal.end() == 0


def test_forty_columns_and_twelve_rows(recordings: Path, demo: None) -> None:
    with on_a_terminal(cwd=recordings, size=(40, 12)) as terminal:
        whole_way(terminal)
    assert (recordings / "talk.txt").is_file()


@pytest.mark.parametrize(("columns", "rows"), [(40, 12), (80, 24)])
def test_no_row_is_broken_in_two(recordings: Path, demo: None, columns: int, rows: int) -> None:
    with on_a_terminal(
        "transcribe", "-i", recordings, size=(columns, rows), LC_ALL="ru_RU.UTF-8"
    ) as terminal:
        terminal.see(r"> Начать")
        drawn = terminal.text.splitlines()
        menu = drawn[next(index for index, line in enumerate(drawn) if "> Начать" in line) :]
        assert all(re.match(r"( > |   )\S", line) for line in menu), terminal.text
        terminal.choose("Модель")
        terminal.see("Какая модель")
        below = terminal.text.split("Какая модель")[1].splitlines()[1:]
        assert all(re.match(r"( > |   )\S", line) for line in below if line), terminal.text


def test_without_colours(recordings: Path, demo: None) -> None:
    with on_a_terminal(cwd=recordings, NO_COLOR="1") as terminal:
        whole_way(terminal)
    codes = {code for found in re.findall(r"\x1b\[([\d;]*)m", terminal.raw) for code in found.split(";")}
    assert codes <= {"", "0", "1", "2", "3", "4", "7", "22"}


def test_without_unicode(recordings: Path, demo: None) -> None:
    """Rich draws bars as it sees fit; whatever the menu draws is ASCII."""
    with on_a_terminal(cwd=recordings, LC_ALL=None, LC_CTYPE=None, LANG="C") as terminal:
        terminal.see("> Transcribe")
        terminal.press(ENTER)
        terminal.choose("Browse")
        terminal.see("Take this folder")
        terminal.press(ENTER)
        terminal.choose("Formats")
        terminal.see(r"\[x\] timecodes")
        terminal.press(ENTER)
        terminal.see(r"Start\? 2 files")
        assert terminal.raw.isascii()


def test_a_terminal_on_which_nothing_can_be_drawn(recordings: Path, demo: None, tmp_path: Path) -> None:
    with on_a_terminal(cwd=recordings, size=(160, 80), TERM="dumb") as terminal:
        terminal.see(r"Number \[1\]:$")
        terminal.type("\n")
        terminal.see(r"What to transcribe\?")
        terminal.see(r"2\) Browse[^$]*Number \[1\]:$")
        terminal.type("2\n")
        terminal.see(r"Files and folders \[.*\]:$")
        terminal.type("/not/there\n")
        terminal.see("/not/there is not there")
        terminal.type(f"{recordings}\n")
        terminal.see(r"Start\? 2 files[^$]*Number \[1\]:$")
        terminal.type("4\n")
        terminal.see(r"\* 2\) timecodes")
        terminal.type("9\n")
        terminal.see("numbers from 0 to 7")
        terminal.type("1, 3\n")
        terminal.see(r"Formats - txt, srt[^$]*Number \[1\]:$")
        terminal.type("1\n")
        terminal.see(r"What next\?[^$]*Number \[1\]:$")
        terminal.type("0\n")
        terminal.see(r"Nothing is left to transcribe[^$]*Number \[2\]:$")
        for _ in range(2):
            terminal.press(INTERRUPT)
            terminal.settle()
        terminal.type("\x04")
        terminal.settle()
        terminal.press(INTERRUPT)
        assert terminal.end() == 130
    assert (recordings / "deep" / "story.srt").is_file()
    assert "\x1b" not in terminal.raw
