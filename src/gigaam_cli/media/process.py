"""FFmpeg's processes: each leads a group of its own, and none outlives its reader or this program."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from typing import Any
from weakref import WeakSet

from gigaam_cli.core.errors import FfmpegMissingError
from gigaam_cli.media.ffmpeg import environment

# Python knows these names on Windows only.
_CREATE_NEW_PROCESS_GROUP, _CREATE_NO_WINDOW = 0x00000200, 0x08000000

_running: set[subprocess.Popen[bytes]] = set()
_killed_here: WeakSet[subprocess.Popen[bytes]] = WeakSet()


def start(command: list[str], stdout: int) -> subprocess.Popen[bytes]:
    """Run ``command``, with a pipe for what it says on stderr; the caller ends it.

    Raises:
        FfmpegMissingError: the system does not run it.
    """
    try:
        process = subprocess.Popen(  # noqa: S603 - a list of arguments, no shell
            command,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            env=environment(),
            **_apart(sys.platform),
        )
    except OSError as error:
        raise FfmpegMissingError(detail=str(error)) from error
    _running.add(process)
    return process


def _apart(system: str) -> dict[str, Any]:
    """Return what keeps a process from Ctrl-C, which is for us to handle, and from a window of its own."""
    if system != "win32":
        return {"start_new_session": True}
    return {"creationflags": _CREATE_NEW_PROCESS_GROUP | _CREATE_NO_WINDOW}


def end(process: subprocess.Popen[bytes]) -> None:
    """Stop ``process`` if it still runs, and leave nothing of it behind."""
    kill(process)
    process.wait()
    _running.discard(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill FFmpeg, and what a wrapper script in its place has started."""
    if process.returncode is not None:
        return  # its number may belong to another process by now
    _killed_here.add(process)
    if sys.platform == "win32":
        process.kill()
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS says the latter of a dead group
        os.killpg(process.pid, signal.SIGKILL)


def was_killed_here(process: subprocess.Popen[bytes]) -> bool:
    """Whether it was this program that killed ``process``."""
    return process in _killed_here


def kill_all() -> None:
    """Kill every FFmpeg of this program at once: for an end that waits for nothing."""
    for process in tuple(_running):
        kill(process)
