"""Which runs live. A run keeps a file of its name locked, and the operating system frees that however it ends.

No clock and no process number decides: numbers are given again, and mean nothing from one container to another.
"""

from __future__ import annotations

import contextlib
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from gigaam_cli.core.errors import StoreError

if TYPE_CHECKING:
    from filelock import BaseFileLock


class Presence:
    """This run among those that share a state folder; None stands for a store in memory, which nobody shares.

    ``name`` is that of this run, None where it does not show that it lives.
    """

    def __init__(self, state: Path | None) -> None:
        self._folder = None if state is None else state / "runs"
        self.name: str | None = None
        self._lock: BaseFileLock | None = None

    def show(self) -> str:
        """Show that this run lives, from now on until ``end``; return its name.

        Raises:
            StoreError: nothing can be written beside the store.
        """
        if self.name is None:
            self.name = secrets.token_hex(8)
            if self._folder is not None:
                self._hold(self._folder, self.name)
        return self.name

    def lives(self, name: str) -> bool:
        """Whether a run lives: this one or another."""
        if name == self.name:
            return True
        if self._folder is None or not (self._folder / name).exists():
            return False
        from filelock import Timeout

        lock = _lock(self._folder, name)
        try:
            lock.acquire()
        except Timeout:
            return True
        lock.release()
        _remove(self._folder / name)
        return False

    def others(self) -> bool:
        """Whether other runs live."""
        folder = self._folder
        names = [file.name for file in folder.iterdir()] if folder is not None and folder.is_dir() else []
        return any(self.lives(name) for name in names if name != self.name)

    def end(self) -> None:
        """Live no longer."""
        self.name = None
        if self._lock is not None:
            self._lock.release()
            _remove(Path(self._lock.lock_file))
            self._lock = None

    def _hold(self, folder: Path, name: str) -> None:
        try:
            folder.mkdir(exist_ok=True)
            self._lock = _lock(folder, name)
            self._lock.acquire()
        except OSError as error:
            raise StoreError(path=folder, detail=error.strerror or str(error)) from error


def _lock(folder: Path, name: str) -> BaseFileLock:
    from filelock import FileLock

    return FileLock(folder / name, timeout=0, thread_local=False)


def _remove(file: Path) -> None:
    with contextlib.suppress(OSError):
        file.unlink()
