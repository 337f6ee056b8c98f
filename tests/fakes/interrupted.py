"""Disposes of a source again and again, each time with a mishap before another step on the disk: run as a program.

``python -m tests.fakes.interrupted MISHAP TARGETS FOLDER``: below FOLDER/1, FOLDER/2 ... the recording
``in/talk.wav`` is moved to TARGETS/1 ... or, where that is ``-``, deleted. MISHAP is ``kill``,
``kill-without-links``, or ``arrive``: another recording takes the name. Ends when there is no such step.
"""

from __future__ import annotations

import os
import signal
import sys
from itertools import count
from pathlib import Path

from gigaam_cli.pipeline.moving import Disposal, Disposer
from gigaam_cli.store.store import Store
from gigaam_cli.store.values import Fingerprint

OLD, NEW = b"sound", b"another sound"
STEPS = {"os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir"}
TIME = 1_700_000_000_123_456_700
_NO_SUCH_STEP = 3


def kill(source: Path) -> None:
    """End this process on the spot."""
    os.kill(os.getpid(), signal.SIGKILL)


def arrive(source: Path) -> None:
    """Let another recording have the name, as recorders do; note whether it was free."""
    if not source.exists():
        (source.parent.parent / "free").touch()
    part = source.with_suffix(".part")
    part.write_bytes(NEW)
    part.rename(source)


def dispose(source: Path, to: Path | None, number: int, mishap: str) -> int:
    """Return whether there were so many steps."""
    store, left = Store.in_memory(), [number]
    file = Fingerprint.of(source)

    def refuse(*_: object) -> None:
        raise PermissionError(1, "no links here")

    def hook(event: str, _arguments: object) -> None:
        if event in STEPS and left[0]:
            left[0] -= 1
            if not left[0]:
                (arrive if mishap == "arrive" else kill)(source)

    if mishap.endswith("without-links"):
        os.link = refuse  # type: ignore[assignment]  # it takes anything
    sys.addaudithook(hook)
    Disposer(Disposal((source.parent,), to), lambda: None).dispose(file, store)
    return _NO_SUCH_STEP if left[0] else 0


def main(mishap: str, targets: str, folder: Path) -> None:
    """Go through all steps, each in a process of its own."""
    for number in count(1):
        source = folder / str(number) / "in" / "talk.wav"
        source.parent.mkdir(parents=True)
        source.write_bytes(OLD)
        os.utime(source, ns=(TIME, TIME))
        child = os.fork()
        if not child:
            os._exit(dispose(source, None if targets == "-" else Path(targets, str(number)), number, mishap))
        _, status = os.waitpid(child, 0)
        if os.waitstatus_to_exitcode(status) == _NO_SUCH_STEP:
            return


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
