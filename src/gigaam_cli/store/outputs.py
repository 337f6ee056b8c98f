"""Which files were published, and as what: a changed file is the user's."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from gigaam_cli.store.database import Database
from gigaam_cli.store.values import Fingerprint, KnownOutput, Output, is_there

_KNOWN = (
    "SELECT o.path, o.size, o.mtime_ns, f.path, o.recognition, o.format, o.shaping,"
    " o.sha256"
    " FROM outputs o JOIN recordings f ON f.id = o.recording"
)


class Outputs:
    """The texts of all recordings."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def announce(self, recognition: int, outputs: Sequence[Output]) -> None:
        """Note what is about to be published: should this process be killed, the next one looks for it."""
        with self._db.transaction():
            self._note("placing", recognition, outputs)

    def withdraw(self, outputs: Sequence[Output]) -> None:
        """Note that nothing came of what was announced."""
        with self._db.transaction():
            self._forget_announcement(outputs)

    def add(self, recognition: int, outputs: Sequence[Output]) -> None:
        """Note published files."""
        with self._db.transaction():
            self.book(recognition, outputs)

    def book(self, recognition: int, outputs: Sequence[Output]) -> None:
        """Note published files within a transaction."""
        self._note("outputs", recognition, outputs)
        self._forget_announcement(outputs)

    def _note(self, table: str, recognition: int, outputs: Sequence[Output]) -> None:
        for output in outputs:
            file = output.file
            self._db.run(
                f"INSERT OR REPLACE INTO {table}"  # noqa: S608 - one of two names, both from here
                " SELECT ?, recording, id, ?, ?, ?, ?, ? FROM recognitions WHERE id = ?",
                (
                    os.fsencode(file.path),
                    output.format,
                    output.shaping,
                    file.size,
                    file.mtime_ns,
                    output.sha256,
                    recognition,
                ),
            )

    def _forget_announcement(self, outputs: Iterable[Output]) -> None:
        for output in outputs:
            self._db.run("DELETE FROM placing WHERE path = ?", (os.fsencode(output.file.path),))

    def are_announced(self) -> bool:
        """Whether there are outputs that were announced and neither added nor withdrawn."""
        return self._db.run("SELECT 1 FROM placing LIMIT 1").fetchone() is not None

    def look_for_announced(self, is_held: Callable[[Path], bool]) -> None:
        """Book those outputs that a killed run placed and could not book any more, and forget the others of it.

        ``is_held`` says whether a run that lives is at a recording.
        """
        rows = self._db.run(
            "SELECT p.path, p.size, p.mtime_ns, f.path FROM placing p JOIN recordings f ON f.id = p.recording"
        )
        for path, size, mtime_ns, recording in rows.fetchall():
            there = is_there(Fingerprint(Path(os.fsdecode(path)), size, mtime_ns))
            if not there and is_held(Path(os.fsdecode(recording))):
                continue
            with self._db.transaction():
                if there:
                    self._db.run(
                        "INSERT OR REPLACE INTO outputs SELECT * FROM placing WHERE path = ?", (path,)
                    )
                self._db.run("DELETE FROM placing WHERE path = ?", (path,))

    def at(self, path: Path) -> KnownOutput | None:
        """Return what is known of the published file at ``path``."""
        row = self._db.run(f"{_KNOWN} WHERE o.path = ?", (os.fsencode(path),)).fetchone()
        return None if row is None else _known(row)

    def all_of(self, recording: Path) -> Iterator[KnownOutput]:
        """Yield what is known of the published files of ``recording``, by the recognitions that they show."""
        rows = self._db.run(
            f"{_KNOWN} WHERE f.path = ? ORDER BY o.recognition, o.path", (os.fsencode(recording),)
        )
        return map(_known, rows.fetchall())

    def of(self, recording: Path) -> frozenset[Path]:
        """Return where the outputs of ``recording`` were published."""
        rows = self._db.run(
            "SELECT o.path FROM outputs o JOIN recordings f ON f.id = o.recording WHERE f.path = ?",
            (os.fsencode(recording),),
        )
        return frozenset(Path(os.fsdecode(row[0])) for row in rows)


def _known(row: tuple[Any, ...]) -> KnownOutput:
    path, size, mtime_ns, recording, *rest = row
    file = Fingerprint(Path(os.fsdecode(path)), size, mtime_ns)
    return KnownOutput(file, Path(os.fsdecode(recording)), *rest)
