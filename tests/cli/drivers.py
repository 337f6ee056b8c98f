"""Ways to run the program: in this process, as a process of its own, and as one that is still running."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COMMAND = (sys.executable, "-m", "gigaam_cli")
DATA = Path(__file__).parent.parent / "data"
BASE = DATA / "base.wav"
BASE_TEXT: str = json.loads((DATA / "references.json").read_text(encoding="utf-8"))["base.wav"]
TIMEOUT = 60.0


@dataclass(frozen=True)
class Outcome:
    """How the program ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def events(self) -> list[dict[str, Any]]:
        """What ``--progress json`` said; every line must be JSON."""
        return [json.loads(line) for line in self.err.splitlines()]


def environment(**changes: str | None) -> dict[str, str]:
    """Return this test's environment with ``changes``; None takes a variable away."""
    merged: dict[str, str | None] = {**os.environ, "LANGUAGE": None, "FORCE_COLOR": None, **changes}
    return {name: value for name, value in merged.items() if value is not None}


def gigaam(
    *arguments: str | Path, stdin: bytes = b"", cwd: Path | None = None, **variables: str | None
) -> Outcome:
    """Run the program as a process of its own; its output must be UTF-8."""
    finished = subprocess.run(
        [*COMMAND, *map(str, arguments)],
        check=False,
        input=stdin,
        capture_output=True,
        env=environment(**variables),
        cwd=cwd,
        timeout=TIMEOUT,
    )
    return Outcome(finished.returncode, finished.stdout.decode(), finished.stderr.decode())


def shell(script: str, *arguments: str | Path, **variables: str | None) -> Outcome:
    """Run a line of bash in which ``gigaam`` is the program and ``$1``... are ``arguments``."""
    prologue = 'gigaam() { "$PYTHON" -m gigaam_cli "$@"; }; '
    finished = subprocess.run(
        ["bash", "-c", prologue + script, "bash", *map(str, arguments)],
        check=False,
        capture_output=True,
        env=environment(PYTHON=sys.executable, **variables),
        timeout=TIMEOUT,
    )
    return Outcome(finished.returncode, finished.stdout.decode(), finished.stderr.decode())


class Running:
    """The program at work, with ``--progress json``."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.events: list[dict[str, Any]] = []

    def wait_for(self, kind: str, name: str | None = None) -> None:
        """Read events until there is one of ``kind``, for the file ``name`` if there is a name."""
        assert self._process.stderr is not None
        for line in self._process.stderr:
            event = json.loads(line)
            self.events.append(event)
            if event["event"] == kind and name in (None, Path(event.get("path", "")).name):
                return
        raise AssertionError(f"the program ended without {kind} of {name}: {self.events[-3:]}")

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the program alone."""
        self._process.send_signal(number)

    def end(self, timeout: float = TIMEOUT) -> Outcome:
        """Wait for the end; events that were read already are not in its ``err``."""
        out, err = self._process.communicate(timeout=timeout)
        return Outcome(self._process.returncode, out, err)


@contextmanager
def running(*command: str | Path) -> Iterator[Running]:
    """Start a command for the body."""
    process = subprocess.Popen(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    try:
        yield Running(process)
    finally:
        process.kill()
        process.communicate()


def ffmpeg_processes(folder: Path) -> list[str]:
    """Return the command lines of all FFmpegs that read something below ``folder``."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = file.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue  # it ended while we looked
        if "ffmpeg" in command and str(folder) in command:
            found.append(command)
    return found


def soon(condition: Callable[[], object], seconds: float = 5.0) -> bool:
    """Whether ``condition`` holds within ``seconds``: processes take a moment to start and to end."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return bool(condition())


def leftovers(folder: Path) -> list[Path]:
    """Return the temporary files below ``folder``."""
    return sorted(folder.rglob(".gigaam-*"))


def repeated(target: Path, seconds: float) -> Path:
    """Write the base recording to ``target`` again and again until it lasts ``seconds``."""
    with wave.open(str(BASE), "rb") as source:
        parameters, speech = source.getparams(), source.readframes(source.getnframes())
    times = int(seconds * parameters.framerate / parameters.nframes) + 1
    with wave.open(str(target), "wb") as copy:
        copy.setparams(parameters)
        for _ in range(times):
            copy.writeframesraw(speech)
    return target


def standard_input(data: bytes) -> io.TextIOWrapper:
    """Return what ``sys.stdin`` is when ``data`` is piped into the program."""
    return io.TextIOWrapper(io.BytesIO(data), encoding="utf-8")
