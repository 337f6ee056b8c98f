"""Who is at which recording, so that several runs share the work; what a dead run held is free at once."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from gigaam_cli.core.errors import DiskFullError, StoreError
from gigaam_cli.store.database import Database
from gigaam_cli.store.presence import Presence


class Leases:
    """The leases of one run, beside those of others."""

    def __init__(self, database: Database, presence: Presence) -> None:
        self._db = database
        self._presence = presence

    def take(self, recording: Path) -> bool:
        """Reserve a recording for this run; return False where another one that lives is at it.

        Raises:
            StoreError: nothing can be written beside the store.
        """
        run = self._presence.show()
        with self._db.transaction():
            holder = self._holder(recording)
            if holder not in (None, run) and self._presence.lives(str(holder)):
                return False
            self._db.run("INSERT OR REPLACE INTO leases VALUES (?, ?)", (os.fsencode(recording), run))
        return True

    def is_held(self, recording: Path) -> bool:
        """Whether a run that lives is at a recording: this one or another."""
        holder = self._holder(recording)
        return holder is not None and self._presence.lives(holder)

    def release(self, recording: Path) -> None:
        """Give a recording back, if this run has it."""
        if self._presence.name is not None:
            key = (os.fsencode(recording), self._presence.name)
            self._db.run("DELETE FROM leases WHERE recording = ? AND run = ?", key)

    def end(self) -> None:
        """Give everything back, and live no longer."""
        if self._presence.name is not None:
            with contextlib.suppress(StoreError, DiskFullError):  # they lapse anyway
                self._db.run("DELETE FROM leases WHERE run = ?", (self._presence.name,))
        self._presence.end()

    def _holder(self, recording: Path) -> str | None:
        key = (os.fsencode(recording),)
        row = self._db.run("SELECT run FROM leases WHERE recording = ?", key).fetchone()
        return None if row is None else str(row[0])
