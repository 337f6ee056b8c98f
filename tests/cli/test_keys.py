"""Keys that are pressed while a run goes on, at a terminal of its own, which is found as it was afterwards."""

from __future__ import annotations

import contextlib
import json
import re
import shlex
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest

from gigaam_cli.cli.keys import Keys
from gigaam_cli.pipeline.control import Control
from tests.cli.drivers import COMMAND, environment, ffmpeg_processes, repeated, running, soon
from tests.fakes.ffmpeg import hang_when_decoding

if sys.platform == "win32":
    pytest.skip("terminals as POSIX has them", allow_module_level=True)
import termios

pytestmark = pytest.mark.heavy

LONG_SECONDS = 600
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
HINT = "q finish"
# Fails after the bars are there, in a way that nobody foresaw.
BROKEN = """
from gigaam_cli.pipeline import transcribe
def fail(*_): raise RuntimeError("a bug")
transcribe.carry_out = fail
from gigaam_cli.cli.main import run
run()
"""
# An engine that never comes back.
HANGING = """
import time
from gigaam_cli.engines.onnx import OnnxEngine
OnnxEngine.recognise = lambda *_: time.sleep(600)
from gigaam_cli.cli.main import run
run()
"""


class Sitting:
    """The program at a terminal."""

    def __init__(self, *command: str | Path, columns: int = 80, lines: int = 24) -> None:
        self.child = pexpect.spawn(
            str(command[0]),
            [str(part) for part in command[1:]],
            env=environment(TERM="xterm-256color"),
            dimensions=(lines, columns),
            encoding="utf-8",
            timeout=60,
        )
        self.child.delaybeforesend = None
        self._before = termios.tcgetattr(self.child.child_fd)

    def wait_for(self, *texts: str) -> None:
        """Wait until each of these was drawn, one after the other."""
        for text in texts:
            self.child.expect_exact(text)

    def press(self, keys: str) -> None:
        self.child.send(keys)

    def drawn_within(self, seconds: float) -> str:
        """What is drawn in the next seconds, without what moves the cursor."""
        drawn, deadline = "", time.monotonic() + seconds
        with contextlib.suppress(pexpect.TIMEOUT):
            while (left := deadline - time.monotonic()) > 0:
                drawn += self.child.read_nonblocking(65536, left)
        return ESCAPES.sub("", drawn.replace("\r", "\n"))

    def end(self) -> tuple[int | None, str]:
        """Wait for the end; return the exit code (or minus a signal) and the rest of what was drawn."""
        self.child.expect(pexpect.EOF)
        assert termios.tcgetattr(self.child.child_fd) == self._before, "the terminal is as it was"
        drawn = str(self.child.before)
        self.child.close()
        code = self.child.exitstatus
        return (code if self.child.signalstatus is None else -self.child.signalstatus), drawn

    def close(self) -> None:
        self.child.close(force=True)


Sit = Callable[..., Sitting]


@pytest.fixture
def sit() -> Iterator[Sit]:
    """Return what starts a program at a terminal, and ends it in any case."""
    sitting: list[Sitting] = []

    def start(*command: str | Path, **settings: int) -> Sitting:
        sitting.append(Sitting(*command, **settings))
        return sitting[-1]

    yield start
    for one in sitting:
        one.close()


@pytest.fixture
def recordings(folder: Path) -> Path:
    """Return a folder with a long recording and a short one."""
    repeated(folder / "long.wav", LONG_SECONDS)
    return folder


def transcribe(folder: Path, *flags: str | Path) -> list[str | Path]:
    return [*COMMAND, "transcribe", folder, "-m", "demo", "-F", "txt", "--threads", "1", *flags]


def reasons(report: Path) -> dict[str, str]:
    lines = [json.loads(line) for line in report.read_text(encoding="utf-8").splitlines()]
    return {Path(line["path"]).name: line["reason"] for line in lines if line["kind"] == "file"}


