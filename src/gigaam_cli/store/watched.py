"""Which process watches a folder: one only, and nobody where that one was killed."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from gigaam_cli.core.errors import StoreError
from gigaam_cli.core.watch_errors import WatchedAlreadyError


@contextlib.contextmanager
def watched_by_us(folders: Iterable[Path], state: Path) -> Iterator[None]:
    """Within ``with``, this process is the one that watches ``folders``; ``state`` keeps the locks.

    Raises:
        WatchedAlreadyError: another process watches one of them.
        StoreError: there is no keeping locks there.
    """
    with contextlib.ExitStack() as held:
        try:
            (state / "watched").mkdir(parents=True, exist_ok=True)
            for folder in {os.path.realpath(folder): folder for folder in folders}.values():
                held.enter_context(_lock(folder, state / "watched"))
        except OSError as error:
            raise StoreError(path=state, detail=error.strerror or str(error)) from error
        yield


@contextlib.contextmanager
def _lock(folder: Path, state: Path) -> Iterator[None]:
    from filelock import FileLock, Timeout

    name = hashlib.sha256(os.fsencode(os.path.realpath(folder))).hexdigest()[:32]
    # Beside the lock: on Windows nobody else can read what is locked.
    owner = state / f"{name}.pid"
    lock = FileLock(state / f"{name}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise WatchedAlreadyError(path=folder, process=_owner(owner)) from error
    try:
        owner.write_text(str(os.getpid()), encoding="ascii")
        yield
    finally:
        owner.unlink(missing_ok=True)
        lock.release()


def _owner(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii").strip() or "?"
    except OSError:  # it begins or ends just now
        return "?"
