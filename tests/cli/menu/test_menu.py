"""The menu on a terminal, from the first question to the texts."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gigaam_cli.store.store import Store
from tests.cli.drivers import BASE, BASE_TEXT, environment, gigaam, repeated
from tests.cli.menu.terminal import BACKSPACE, DOWN, ENTER, ESCAPE, INTERRUPT, LEFT, TAB, UP, on_a_terminal

pytestmark = pytest.mark.heavy

MOST_KEYS = 8
PLAN = r"Start\? \d files, "


@pytest.mark.parametrize(
    ("locale", "first", "what", "missing", "plan", "next_"),
    [
        ("C.UTF-8", "Transcribe", r"What to transcribe\?", "Use demo", PLAN, r"What next\?"),
        (
            "ru_RU.UTF-8",
            "Распознать",
            r"Что распознать\?",
            "Взять demo",
            r"Начать\? 2 файла",
            r"Что дальше\?",
        ),
    ],
)
def test_from_gigaam_to_texts_in_a_few_keys(
    recordings: Path, locale: str, first: str, what: str, missing: str, plan: str, next_: str
) -> None:
    """Also where no model is here but the demonstration; gigaam itself is started by Enter."""
    with on_a_terminal(cwd=recordings, LC_ALL=locale) as terminal:
        terminal.see(f"> {first}")
        terminal.press(ENTER)
        terminal.see(what)
        terminal.press(ENTER)
        terminal.see(missing)
        terminal.press(DOWN, ENTER)
        terminal.see(plan)
        terminal.press(ENTER)
        terminal.see(next_)
        assert (recordings / "talk.txt").read_text(encoding="utf-8") == BASE_TEXT + "\n"
        assert (recordings / "deep" / "story_timecodes.txt").is_file()
        assert terminal.pressed + 1 <= MOST_KEYS
        terminal.press(ESCAPE)
        terminal.see("Nothing is left to transcribe|Распознавать больше нечего")


def test_a_folder_is_found_by_walking_to_it(recordings: Path, demo: None, tmp_path: Path) -> None:
    shutil.copy(BASE, recordings / "deep" / "other.wav")
    with on_a_terminal(cwd=tmp_path) as terminal:
        terminal.see("> Transcribe")
        terminal.press(ENTER)
        terminal.choose("Browse")
        terminal.see(r"\[ \] my talks/")
        terminal.press(DOWN, ENTER)
        terminal.see(r"talk\.wav +0:05 184\.0 kB")
        terminal.type("dee")
        terminal.see("/ dee")
        terminal.press(ENTER)
        terminal.see(r"story\.mp3 +0:08")
        terminal.press(DOWN, " ")
        terminal.see(r"Take what is marked \(1\)")
        terminal.press(BACKSPACE)
        terminal.see(r"> \[ \] deep/")
        terminal.press(DOWN, " ")
        terminal.see(r"Take what is marked \(2\)")
        terminal.press(ENTER)
        terminal.see(PLAN)
        assert "gigaam transcribe " in terminal.text
        terminal.press(ENTER)
        terminal.see(r"What next\?")
        assert terminal.see("2 done, 0 failed")
    written = sorted(path.name for path in recordings.rglob("*.txt"))
    assert written == ["other.txt", "other_timecodes.txt", "talk.txt", "talk_timecodes.txt"]


def test_a_dot_takes_the_folder_on_show(recordings: Path, demo: None) -> None:
    with on_a_terminal(cwd=recordings / "deep") as terminal:
        terminal.see("> Transcribe")
        terminal.press(ENTER)
        terminal.choose("Browse")
        terminal.see(r"story\.mp3")
        terminal.press(LEFT)
        terminal.see(r"> \[ \] deep/")
        terminal.type("talk")
        terminal.press(ESCAPE)
        terminal.see(r"\[ \] deep/")
        terminal.press(".")
        terminal.see(PLAN)
        assert terminal.see(r"Recordings +~/my talks\n")


def test_what_no_name_in_the_browser_has_takes_nothing(recordings: Path, demo: None) -> None:
    with on_a_terminal("transcribe", "-i", cwd=recordings) as terminal:
        terminal.choose("Browse")
        terminal.see(r"letters filter, or a path")
        terminal.type("nowhere to be found")
        terminal.see("/ nowhere to be found\n> No such name here")
        terminal.press(ENTER)
        terminal.see("> ~/my talks/nowhere to be found is not there")
        terminal.press(ESCAPE)
        terminal.see("> Take this folder")


def test_a_path_is_pasted_into_the_browser(recordings: Path, demo: None) -> None:
    (recordings / "my talk.wav").symlink_to(recordings / "talk.wav")
    with on_a_terminal("transcribe", "-i", cwd=recordings.parent, size=(120, 24)) as terminal:
        terminal.choose("Browse")
        terminal.see(r"\[ \] my talks/")
        terminal.type(f"\x1b[200~{recordings}\x1b[201~")
        terminal.see("as a path")
        terminal.press(ENTER)
        terminal.see(r"(?m)^~/my talks$(?s:.*)talk\.wav")
        terminal.type("my talk")
        terminal.see("/ my talk\n  Take this folder\n> \\[ \\] my talk.wav")
        terminal.press(ESCAPE)
        terminal.type("./deep/story.mp3"[2:])
        terminal.see("as a path")
        terminal.press(ENTER)
        terminal.see(r"Recordings +~/my talks/deep/story.mp3\n")


def test_a_path_is_typed_completed_and_checked(recordings: Path, demo: None) -> None:
    with on_a_terminal("transcribe", "-i", cwd=recordings) as terminal:
        terminal.see(r"What to transcribe\?")
        terminal.choose("Type or paste")
        terminal.see("Files and folders")
        terminal.type("/not/there")
        terminal.press(ENTER)
        terminal.see("/not/there is not there")
        terminal.press("\x15")
        terminal.type(str(recordings / "dee"))
        terminal.settle()
        terminal.press(TAB)
        terminal.settle()
        terminal.press(ENTER, ENTER)
        terminal.see(r"Start\? 1 file, 0:08 of audio")


def test_paths_that_were_dropped_on_the_terminal_are_taken(recordings: Path, demo: None) -> None:
    with on_a_terminal("transcribe", "-i", cwd=recordings) as terminal:
        terminal.choose("Type or paste")
        terminal.see("Files and folders")
        terminal.type(f"'{recordings}/talk.wav' '{recordings}/deep'")
        terminal.press(ENTER)
        terminal.see(PLAN)


def test_each_answer_can_be_changed(recordings: Path, demo: None, tmp_path: Path) -> None:
    texts = tmp_path / "texts"
    with on_a_terminal("transcribe", "-i", "talk.wav", cwd=recordings, size=(400, 24)) as terminal:
        terminal.see(r"Start\? 1 file")
        terminal.choose("Formats")
        terminal.see(r"Which formats\?")
        terminal.press(" ", DOWN, " ")
        terminal.settle()
        assert "[x]" not in terminal.text
        terminal.press(ENTER)
        terminal.settle()
        assert "Which formats?" in terminal.text
        terminal.press(DOWN, " ", ENTER)
        terminal.see(r"Formats +srt\n")
        terminal.choose("Texts")
        terminal.choose("Into a folder")
        terminal.see("Folder")
        terminal.press("\x15")
        terminal.type(str(texts))
        terminal.press(ENTER)
        terminal.see(r"Texts +~/texts\n")
        terminal.choose("Model")
        terminal.choose("demo_rnnt")
        terminal.see(r"Model +demo_rnnt\n")
        terminal.choose("Recordings")
        terminal.choose("This folder")
        terminal.see(PLAN)
        terminal.choose("More options")
        terminal.choose("Device")
        terminal.choose("cpu")
        terminal.choose("Precision")
        terminal.choose("fp32")
        for name in ("Look into", "Replace", "Publish", "Do again"):
            terminal.choose(name)
        terminal.see(r"Look into sub-folders +no\n")
        terminal.choose("Done")
        terminal.see(r"Start\? 1 file")
        line = terminal.see(r"(?m)^gigaam transcribe --format srt --model demo_rnnt --device cpu.*$")
        assert line.endswith(
            f"--precision fp32 --output {texts} --no-recursive --overwrite --force --allow-partial '{recordings}'"
        )
        terminal.choose("Start")
        terminal.see("1 done, 0 failed")
        terminal.choose("Quit")
        assert terminal.end() == 0
    assert [path.name for path in texts.iterdir()] == ["talk.srt"]


def test_the_line_that_is_shown_does_the_same_run(
    recordings: Path, demo: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with on_a_terminal("transcribe", "-i", recordings, "-F", "json,txt", size=(400, 24)) as terminal:
        terminal.see(PLAN)
        line = terminal.see(r"(?m)^gigaam transcribe .*$")
        terminal.press(ENTER)
        terminal.see(r"What next\?")
    ours = {path: path.read_bytes() for path in recordings.rglob("*.*") if path.suffix in (".txt", ".json")}
    known = _known(os.environ["GIGAAM_STATE_DIR"])
    assert len(ours) == 4
    for path in ours:
        path.unlink()
    program = tmp_path / "bin" / "gigaam"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m gigaam_cli "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("GIGAAM_STATE_DIR", str(tmp_path / "state"))
    subprocess.run(
        ["sh", "-c", line], check=True, env=environment(), cwd="/", capture_output=True, timeout=60
    )
    assert {path: path.read_bytes() for path in ours} == ours
    assert _known(tmp_path / "state") == known


def _known(state: str | Path) -> list[tuple[object, ...]]:
    """Return what identifies each recognition in a store: the recording, its state, model and options."""
    store = Store.open_to_read(Path(state))
    try:
        return store._db.run(
            "SELECT f.path, r.status, r.digest, r.model FROM recognitions r"
            " JOIN recordings f ON f.id = r.recording ORDER BY f.path"
        ).fetchall()
    finally:
        store.close()


def test_what_failed_is_explained_and_tried_again(recordings: Path, demo: None) -> None:
    broken = recordings / "broken.wav"
    broken.write_bytes(b"RIFF, but no more")
    with on_a_terminal("transcribe", "-i", recordings) as terminal:
        terminal.see(r"would fail: .*broken\.wav")
        terminal.choose("Start")
        terminal.see("2 done, 1 failed")
        assert terminal.see(r"Texts are in ~/my talks(/deep)?, ~/my talks(/deep)?")
        terminal.choose("Why they failed (1 file)")
        terminal.see(r"Check how the file came about")
        shutil.copy(BASE, broken)
        terminal.choose("Try them again")
        terminal.see("1 done, 0 failed")
        terminal.choose("Show a text")
        terminal.choose("broken.txt")
        terminal.see(BASE_TEXT[:20])
        terminal.choose("Another folder")
        terminal.see(r"What to transcribe\?")
        assert terminal.see(r"my talks +3 recordings")
        terminal.press(ESCAPE)
        terminal.see(r"What next\?")
        terminal.choose("Quit")
        assert terminal.end() == 0


def test_the_exit_code_is_that_of_the_last_run(recordings: Path, demo: None) -> None:
    (recordings / "broken.wav").write_bytes(b"RIFF, but no more")
    with on_a_terminal("-i", cwd=recordings) as terminal:
        terminal.see("> Transcribe")
        terminal.press(ENTER)
        terminal.see(r"What to transcribe\?")
        terminal.press(ENTER)
        terminal.choose("Start")
        terminal.choose("Show a text")
        terminal.see(r"Which text\?")
        terminal.press(ESCAPE)
        terminal.choose("Quit")
        assert terminal.end() == 1


def test_folders_of_before_are_offered(recordings: Path, demo: None, tmp_path: Path) -> None:
    assert gigaam("transcribe", recordings / "deep" / "story.mp3").code == 0
    assert gigaam("transcribe", recordings).code == 0
    empty = tmp_path / "empty"
    empty.mkdir()
    with on_a_terminal("transcribe", "-i", cwd=empty) as terminal:
        terminal.see(r"> ~/my talks +2 recordings")
        terminal.see(r"  ~/my talks/deep +1 recording\n")
        terminal.see(r"This folder: ~/empty +0 recordings")
        terminal.press(ENTER)
        terminal.see("Nothing is left to transcribe")


def test_a_long_text_is_shown_by_a_pager(recordings: Path, demo: None) -> None:
    with on_a_terminal("transcribe", "-i", recordings / "talk.wav", "-F", "json", PAGER="cat") as terminal:
        terminal.choose("Start")
        terminal.choose("Show a text")
        terminal.see(r'"confidence": 0\.\d\d')
        terminal.see(r"What next\?")


def test_the_end_of_the_input_goes_back(recordings: Path) -> None:
    with on_a_terminal("transcribe", "-i", cwd=recordings) as terminal:
        terminal.choose("Type or paste")
        terminal.see("Files and folders")
        terminal.press("\x04")
        terminal.see(r"What to transcribe\?")


def test_a_folder_that_is_gone_is_no_place_to_begin(recordings: Path, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    script = 'rmdir "$PWD"; exec "$0" -m gigaam_cli transcribe -i'
    with on_a_terminal(cwd=gone, command=("sh", "-c", script, sys.executable)) as terminal:
        terminal.see(r"What to transcribe\?")
        terminal.choose("Browse")
        terminal.see("Take this folder")


def test_what_cannot_be_done_is_told_and_can_be_changed(tmp_path: Path, recordings: Path, demo: None) -> None:
    (tmp_path / "empty").mkdir()
    with on_a_terminal("transcribe", "-i", tmp_path / "empty", cwd=recordings) as terminal:
        terminal.see("This cannot be done")
        assert "no_media" in terminal.text
        assert "> Recordings" in terminal.text
        terminal.press(ENTER)
        terminal.choose("This folder")
        terminal.see(PLAN)


def test_ctrl_c_in_a_run_leads_to_its_results(tmp_path: Path, demo: None) -> None:
    folder = tmp_path / "long"
    folder.mkdir()
    repeated(folder / "long.wav", 1800)
    with on_a_terminal("transcribe", "-i", folder) as terminal:
        terminal.see(r"Start\? 1 file, 30:0")
        terminal.press(ENTER)
        terminal.see(r"long\.wav .*\d:\d\d/30:0")
        terminal.press(INTERRUPT)
        terminal.see(r"What next\?")
        terminal.choose("Quit")
        assert terminal.end() == 130


def test_a_folder_is_watched_until_ctrl_c(recordings: Path, demo: None) -> None:
    with on_a_terminal(cwd=recordings, GIGAAM_SETTLE="0") as terminal:
        terminal.choose("Watch a folder")
        terminal.see(r"Which folder to watch\?")
        terminal.press(ENTER)
        terminal.see(r"gigaam watch ")
        terminal.choose("Start")
        terminal.see(r"done: story\.mp3")
        terminal.see(r"done: talk\.wav")
        terminal.press(INTERRUPT)
        terminal.see("Nothing is left to transcribe")
        terminal.choose("Quit")
        assert terminal.end() == 130


def test_answers_are_saved_as_a_profile(recordings: Path, demo: None) -> None:
    with on_a_terminal("transcribe", "-i", recordings, "-F", "srt,txt", "--no-recursive") as terminal:
        terminal.choose("Save as a profile")
        terminal.see("Name of the profile")
        terminal.type("two words")
        terminal.press(ENTER)
        terminal.see("letters, digits, - and _")
        terminal.press("\x15")
        terminal.type("nightly")
        terminal.press(ENTER)
        terminal.see(r"Saved in [^?]*--profile nightly")
        terminal.see(r"Start\? 1 file")
    outcome = gigaam("transcribe", "--profile", "nightly", recordings, "-n")
    assert outcome.code == 0
    assert sorted(path.name for path in recordings.rglob("talk.*")) == ["talk.srt", "talk.txt", "talk.wav"]
    assert not (recordings / "deep" / "story.txt").exists()


def test_what_stands_on_the_command_line_wins_over_settings(recordings: Path, demo: None) -> None:
    with on_a_terminal("transcribe", "-i", recordings, GIGAAM_NON_INTERACTIVE="1") as terminal:
        terminal.see(PLAN)
    with on_a_terminal("transcribe", "-n", recordings, GIGAAM_INTERACTIVE="1") as terminal:
        assert terminal.end() == 0
    with on_a_terminal("transcribe", recordings, GIGAAM_INTERACTIVE="1") as terminal:
        terminal.see("Nothing is left to transcribe")
        terminal.choose("Start")
        terminal.see(r"What next\?")


def test_a_line_for_crontab(recordings: Path, demo: None) -> None:
    with on_a_terminal("transcribe", "-i", recordings, size=(400, 24)) as terminal:
        terminal.choose("Line for crontab")
        line = terminal.see(r"(?m)^30 2 \* \* \* .*$")
        assert line.endswith(f"transcribe --non-interactive '{recordings}'")
        assert "GIGAAM_MODEL=demo" in line


def test_commands_of_the_first_screen(recordings: Path) -> None:
    with on_a_terminal(cwd=recordings, size=(80, 60)) as terminal:
        terminal.choose("Demonstration")
        terminal.see("person.ogg")
        terminal.choose("Results so far")
        terminal.see("(?m)^0$")
        terminal.choose("Help")
        terminal.see("gigaam help TOPIC")
        terminal.choose("What works here")
        terminal.see("(?s)Recognition.*Terminal")
        terminal.choose("Models")
        terminal.choose("List")
        terminal.see(r"v3_ctc +- +~0\.9 GB +- ")
        terminal.choose("Check")
        terminal.choose("Remove")
        terminal.see(r"Remove which model\?")
        terminal.press(ESCAPE)
        terminal.choose("Fetch")
        terminal.see(r"v3_rnnt +to be fetched \(~0\.9 GB\)")
        terminal.choose("v3_rnnt")
        terminal.see("hub_unreachable")
        terminal.press(ESCAPE)
        terminal.choose("Quit")
        assert terminal.end() == 4


def test_a_model_that_is_not_here_is_fetched_from_the_first_screen(recordings: Path) -> None:
    with on_a_terminal(cwd=recordings) as terminal:
        terminal.see("no model is here yet")
        terminal.see(r"Fetch a model +v3_e2e_rnnt \(~0\.9 GB\)")
        terminal.choose("Fetch a model")
        terminal.see(r"hub_unreachable(?s:.*)gigaam models unpack here")
        terminal.see("> Demonstration")
        terminal.press(UP, UP)
        terminal.see("> Transcribe")
        terminal.press(ENTER)
        terminal.see(r"What to transcribe\?")
        terminal.press(ENTER)
        terminal.see("The model v3_e2e_rnnt is not here")
        terminal.see("> Use demo")
        terminal.press(ENTER)
        terminal.see(PLAN)


def test_where_a_model_does_not_come_enter_takes_the_one_that_is_here(recordings: Path) -> None:
    with on_a_terminal("transcribe", "-i", recordings) as terminal:
        terminal.see(r"> Fetch v3_e2e_rnnt +istupakov/gigaam-v3-onnx on Hugging Face \(~0\.9 GB\)")
        terminal.press(ENTER)
        terminal.see("hub_unreachable[^$]*The model v3_e2e_rnnt is not here")
        terminal.see("> Use demo")


def test_where_nothing_is_left_enter_takes_other_recordings(recordings: Path, demo: None) -> None:
    assert gigaam("transcribe", recordings).code == 0
    with on_a_terminal("transcribe", "-i", recordings) as terminal:
        terminal.see(r"Nothing is left to transcribe\. Change something\?")
        terminal.see("> Recordings")
        terminal.press(ENTER)
        terminal.see(r"What to transcribe\?")


def test_what_is_typed_while_the_plan_is_made_is_unseen_and_taken(recordings: Path, demo: None) -> None:
    with on_a_terminal("transcribe", "-i", recordings) as terminal:
        terminal.see(r"looking at recordings \.\.\.")
        terminal.press(DOWN, DOWN)
        terminal.see(PLAN)
        terminal.see("> Model")
        assert "looking at" not in terminal.text
    assert "^[" not in terminal.raw


def test_a_signal_ends_the_menu_and_leaves_the_terminal_as_it_was(recordings: Path) -> None:
    with on_a_terminal(cwd=recordings) as terminal:
        terminal.see("> Transcribe")
        terminal.send(signal.SIGTERM)
        assert terminal.end() == 143


@pytest.mark.parametrize(
    "arguments",
    [["-i"], ["transcribe", "-i"], ["transcribe", "-i", "talk.wav"]],
    ids=["bare", "transcribe", "with a file"],
)
def test_without_a_terminal_nothing_is_asked(arguments: list[str]) -> None:
    outcome = gigaam(*arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert "-i asks on a terminal" in outcome.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-i", "status"], "-i belongs behind transcribe"),
        (["transcribe", "-i", "-"], "name files and folders instead of -"),
        (["transcribe", "-i", "a.mp3", "-o", "-"], "name files and folders instead of -"),
        (["transcribe", "-i", "--files-from", "-"], "name files and folders instead of -"),
        (["transcribe", "-i", "-n"], "name a file or a folder"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_use_of_i(arguments: list[str], said: str) -> None:
    with on_a_terminal(*arguments) as terminal:
        assert terminal.end() == 2
        assert said in terminal.text.replace("\n", " ")
