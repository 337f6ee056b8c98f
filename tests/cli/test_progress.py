"""What a run says on stderr: lines, JSON, bars or nothing, and never what the reader cannot show."""

from __future__ import annotations

import io
import re
import shlex
import shutil
from pathlib import Path

import pexpect
import pytest

from gigaam_cli.cli.progress import line_of
from gigaam_cli.core.events import FileStarted
from tests.cli.conftest import Call
from tests.cli.drivers import BASE, BASE_TEXT, COMMAND, Outcome, environment, gigaam, repeated

ESCAPE = "\x1b"
COLOUR = re.compile(r"\x1b\[[0-9;]*3[0-7]m")


def test_plain_lines(folder: Path, call: Call) -> None:
    (folder / "a.mp3").touch()
    (folder / ".hidden.wav").touch()
    lines = call("transcribe", folder, "-m", "demo", "--progress", "plain").err.splitlines()
    assert lines[0] == "skipped: .hidden.wav: hidden"
    assert re.fullmatch(
        r"model demo \(int8\) on cpu \(.+\); a small demonstration, no substitute for the real models",
        lines[1],
    )
    assert sorted(lines[2:4]) == [
        "done: talk.wav (0:05) -> talk.txt, talk_timecodes.txt",
        "failed: a.mp3: the file is empty (0 bytes). Copy or record it again. [empty_file]",
    ]


def test_what_was_recognised_before_is_told_at_the_beginning() -> None:
    path = Path("long.wav")
    line = line_of(FileStarted(path, 7200.0, 3430.0))
    assert line == "long.wav goes on from 57:10: what comes before was recognised already"
    assert line_of(FileStarted(path, 7200.0)) is None


def test_where_all_is_done_already_the_way_to_do_it_again_is_named(folder: Path, call: Call) -> None:
    call("transcribe", folder, "-m", "demo")
    again = call("transcribe", folder, "-m", "demo").err
    assert re.search(r"^Skipped +1 file: done already; --force does it again$", again, re.MULTILINE)
    shutil.copy(folder / "talk.wav", folder / "other.wav")
    assert "--force" not in call("transcribe", folder, "-m", "demo").err


def test_recordings_that_are_called_alike_are_told_apart(folder: Path, call: Call) -> None:
    for name in ("a", "b"):
        (folder / name).mkdir()
        shutil.copy(folder / "talk.wav", folder / name)
    told = call("transcribe", folder, "-m", "demo").err
    for name in ("talk.wav", "a/talk.wav", "b/talk.wav"):
        assert f"done: {name} (0:05) -> talk.txt, talk_timecodes.txt\n" in told
    again = call("transcribe", folder / "a", folder / "b", "-m", "demo", "--force").err
    assert {"done: a/talk.wav (0:05)", "done: b/talk.wav (0:05)"} <= {
        line.partition(" ->")[0] for line in again.splitlines()
    }


def test_plain_lines_in_russian(folder: Path, call: Call) -> None:
    (folder / "a.mp3").touch()
    said = call("transcribe", folder, "-m", "demo", "--device", "cpu", "--lang", "ru").err
    assert "модель demo (int8) на cpu; маленькая демонстрация, настоящих моделей не заменяет\n" in said
    assert "готово: talk.wav (0:05) -> talk.txt, talk_timecodes.txt\n" in said
    assert "ошибка: a.mp3: файл пуст (0 байт). Скопируйте или запишите его заново. [empty_file]\n" in said
    assert re.search(r"^Файлы +готово: 1, с ошибками: 1", said, re.MULTILINE)


