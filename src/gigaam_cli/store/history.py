"""The runs of before: when each was, what with, and what came of it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from gigaam_cli.store.database import Database
from gigaam_cli.store.presence import Presence

KEPT = 1000
"""Runs that are remembered."""
_NAMES_KEPT = 100
_MEASURED_RUNS, _MEASURED_SECONDS = 5, 60.0
# In runs that ended otherwise there is work that is not in the figures.
_WHOLE = "ended IS NULL OR ended IN ('out_of_time', 'stopped_by_user')"
_COLUMNS = (
    "id, began_at, ended_at, run, pid, version, model, precision, devices, inputs, input_count,"
    " done, failed, skipped, suspect, audio_seconds, wall_seconds, ended"
)


@dataclass(frozen=True, slots=True)
class Start:
    """What a run begins with: ``inputs`` as they were named, ``devices`` as they are called."""

    version: str
    model: str
    precision: str
    devices: tuple[str, ...]
    inputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a run; ``ended`` says why it ended before its time, as a signal's or an error's code.

    Time in which it was paused is not in ``wall_seconds``.
    """

    done: int = 0
    failed: int = 0
    skipped: int = 0
    suspect: int = 0
    audio_seconds: float = 0.0
    wall_seconds: float = 0.0
    ended: str | None = None

    @property
    def rtfx(self) -> float:
        """Seconds of audio recognised a second."""
        return self.audio_seconds / self.wall_seconds if self.wall_seconds > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Run:
    """A run: ``began_at`` and ``ended_at`` are seconds since 1970, the latter None where no end was written down.

    Of many inputs only the first are kept in ``start``; ``inputs`` counts all.
    """

    number: int
    began_at: float
    ended_at: float | None
    pid: int
    state: str
    """``ended``, ``at_work``, or ``killed`` where no end was written down and it does not live."""
    start: Start
    inputs: int
    result: Result


class History:
    """The latest runs, each of them a row."""

    def __init__(self, database: Database, presence: Presence) -> None:
        self._db = database
        self._presence = presence

    def begin(self, start: Start) -> int:
        """Note that this process begins a run; return the run's number."""
        run = self._presence.show()
        with self._db.transaction():
            cursor = self._db.run(
                "INSERT INTO runs (began_at, run, pid, version, model, precision, devices, inputs,"
                " input_count) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    time.time(),
                    run,
                    os.getpid(),
                    start.version,
                    start.model,
                    start.precision,
                    json.dumps(start.devices),
                    json.dumps(start.inputs[:_NAMES_KEPT]),
                    len(start.inputs),
                ),
            )
            number = int(cursor.lastrowid or 0)
            self._db.run("DELETE FROM runs WHERE id <= ?", (number - KEPT,))
        return number

    def end(self, number: int, result: Result) -> None:
        """Note what came of a run."""
        self._db.run(
            "UPDATE runs SET ended_at = ?, done = ?, failed = ?, skipped = ?, suspect = ?, audio_seconds = ?,"
            " wall_seconds = ?, ended = ? WHERE id = ?",
            (
                time.time(),
                result.done,
                result.failed,
                result.skipped,
                result.suspect,
                result.audio_seconds,
                result.wall_seconds,
                result.ended,
                number,
            ),
        )

    def latest(self, number: int) -> Iterator[Run]:
        """Yield the latest runs, so many of them, the newest first."""
        rows = self._db.run(f"SELECT {_COLUMNS} FROM runs ORDER BY id DESC LIMIT ?", (number,))  # noqa: S608 - ours
        return (self._known(row) for row in rows.fetchall())

    def speed(self, model: str, devices: Sequence[str]) -> float | None:
        """Return the seconds of audio recognised a second, from the latest runs of ``model`` on ``devices``.

        Runs with less than a minute of audio say nothing of it; None where there are no others.
        """
        audio, wall = self._db.run(
            "SELECT sum(audio_seconds), sum(wall_seconds) FROM (SELECT audio_seconds, wall_seconds FROM runs"  # noqa: S608 - ours
            f" WHERE model = ? AND devices = ? AND audio_seconds >= ? AND wall_seconds > 0 AND ({_WHOLE})"
            " ORDER BY id DESC LIMIT ?)",
            (model, json.dumps(list(devices)), _MEASURED_SECONDS, _MEASURED_RUNS),
        ).fetchone()
        return None if audio is None else float(audio / wall)

    def latest_speed(self, model: str) -> tuple[float, tuple[str, ...]] | None:
        """Return what ``speed`` tells of ``model`` on the devices that it ran on last, and these devices."""
        row = self._db.run(
            "SELECT devices FROM runs WHERE model = ? AND audio_seconds >= ? AND wall_seconds > 0"  # noqa: S608 - ours
            f" AND ({_WHOLE}) ORDER BY id DESC LIMIT 1",
            (model, _MEASURED_SECONDS),
        ).fetchone()
        if row is None:
            return None
        devices = tuple(json.loads(row[0]))
        found = self.speed(model, devices)
        return None if found is None else (found, devices)

    def _known(self, row: tuple[Any, ...]) -> Run:
        number, began_at, ended_at, run, pid, *rest = row
        version, model, precision, devices, inputs, count, *result = rest
        start = Start(version, model, precision, tuple(json.loads(devices)), tuple(json.loads(inputs)))
        state = "ended" if ended_at is not None else "at_work" if self._presence.lives(run) else "killed"
        return Run(number, began_at, ended_at, pid, state, start, count, Result(*result))
