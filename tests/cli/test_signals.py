"""Signals in the middle of a run: what is finished stays, nothing else does, and the next run goes on."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gigaam_cli.cli.signals import SignalReceived, Signals
from gigaam_cli.media.ffmpeg import binary
from tests.cli.conftest import Call
from tests.cli.drivers import (
    BASE,
    BASE_TEXT,
    COMMAND,
    environment,
    ffmpeg_processes,
    leftovers,
    repeated,
    running,
    soon,
)

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals as POSIX has them")

# Lasts for seconds on any machine; the signal comes within its first.
LONG_SECONDS = 600
FLAGS = ("-m", "demo", "-F", "txt", "--progress", "json", "--json", "--threads", "1")
# An engine that never comes back, as a native library may do, and says so before.
HANGING = """
import sys, time
from gigaam_cli.engines.onnx import OnnxEngine

def hang(*_):
    sys.stderr.write('{"event": "hanging", "path": "long.wav"}\\n')  # whole, whoever else writes
    sys.stderr.flush()
    time.sleep(600)

OnnxEngine.recognise = hang
from gigaam_cli.cli.main import run
run()
"""

# Waits hardly at all for threads that do not come home.
IMPATIENT = """
from gigaam_cli.pipeline import threads
threads._PATIENCE_SECONDS = 0.5
from gigaam_cli.cli.main import run
run()
"""


@pytest.fixture
def recordings(folder: Path) -> Path:
    """Return a folder with a short recording and a long one."""
    repeated(folder / "long.wav", LONG_SECONDS)
    return folder


@pytest.mark.parametrize(
    ("number", "code", "reason"),
    [
        (signal.SIGINT, 130, "interrupted"),
        (signal.SIGTERM, 143, "terminated"),
        (signal.SIGHUP, 129, "hung_up"),
    ],
)
def test_a_signal_keeps_what_is_finished(
    number: signal.Signals, code: int, reason: str, recordings: Path
) -> None:
    with running(*COMMAND, "transcribe", recordings, *FLAGS) as program:
        program.wait_for("file_done", "talk.wav")
        assert ffmpeg_processes(recordings), "the long recording is being decoded"
        program.send(number)
        outcome = program.end()
    assert outcome.code == code
    assert outcome.events[-1] == {"event": "run_ending", "reason": reason}
    assert soon(lambda: not ffmpeg_processes(recordings))
    assert leftovers(recordings) == []
    assert sorted(file.name for file in recordings.glob("*.txt")) == ["talk.txt"]
    assert (recordings / "talk.txt").read_text(encoding="utf-8") == f"{BASE_TEXT}\n"
    summary = json.loads(outcome.out)
    assert summary["ended"] == reason
    assert {Path(file["path"]).name: file["status"] for file in summary["files"]} == {
        "talk.wav": "done",
        "long.wav": "skipped",
    }


def test_the_next_run_completes(folder: Path, call: Call) -> None:
    repeated(folder / "long.wav", LONG_SECONDS / 5)
    with running(*COMMAND, "transcribe", folder, *FLAGS) as program:
        program.wait_for("segment_done", "long.wav")
        program.send(signal.SIGINT)
        assert program.end().code == 130
    assert not (folder / "long.txt").exists()
    assert call("transcribe", folder, *FLAGS).code == 0
    resumed = (folder / "long.txt").read_text(encoding="utf-8")
    assert call("transcribe", folder, *FLAGS, "--force").code == 0
    assert (folder / "long.txt").read_text(encoding="utf-8") == resumed


def test_a_second_signal_ends_at_once(folder: Path) -> None:
    repeated(folder / "long.wav", LONG_SECONDS)
    with running(sys.executable, "-c", HANGING, "transcribe", folder, *FLAGS) as program:
        program.wait_for("hanging", "long.wav")
        program.send(signal.SIGTERM)
        time.sleep(0.3)
        began = time.monotonic()
        program.send(signal.SIGINT)
        assert program.end().code == 130
        assert time.monotonic() - began < 2
    assert soon(lambda: not ffmpeg_processes(folder))


@pytest.fixture
def stuck_ffmpeg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let FFmpeg probe as ever, and decode nothing for ever."""
    script = tmp_path / "ffmpeg"
    script.write_text(f'#!/bin/sh\ncase " $* " in *" f32le "*) sleep 600;; esac\nexec {binary()} "$@"\n')
    script.chmod(0o755)
    monkeypatch.setenv("GIGAAM_FFMPEG", str(script))


@pytest.mark.usefixtures("stuck_ffmpeg")
@pytest.mark.parametrize("signals", [1, 2])
def test_an_ffmpeg_that_is_stuck_does_not_outlive_the_run(signals: int, folder: Path) -> None:
    with running(sys.executable, "-c", IMPATIENT, "transcribe", folder, *FLAGS) as program:
        program.wait_for("file_started", "talk.wav")
        assert soon(lambda: ffmpeg_processes(folder))
        for _ in range(signals):
            program.send(signal.SIGTERM)
            time.sleep(0.1)
        assert program.end().code == 143
    assert soon(lambda: not ffmpeg_processes(folder))


def test_nohup_is_honoured(folder: Path) -> None:
    repeated(folder / "long.wav", 60)
    ignoring = ("bash", "-c", "trap '' HUP; exec \"$@\"", "bash")
    with running(*ignoring, *COMMAND, "transcribe", folder, *FLAGS) as program:
        program.wait_for("file_started", "long.wav")
        program.send(signal.SIGHUP)
        assert program.end().code == 0
    assert sorted(file.name for file in folder.glob("*.txt")) == ["long.txt", "talk.txt"]


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_while_stdin_is_read_leaves_no_copy_of_it(
    number: signal.Signals, code: int, tmp_path: Path
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    process = subprocess.Popen(
        [*COMMAND, "transcribe", "-", "-m", "demo"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(TMPDIR=str(temporary)),
    )
    assert process.stdin is not None
    process.stdin.write(BASE.read_bytes())
    process.stdin.flush()
    assert soon(lambda: list(temporary.glob("*/stdin")), 20), "the recording is being kept"
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (code, b"", b"")
    assert list(temporary.iterdir()) == []


def test_a_signal_before_the_work_ends_quietly(folder: Path) -> None:
    """The model's files are being read when it comes."""
    slow = """
import os, signal
from gigaam_cli.pipeline import request
request.find_model = lambda *_: os.kill(os.getpid(), signal.SIGTERM)
from gigaam_cli.cli.main import run
run()
"""
    shutil.rmtree(os.environ["GIGAAM_STATE_DIR"], ignore_errors=True)
    command = [sys.executable, "-c", slow, "transcribe", str(folder), "-m", "demo"]
    finished = subprocess.run(command, check=False, capture_output=True, env=environment(), timeout=20)
    assert (finished.returncode, finished.stdout, finished.stderr) == (143, b"", b"")


@pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="it plays a signal of Windows")
def test_what_windows_says_at_its_end_terminates_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signal, "SIGBREAK", signal.SIGUSR1, raising=False)
    with pytest.raises(SignalReceived) as caught, Signals():
        signal.raise_signal(signal.SIGUSR1)
    assert caught.value.reason == "terminated"
    assert signal.getsignal(signal.SIGUSR1) is signal.SIG_DFL