def test_json_lines(folder: Path, call: Call) -> None:
    (folder / "a.mp3").touch()
    (folder / ".hidden.wav").touch()
    repeated(folder / "long.wav", 60)
    events = call("transcribe", folder, "-m", "demo", "--progress", "json").events
    kinds = [event["event"] for event in events]
    assert kinds[0] == "run_started"
    assert events[0]["files"] == 3
    assert sorted(kinds) == sorted(
        ["run_started", "file_skipped", "device_chosen", "file_failed"]
        + ["duration_known", "file_started", "file_done"] * 2
        + ["segment_done"] * kinds.count("segment_done")
        + ["stage_progress"] * kinds.count("stage_progress")
        + ["stage_changed"] * kinds.count("stage_changed")
    )
    stages = [
        event["stage"]
        for event in events
        if event["event"] == "stage_changed" and event["path"].endswith("long.wav")
    ]
    assert [stage for stage in stages if stage != "waiting"] == ["probing", "recognising", "writing"]
    (failure,) = (event for event in events if event["event"] == "file_failed")
    assert failure["error"]["code"] == "empty_file"
    positions = [
        event["position"]
        for event in events
        if event["event"] == "stage_progress" and event["path"].endswith("long.wav")
    ]
    assert len(positions) > 3
    assert positions == sorted(positions)
    (done,) = (e for e in events if e["event"] == "file_done" and e["path"].endswith("long.wav"))
    assert positions[-1] <= done["seconds"] + 1


def test_json_tells_what_ended_the_run(folder: Path, call: Call) -> None:
    outcome = call("transcribe", folder, "-m", "v3_ctc", "--progress", "json")
    assert outcome.code == 4
    (event,) = outcome.events
    assert (event["event"], event["error"]["code"]) == ("run_failed", "model_missing")


@pytest.mark.parametrize("flags", [["-q"], ["--progress", "none", "-q"]], ids="+".join)
def test_quiet_says_nothing_of_success(flags: list[str], folder: Path, call: Call) -> None:
    outcome = call("transcribe", folder, "-m", "demo", *flags)
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")


def test_quiet_names_what_failed(folder: Path, call: Call) -> None:
    (folder / "a.mp3").touch()
    outcome = call("transcribe", folder, "-m", "demo", "-q")
    assert outcome.code == 1
    assert f"{folder / 'a.mp3'}: the file is empty" in outcome.err


def test_no_progress_still_sums_up(folder: Path, call: Call) -> None:
    said = call("transcribe", folder, "-m", "demo", "--progress", "none").err
    assert "1 done, 0 failed" in said
    assert "talk.wav" not in said


@pytest.mark.parametrize("mode", ["auto", "rich", "plain", "json"])
def test_no_escapes_where_there_is_no_terminal(mode: str, folder: Path) -> None:
    (folder / "a.mp3").touch()
    outcome = gigaam("transcribe", folder, "-m", "demo", "--progress", mode, TERM="xterm-256color")
    assert outcome.code == 1
    assert ESCAPE not in outcome.out + outcome.err