def sums(report: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(report.read_text(encoding="utf-8").splitlines()[-1])
    return found


def test_p_pauses_and_goes_on(folder: Path, sit: Sit, tmp_path: Path) -> None:
    repeated(folder / "long.wav", 90)
    here = sit(*transcribe(folder, "--report", tmp_path / "report"))
    here.wait_for(HINT, "recognising")
    here.press("p")
    here.wait_for("paused", "p go on")
    here.drawn_within(1.0)  # what was in work
    one, other = (set(re.findall(r"\d+%  +\d+:\d+/\d+:\d+", here.drawn_within(0.8))) for _ in range(2))
    assert one == other
    assert one
    here.press("p")
    here.wait_for("p pause")
    code, drawn = here.end()
    assert code == 0
    assert "(paused 0:0" in drawn
    assert sums(tmp_path / "report")["paused_seconds"] > 2


@pytest.mark.parametrize("stage", ["decoding", "recognising"])
def test_s_leaves_the_recording_that_is_shown_first(
    stage: str, recordings: Path, sit: Sit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where its decoder is stuck."""
    if stage == "decoding":
        hang_when_decoding(tmp_path, monkeypatch)
    (recordings / "talk.wav").unlink()
    here = sit(*transcribe(recordings, "--report", tmp_path / "report"))
    here.wait_for(HINT, stage)
    here.press("s")
    here.wait_for("skipped: long.wav: left by hand")
    assert here.end()[0] == 0
    assert reasons(tmp_path / "report") == {"long.wav": "skipped_by_user"}
    assert not ffmpeg_processes(recordings)
    assert not (recordings / "long.txt").exists()


@pytest.mark.parametrize("key", ["q", "Q", "й", "Й"])
def test_a_key_means_the_same_on_a_russian_keyboard(key: str) -> None:
    control = Control()
    Keys(control).press(key)
    assert control.finishing


@pytest.mark.parametrize("key", ["p", "з"])
def test_the_second_press_ends_the_pause(key: str, capsys: pytest.CaptureFixture[str]) -> None:
    control = Control()
    keys = Keys(control)
    keys.press(key)
    assert control.paused
    keys.press(key)
    assert not control.paused
    assert capsys.readouterr().err.splitlines() == ["paused", "going on"]


@pytest.mark.parametrize("key", ["x", " ", "\0", "ф", "s", "ы"])
def test_where_nothing_is_in_work_there_is_nothing_to_skip(key: str) -> None:
    control = Control()
    Keys(control).press(key)
    assert not list(control.skips())
    assert not control.ending


def test_q_finishes_what_is_in_work(folder: Path, sit: Sit, tmp_path: Path) -> None:
    for number in range(8):
        repeated(folder / f"{number}.wav", 60)
    here = sit(*transcribe(folder, "--report", tmp_path / "report"))
    here.wait_for(HINT, "recognising")
    here.press("q")
    here.wait_for("finishing what is in work")
    assert here.end()[0] == 0
    became = reasons(tmp_path / "report")
    assert set(became.values()) == {"", "stopped_by_user"}
    assert sums(tmp_path / "report")["ended"] == "stopped_by_user"
    done = {Path(name).stem for name, reason in became.items() if not reason}
    assert done == {text.stem for text in folder.glob("*.txt")}


@pytest.mark.parametrize("before", ["p", "q"])
def test_ctrl_c_ends_the_run_whatever_was_pressed_before(before: str, recordings: Path, sit: Sit) -> None:
    here = sit(*transcribe(recordings))
    here.wait_for(HINT, "recognising")
    here.press(before)
    here.wait_for({"p": "paused", "q": "finishing"}[before])
    began = time.monotonic()
    here.press("\x03")
    code, drawn = here.end()
    assert code == 130
    assert time.monotonic() - began < 10
    assert "^C" not in drawn
    assert not (recordings / "long.txt").exists()


def test_a_second_ctrl_c_leaves_the_terminal_in_order(recordings: Path, sit: Sit) -> None:
    here = sit(sys.executable, "-c", HANGING, *transcribe(recordings)[3:])
    here.wait_for(HINT, "recognising")
    here.press("\x03")
    here.wait_for("ending: what is finished is kept")
    here.press("\x03")
    code, drawn = here.end()
    assert code == 130
    assert drawn.endswith("\x1b[?25h"), "the cursor is back"
    assert soon(lambda: not ffmpeg_processes(recordings))


@pytest.mark.parametrize(("key", "code"), [("\x1c", -3), ("", 143)])
def test_other_signals_leave_it_in_order_too(key: str, code: int, recordings: Path, sit: Sit) -> None:
    here = sit(*transcribe(recordings))
    here.wait_for(HINT, "recognising")
    if key:
        here.press(key)
    else:
        here.child.kill(15)
    assert here.end()[0] == code


def test_a_bug_leaves_it_in_order_too(folder: Path, sit: Sit) -> None:
    here = sit(sys.executable, "-c", BROKEN, *transcribe(folder)[3:])
    assert here.end()[0] == 70


def test_keys_are_explained(folder: Path, sit: Sit) -> None:
    repeated(folder / "long.wav", 120)
    here = sit(*transcribe(folder))
    here.wait_for(HINT)
    here.press("?")
    here.wait_for("pause, or go on", "leave the recording", "finish what is in work", "Ctrl-C   end now")
    here.press("\x03")
    assert here.end()[0] == 130


def test_other_keys_mean_nothing(folder: Path, sit: Sit) -> None:
    repeated(folder / "long.wav", 60)
    here = sit(*transcribe(folder))
    here.wait_for(HINT, "recognising")
    for keys in ("x", "\x1b[A", "\x1bOP", "\r", "quit the program", "\xff"):
        here.press(keys)
        time.sleep(0.1)
    code, drawn = here.end()
    assert code == 0
    assert "2 done" in drawn


def test_a_window_that_changes_its_size(folder: Path, sit: Sit) -> None:
    repeated(folder / "long.wav", 1500)
    here = sit(*transcribe(folder), columns=100)
    here.wait_for(HINT, "recognising")
    here.child.setwinsize(12, 40)
    here.drawn_within(0.5)
    drawn = here.drawn_within(1.0)
    assert "recognising" in drawn
    assert max(map(len, drawn.splitlines()[1:])) < 40
    here.child.setwinsize(3, 10)
    here.drawn_within(0.5)
    here.child.setwinsize(50, 200)
    here.wait_for(HINT)
    here.press("\x03")
    assert here.end()[0] == 130


def in_bash(line: str) -> list[str]:
    return ["bash", "--norc", "-c", line]


def line_of(*command: str | Path) -> str:
    return shlex.join(map(str, command))


@pytest.mark.parametrize("way", ["pipe", "-n", "plain"])
def test_where_nobody_sits_nothing_is_read(way: str, folder: Path, sit: Sit, tmp_path: Path) -> None:
    """What comes through a pipe is not for us, and a terminal that was not to be asked is left alone."""
    repeated(folder / "long.wav", 30)
    command = transcribe(folder, "--report", tmp_path / "report")
    line = line_of(*command, *{"-n": ["-n"], "plain": ["--progress", "plain"]}.get(way, []))
    here = sit(*in_bash(f"yes qs | {line}" if way == "pipe" else line))
    here.press("qs")
    code, drawn = here.end()
    assert code == 0
    assert HINT not in drawn
    assert set(reasons(tmp_path / "report").values()) == {""}


def test_what_is_typed_ahead_is_for_the_shell(folder: Path, sit: Sit) -> None:
    """Two commands that are pasted together: the second one is run, and not read as keys."""
    repeated(folder / "long.wav", 60)
    here = sit("bash", "--norc", "--noediting", "-i")
    here.press(f"{line_of(*transcribe(folder))}\necho next-$((1 + 1))-qs\n")
    here.wait_for("2 done", "next-2-qs")
    here.press("exit\n")
    here.end()


def test_ctrl_z_gives_the_terminal_to_the_shell_and_fg_takes_it_back(recordings: Path, sit: Sit) -> None:
    here = sit("bash", "--norc", "--noediting", "-i")
    here.press(f"{line_of(*transcribe(recordings))}\n")
    here.wait_for(HINT, "recognising")
    here.press("\x1a")
    here.wait_for("Stopped")
    here.press("stty -a | grep -wo -e '-*icanon' -e '-*echo'; echo then-$((1 + 1))\n")
    here.wait_for("then-2")
    assert "-icanon" not in str(here.child.before).split("then-$")[-1]
    assert "-echo" not in str(here.child.before).split("then-$")[-1]
    here.press("bg\n")
    here.drawn_within(1.0)
    assert "recognising" not in here.drawn_within(1.0), "nothing is drawn over the shell"
    here.press("fg\n")
    here.wait_for(HINT, "recognising")
    here.press("p")
    here.wait_for("paused")
    here.press("\x03")
    here.wait_for("interrupted")
    here.press("exit\n")
    here.end()


def test_a_program_that_is_stopped_for_long_does_not_take_that_for_a_hang(folder: Path) -> None:
    """FFmpeg is not stopped with us, and what we did not read in that time is no fault of its."""
    repeated(folder / "long.wav", 30)
    flags = ("-m", "demo", "-F", "txt", "--progress", "json", "--stall-timeout", "2")
    with running(*COMMAND, "transcribe", folder, *flags) as program:
        program.wait_for("file_started", "long.wav")
        program.send(signal.SIGSTOP)
        time.sleep(5)
        program.send(signal.SIGCONT)
        assert program.end().code == 0


def test_q_ends_a_watch_after_what_is_in_work(folder: Path, sit: Sit) -> None:
    repeated(folder / "talk.wav", 60)
    flags = ["-m", "demo", "-F", "txt", "--settle", "0", "--progress", "rich"]
    here = sit(*COMMAND, "watch", folder, *flags)
    here.wait_for("recognising")
    here.press("q")
    code, _ = here.end()
    assert code == 0
    assert (folder / "talk.txt").exists()


def test_p_and_h_are_answered_by_a_watch_that_waits(folder: Path, sit: Sit) -> None:
    (folder / "talk.wav").unlink()
    here = sit(*COMMAND, "watch", folder, "-m", "demo")
    here.wait_for("watching 1 folder")
    here.press("h")
    here.wait_for("finish what is in work")
    here.press("p")
    here.wait_for("paused")
    here.press("p")
    here.wait_for("going on")
    here.press("\x03")
    assert here.end()[0] == 130
