"""Who is at which recording, so that several runs share the work; what a dead run held is free.

A run that holds a lease keeps a file of its own locked for as long as it lives. The operating system frees that
lock however the run ends, and whatever number its process had: no lease has to be timed, and none outlives its run.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from gigaam_cli.core.errors import DiskFullError, StoreError
from gigaam_cli.store.database import Database

if TYPE_CHECKING:
    from filelock import BaseFileLock


class Leases:
    """The leases of one run, beside those of others."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._folder = None if database.folder is None else database.folder / "runs"
        self._run: str | None = None
        self._lock: BaseFileLock | None = None

    def take(self, recording: Path) -> bool:
        """Reserve a recording for this run; return False where another one that lives is at it.

        Raises:
            StoreError: nothing can be written beside the store.
        """
        if self._folder is None:  # nobody else can see a store in memory
            return True
        run, key = self._present(self._folder), os.fsencode(recording)
        with self._db.transaction():
            holder = self._holder(recording)
            if holder not in (None, run) and self._lives(str(holder)):
                return False
            self._db.run("INSERT OR REPLACE INTO leases VALUES (?, ?)", (key, run))
        return True

    def is_held(self, recording: Path) -> bool:
        """Whether a run that lives is at a recording: this one or another."""
        holder = self._holder(recording)
        return holder is not None and (holder == self._run or self._lives(holder))

    def release(self, recording: Path) -> None:
        """Give a recording back, if this run has it."""
        if self._run is not None:
            key = os.fsencode(recording)
            self._db.run("DELETE FROM leases WHERE recording = ? AND run = ?", (key, self._run))

    def end(self) -> None:
        """Give everything back."""
        if self._run is not None:
            with contextlib.suppress(StoreError, DiskFullError):  # they lapse anyway
                self._db.run("DELETE FROM leases WHERE run = ?", (self._run,))
            self._run = None
        if self._lock is not None:
            self._lock.release()
            _remove(Path(self._lock.lock_file))
            self._lock = None

    def _holder(self, recording: Path) -> str | None:
        key = (os.fsencode(recording),)
        row = self._db.run("SELECT run FROM leases WHERE recording = ?", key).fetchone()
        return None if row is None else str(row[0])

    def _present(self, folder: Path) -> str:
        """Show that this run lives; return its name."""
        if self._run is None:
            self._run = secrets.token_hex(8)
            try:
                folder.mkdir(exist_ok=True)
                self._lock = _lock(folder, self._run)
                self._lock.acquire()
            except OSError as error:
                raise StoreError(path=folder, detail=error.strerror or str(error)) from error
        return self._run

    def _lives(self, run: str) -> bool:
        from filelock import Timeout

        if self._folder is None or not (self._folder / run).exists():
            return False
        lock = _lock(self._folder, run)
        try:
            lock.acquire()
        except Timeout:
            return True
        lock.release()
        _remove(Path(lock.lock_file))
        return False


def _lock(folder: Path, run: str) -> BaseFileLock:
    from filelock import FileLock

    return FileLock(folder / run, timeout=0, thread_local=False)


def _remove(file: Path) -> None:
    with contextlib.suppress(OSError):
        file.unlink()