def in_ascii(*arguments: str | Path) -> Outcome:
    """Run the program in the C locale as old systems have it: Python does not come to help."""
    return gigaam(*arguments, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")


def test_an_ascii_locale_takes_russian_names_and_texts(folder: Path) -> None:
    (folder / "talk.wav").rename(folder / "Запись ё🎧.wav")
    (folder / "Пусто.mp3").touch()
    outcome = in_ascii("transcribe", folder, "-m", "demo", "-F", "txt")
    assert outcome.code == 1
    assert "Traceback" not in outcome.err
    assert "[empty_file]" in outcome.err
    assert (folder / "Запись ё🎧.txt").read_text(encoding="utf-8") == f"{BASE_TEXT}\n"


def test_an_ascii_locale_gets_texts_in_utf_8_on_stdout(folder: Path) -> None:
    outcome = in_ascii("transcribe", folder, "-m", "demo", "-o", "-", "--lang", "ru")
    assert (outcome.code, outcome.out) == (0, f"{BASE_TEXT}\n")
    assert "модель demo" in outcome.err
    assert "Файлы" in outcome.err


def on_a_terminal(
    *arguments: str | Path, columns: int = 100, **variables: str | None
) -> tuple[int | None, str]:
    """Run the program on a terminal of its own; return its exit code and all that it drew."""
    drawn = io.StringIO()
    child = pexpect.spawn(
        COMMAND[0],
        [*COMMAND[1:], *map(str, arguments)],
        env=environment(**{"TERM": "xterm-256color", **variables}),
        dimensions=(24, columns),
        encoding="utf-8",
        timeout=60,
    )
    child.logfile_read = drawn
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus, drawn.getvalue()


@pytest.fixture
def long_folder(folder: Path) -> Path:
    """Return a folder whose recordings keep the bars on the terminal for a while."""
    repeated(folder / "long.wav", 120)
    return folder


def test_bars_on_a_terminal(long_folder: Path) -> None:
    (long_folder / "a.mp3").touch()
    code, drawn = on_a_terminal("transcribe", long_folder, "-m", "demo")
    assert code == 1
    assert re.search(r"of 3 files.*\d+%.*\d:\d\d/\d:\d\d", drawn)
    assert re.search(r"long\.wav.*━.*\d+%.*\d:\d\d/2:\d\d", drawn)
    assert COLOUR.search(drawn)
    assert "done: long.wav (2:" in drawn
    assert "1 failed" in drawn
    assert (
        drawn.rstrip().splitlines()[-1].endswith("[empty_file]" + ESCAPE + "[0m") or "[empty_file]" in drawn
    )


@pytest.mark.parametrize("columns", [100, 20])
def test_a_narrow_terminal_and_no_colours(columns: int, long_folder: Path) -> None:
    code, drawn = on_a_terminal("transcribe", long_folder, "-m", "demo", columns=columns, NO_COLOR="1")
    assert code == 0
    assert "long.wav" in drawn
    assert not COLOUR.search(drawn)


def test_a_dumb_terminal_gets_plain_lines(folder: Path) -> None:
    code, drawn = on_a_terminal("transcribe", folder, "-m", "demo", TERM="dumb")
    assert code == 0
    assert "done: talk.wav (0:05)" in drawn
    assert ESCAPE not in drawn


def test_a_terminal_on_stdin_is_not_a_recording() -> None:
    code, drawn = on_a_terminal("transcribe", "-", "-m", "demo")
    assert code == 2
    assert "stdin is a terminal" in drawn


def test_texts_on_a_terminal_are_not_mixed_with_bars(folder: Path) -> None:
    code, drawn = on_a_terminal("transcribe", folder, "-m", "demo", "-o", "-")
    assert code == 0
    assert f"{BASE_TEXT}\r\n" in drawn


def test_same_names_in_different_folders_have_bars_of_their_own(folder: Path) -> None:
    (folder / "deep").mkdir()
    shutil.copy(BASE, folder / "deep" / "talk.wav")
    code, drawn = on_a_terminal("transcribe", folder, "-m", "demo")
    assert code == 0
    assert "done: talk.wav" in drawn
    assert "done: deep/talk.wav" in drawn


@pytest.mark.parametrize(("number", "twice"), [(10, False), (11, True)])
def test_on_a_terminal_a_failure_is_told_again_only_where_it_is_out_of_sight(
    tmp_path: Path, number: int, twice: bool
) -> None:
    for index in range(number):
        (tmp_path / f"{index}.mp3").touch()
    _code, drawn = on_a_terminal("transcribe", tmp_path, "-m", "demo", columns=300)
    assert drawn.count("failed: 3.mp3: the file is empty") == 1
    assert (f"  {tmp_path / '3.mp3'}: the file is empty" in drawn) == twice
    assert f"  {tmp_path / '3.mp3'}: " in gigaam("transcribe", tmp_path, "-m", "demo").err


def test_a_run_in_the_background_of_a_terminal_goes_on(folder: Path) -> None:
    """Whoever touches a terminal's settings from the background is stopped."""
    program = shlex.join([*COMMAND, "transcribe", str(folder), "-m", "demo"])
    child = pexpect.spawn(
        "bash",
        ["-c", f"set -m; {program} & wait $!; echo code $?"],
        env=environment(TERM="xterm-256color"),
        encoding="utf-8",
        timeout=60,
    )
    child.expect(r"code (\d+)")
    assert int(child.match[1]) == 0
    child.close()
    assert (folder / "talk.txt").is_file()
