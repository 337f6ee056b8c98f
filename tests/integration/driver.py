"""The program as a process, the way a shell runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Finished:
    """What a process left: its exit code and what it printed."""

    code: int
    stdout: str
    stderr: str


def gigaam(*arguments: object) -> Finished:
    """Run ``gigaam`` with the demonstration model."""
    return run([sys.executable, "-m", "gigaam_cli", *map(str, arguments)])


def run(command: Sequence[str]) -> Finished:
    """Run any command with the demonstration model as the default."""
    environment = {**os.environ, "GIGAAM_MODEL": "demo"}
    # The scripts in examples/ call ``gigaam`` by name.
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, env=environment, timeout=240, check=False
    )
    return Finished(done.returncode, done.stdout.decode(), done.stderr.decode())


def peak_memory(*arguments: object) -> int:
    """Run ``gigaam`` and return the most memory that its process held, in KiB."""
    measured = (
        "import os, subprocess, sys; p = subprocess.Popen(sys.argv[1:]);"
        "_, status, usage = os.wait4(p.pid, 0); assert status == 0, status; print(usage.ru_maxrss)"
    )
    command = [sys.executable, "-c", measured, sys.executable, "-m", "gigaam_cli", *map(str, arguments)]
    environment = {**os.environ, "GIGAAM_MODEL": "demo"}
    finished = subprocess.run(command, env=environment, capture_output=True, timeout=240, check=True)
    return int(finished.stdout.split()[-1])


def words_of(transcript: Path) -> list[dict[str, Any]]:
    """Return the words of a JSON transcript."""
    segments = json.loads(transcript.read_text(encoding="utf-8"))["segments"]
    return [word for segment in segments for word in segment["words"]]
