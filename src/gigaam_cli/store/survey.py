"""What the store knows of many recordings at once, in a few queries: what a plan is made from."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from gigaam_cli.store.database import Database
from gigaam_cli.store.values import Fingerprint, KnownOutput

# Far below the variables that SQLite takes in one statement.
_BLOCK = 500
_RECOGNITIONS = (
    "SELECT f.path, f.size, f.mtime_ns, r.id, r.status, r.digest = ?, r.failures, r.error_message"
    " FROM recordings f LEFT JOIN recognitions r ON r.recording = f.id"
)
_OUTPUTS = (
    "SELECT f.path, o.path, o.size, o.mtime_ns, o.recognition, o.format, o.shaping"
    " FROM outputs o JOIN recordings f ON f.id = o.recording"
)


@dataclass(slots=True)
class Entry:
    """A recording as it was when it was last met; ``recognition`` and ``status`` are those under one digest."""

    size: int
    mtime_ns: int
    recognition: int | None = None
    status: str = ""
    ever_done: bool = False
    """It was recognised to its end, whatever the model and the options."""
    failures: int = 0
    """How often it failed for reasons that may be its own, and the last ``reason``."""
    reason: str = ""
    outputs: list[Path] = field(default_factory=list)

    def is_of(self, file: Fingerprint) -> bool:
        """Whether the recording is still what it was."""
        return (self.size, self.mtime_ns) == (file.size, file.mtime_ns)


class Survey:
    """What is known of some recordings under one digest, and of the texts that were published of them."""

    def __init__(self, database: Database, recordings: Iterable[Path], digest: str) -> None:
        self.digest = digest
        self._entries: dict[str, Entry] = {}
        self._outputs: dict[str, KnownOutput] = {}
        for block in _blocks(recordings):
            self._read_entries(database, block, digest)
            self._read_outputs(database, block)

    def of(self, recording: Path) -> Entry | None:
        """Return what is known of a recording, None where that is nothing."""
        return self._entries.get(str(recording))

    def outputs_of(self, recording: Path) -> Sequence[Path]:
        """Return where texts of a recording were published."""
        entry = self.of(recording)
        return entry.outputs if entry else ()

    def output_at(self, path: Path | str) -> KnownOutput | None:
        """Return what is known of a text of these recordings; nothing is known of others'."""
        return self._outputs.get(str(path))

    def _read_entries(self, database: Database, block: Sequence[Path], digest: str) -> None:
        rows = database.run(_RECOGNITIONS + _one_of(block), (digest, *map(os.fsencode, block)))
        for name, size, mtime_ns, recognition, status, wanted, failures, reason in rows:
            entry = self._entries.setdefault(os.fsdecode(name), Entry(size, mtime_ns))
            entry.ever_done = entry.ever_done or status == "done"
            if wanted:
                entry.recognition, entry.status = recognition, status
                entry.failures, entry.reason = failures, reason or ""

    def _read_outputs(self, database: Database, block: Sequence[Path]) -> None:
        rows = database.run(_OUTPUTS + _one_of(block), tuple(map(os.fsencode, block)))
        for name, output, size, mtime_ns, *rest in rows:
            recording, path = os.fsdecode(name), Path(os.fsdecode(output))
            self._outputs[str(path)] = KnownOutput(Fingerprint(path, size, mtime_ns), Path(recording), *rest)
            if recording in self._entries:  # it was booked between the two queries
                self._entries[recording].outputs.append(path)


def _blocks(paths: Iterable[Path]) -> Iterator[list[Path]]:
    waiting = iter(paths)
    while block := list(islice(waiting, _BLOCK)):
        yield block


def _one_of(block: Sequence[Path]) -> str:
    return f" WHERE f.path IN ({', '.join('?' * len(block))})"
