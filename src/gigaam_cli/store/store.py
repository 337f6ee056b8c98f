"""The state store: recordings, and what was said in them."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

from gigaam_cli.core.errors import OvertakenError
from gigaam_cli.core.events import Observer, nobody
from gigaam_cli.core.values import Segment, Source, Transcript
from gigaam_cli.store.adopted import Adopted
from gigaam_cli.store.database import Database
from gigaam_cli.store.history import History
from gigaam_cli.store.leases import Leases
from gigaam_cli.store.outputs import Outputs
from gigaam_cli.store.presence import Presence
from gigaam_cli.store.recordings import number_of
from gigaam_cli.store.segments import StoredSegments, add_segment
from gigaam_cli.store.survey import Survey
from gigaam_cli.store.values import Ending, Fingerprint, Known, Spoken

_PAGE = 1000


class Store:
    """One connection; used by one thread.

    ``outputs`` are the files that were published, ``history`` the runs of before, ``leases`` who is at which
    recording, ``adopted`` the recordings whose texts were there before.
    """

    def __init__(self, database: Database) -> None:
        self._db = database
        self.outputs = Outputs(database)
        presence = Presence(database.folder)
        self.leases = Leases(database, presence)
        self.history = History(database, presence)
        self.adopted = Adopted(database, self.outputs)

    @classmethod
    def open(cls, folder: Path, observer: Observer = nobody) -> Store:
        """Open the store in ``folder``, or make it; a file that is no store is set aside.

        Raises:
            StoreError: the folder or the file cannot be used.
            StoreTooNewError: a newer gigaam wrote it.
        """
        store = cls(Database.open(folder, observer))
        store.outputs.look_for_announced(store.leases.is_held)
        return store

    @classmethod
    def open_to_read(cls, folder: Path) -> Store:
        """Open the store in ``folder`` for a look: nothing there is made or changed.

        Raises:
            StoreError: the file cannot be read.
            StoreTooNewError: a newer gigaam wrote it.
        """
        store = cls(Database.open_to_read(folder))
        if store.outputs.are_announced():  # by a run that was killed, or is at work
            store = cls(store._db.copied())
            store.outputs.look_for_announced(store.leases.is_held)
        return store

    @classmethod
    def in_memory(cls) -> Store:
        """Return a store that forgets everything when it is closed."""
        return cls(Database.in_memory())

    @property
    def place(self) -> Path:
        """Where it is kept."""
        return self._db.path

    def close(self) -> None:
        """Give all leases back and close the connection."""
        self.leases.end()
        self._db.close()

    def begin(self, file: Fingerprint, digest: str, model: str, engine: str) -> int:
        """Note that ``file`` is being recognised under ``digest``; return the recognition's number.

        One that was begun and not done goes on, with its segments.
        """
        with self._db.transaction():
            recording = number_of(self._db, file)
            # Another run is at it, was killed, or could not go on: all of them hear the same in a segment.
            begun = self._db.run(
                "UPDATE recognitions SET status = 'working', error_code = NULL, error_message = NULL,"
                " changed_at = ? WHERE recording = ? AND digest = ? AND status != 'done' RETURNING id",
                (time.time(), recording, digest),
            ).fetchone()
            if begun is not None:
                return int(begun[0])
            self._db.run("DELETE FROM recognitions WHERE recording = ? AND digest = ?", (recording, digest))
            cursor = self._db.run(
                "INSERT INTO recognitions (recording, digest, status, model, engine, changed_at)"
                " VALUES (?, ?, 'working', ?, ?, ?)",
                (recording, digest, model, engine, time.time()),
            )
        return int(cursor.lastrowid or 0)

    def add_segment(self, recognition: int, segment: Segment, speech: float = 0.0) -> None:
        """Keep what was said in one segment, in which there were so many seconds of ``speech``."""
        add_segment(self._db, recognition, segment, speech)

    def is_only_touched(self, file: Fingerprint, compute: Callable[[Path], str]) -> bool:
        """Whether a file has another time than when it was recognised, and the same contents; if so, note that.

        ``compute`` gives a file's SHA-256, and is called only where size and name are those of before.
        """
        path = os.fsencode(file.path)
        row = self._db.run(
            "SELECT content_hash FROM recordings WHERE path = ? AND size = ? AND mtime_ns != ?",
            (path, file.size, file.mtime_ns),
        ).fetchone()
        if row is None or row[0] is None or compute(file.path) != row[0]:
            return False
        self._db.note("UPDATE recordings SET mtime_ns = ? WHERE path = ?", (file.mtime_ns, path))
        return True

    def heard(self, file: Fingerprint, digest: str) -> frozenset[tuple[float, float]]:
        """Return the starts and ends of what is known of a recognition of this very file that is not done."""
        rows = self._db.run(
            "SELECT s.start, s.end FROM segments s JOIN recognitions r ON r.id = s.recognition"
            " JOIN recordings f ON f.id = r.recording"
            " WHERE f.path = ? AND f.size = ? AND f.mtime_ns = ? AND r.digest = ? AND r.status != 'done'",
            (os.fsencode(file.path), file.size, file.mtime_ns, digest),
        )
        return frozenset((start, end) for start, end in rows)

    def finish(self, recognition: int, ending: Ending, starts: Collection[float]) -> None:
        """Note that a recording is recognised to its end, or to where it breaks off.

        ``starts`` are those of its segments: others, of a run that was killed, are dropped.

        Raises:
            OvertakenError: some of them are not there.
        """
        with self._db.transaction():
            self._db.run(
                "DELETE FROM segments WHERE recognition = ? AND start NOT IN (SELECT value FROM json_each(?))",
                (recognition, json.dumps(list(starts))),
            )
            (count,) = self._db.run(
                "SELECT count(DISTINCT start) FROM segments WHERE recognition = ?", (recognition,)
            ).fetchone()
            if count != len(set(starts)):
                raise OvertakenError
            self._db.run(
                "UPDATE recordings SET content_hash = ? WHERE id ="
                " (SELECT recording FROM recognitions WHERE id = ?)",
                (ending.contents, recognition),
            )
            self._db.run(
                "UPDATE recognitions SET status = ?, duration = ?, speech_seconds = ?, container = ?, codec = ?,"
                " stream = ?, failures = 0, changed_at = ? WHERE id = ?",
                (
                    "partial" if ending.partial else "done",
                    ending.duration,
                    ending.speech_seconds,
                    ending.container,
                    ending.codec,
                    ending.stream,
                    time.time(),
                    recognition,
                ),
            )

    def fail(self, recognition: int, code: str, message: str) -> None:
        """Note why a recording failed; what was said in it so far stays."""
        self._db.run(
            "UPDATE recognitions SET status = iif(status = 'partial', status, 'failed'), error_code = ?,"
            " error_message = ?, changed_at = ? WHERE id = ?",
            (code, message, time.time(), recognition),
        )

    def blame(self, file: Fingerprint, digest: str) -> None:
        """Count a failure of this very file under ``digest``."""
        self._db.run(
            "UPDATE recognitions SET failures = failures + 1 WHERE digest = ? AND recording ="
            " (SELECT id FROM recordings WHERE path = ? AND size = ? AND mtime_ns = ?)",
            (digest, os.fsencode(file.path), file.size, file.mtime_ns),
        )

    def recognised(self, file: Fingerprint, digest: str, partial: bool = False) -> int | None:
        """Return the number of the finished recognition of this very file under ``digest``.

        ``partial`` says that one of a recording that breaks off will do.
        """
        row = self._db.run(
            "SELECT r.id FROM recognitions r JOIN recordings f ON f.id = r.recording"
            " WHERE f.path = ? AND f.size = ? AND f.mtime_ns = ? AND r.digest = ?"
            " AND (r.status = 'done' OR (? AND r.status = 'partial'))",
            (os.fsencode(file.path), file.size, file.mtime_ns, digest, partial),
        ).fetchone()
        return None if row is None else int(row[0])

    def seconds_of(self, recognition: int) -> float:
        """Return how long what was recognised is."""
        row = self._db.run("SELECT duration FROM recognitions WHERE id = ?", (recognition,)).fetchone()
        return float(row[0])

    def survey(self, recordings: Iterable[Path], digest: str) -> Survey:
        """Return what is known of many recordings, under ``digest`` as far as it depends on that."""
        return Survey(self._db, recordings, digest)

    def known(self) -> Iterator[Known]:
        """Yield every recording with its latest recognition, in order of path; the store may change meanwhile."""
        rows = self._page_of_known(b"")
        while rows:
            for path, size, mtime_ns, *rest in rows:
                yield Known(Fingerprint(Path(os.fsdecode(path)), size, mtime_ns), *rest)
            rows = self._page_of_known(rows[-1][0])

    def _page_of_known(self, behind: bytes) -> list[tuple[Any, ...]]:
        return self._db.run(
            "SELECT f.path, f.size, f.mtime_ns, r.id, iif(r.wordless, 'adopted', r.status), r.model,"
            " coalesce(r.error_code, ''), coalesce(r.error_message, ''), f.content_hash"
            " FROM recordings f JOIN recognitions r ON r.id ="
            " (SELECT id FROM recognitions WHERE recording = f.id ORDER BY changed_at DESC, id DESC LIMIT 1)"
            " WHERE f.path > ? ORDER BY f.path LIMIT ?",
            (behind, _PAGE),
        ).fetchall()

    def status(self, recognition: int) -> str | None:
        """Return what became of a recognition, ``adopted`` where texts of unknown words were.

        None where the store has another one in its place.
        """
        row = self._db.run(
            "SELECT iif(wordless, 'adopted', status) FROM recognitions WHERE id = ?", (recognition,)
        ).fetchone()
        return None if row is None else str(row[0])

    def spoken(self, recognition: int) -> Iterator[Spoken]:
        """Yield how much speech there is in each segment, and whether a word, in order of time."""
        rows = self._db.run(
            "SELECT start, max(end), max(speech), max(words != '[]') FROM segments WHERE recognition = ?"
            " GROUP BY start ORDER BY start",
            (recognition,),
        )
        return (Spoken(start, end, speech, bool(words)) for start, end, speech, words in rows.fetchall())

    def transcript(self, recognition: int) -> Transcript:
        """Return what a recognition found; its segments are read when they are asked for.

        Raises:
            OvertakenError: it is there no longer.
        """
        row = self._db.run(
            "SELECT f.path, f.size, r.container, r.codec, r.stream, r.model, r.engine, r.duration,"
            " r.speech_seconds, r.status FROM recognitions r JOIN recordings f ON f.id = r.recording"
            " WHERE r.id = ?",
            (recognition,),
        ).fetchone()
        if row is None:
            raise OvertakenError
        path, size, container, codec, stream, model, engine, duration, speech, status = row
        source = Source(Path(os.fsdecode(path)).name, size, container, codec, stream)
        segments = StoredSegments(self._db, recognition)
        return Transcript(source, model, engine, duration, speech, segments, status == "partial")

    def fingerprint(self, path: Path) -> Fingerprint | None:
        """Return the recording at ``path`` as it was when it was last begun, None where none is known."""
        row = self._db.run(
            "SELECT size, mtime_ns FROM recordings WHERE path = ?", (os.fsencode(path),)
        ).fetchone()
        return None if row is None else Fingerprint(path, *row)

    def contents(self, file: Fingerprint) -> str | None:
        """Return the SHA-256 that this very file had when it was recognised, None where that is unknown."""
        row = self._db.run(
            "SELECT content_hash FROM recordings WHERE path = ? AND size = ? AND mtime_ns = ?",
            (os.fsencode(file.path), file.size, file.mtime_ns),
        ).fetchone()
        return None if row is None else row[0]

    def move(self, path: Path, file: Fingerprint) -> None:
        """Know the recording at ``path`` as ``file`` from now on; what is known of another one there stays."""
        self._db.run(
            "UPDATE OR IGNORE recordings SET path = ?, size = ?, mtime_ns = ? WHERE path = ?",
            (os.fsencode(file.path), file.size, file.mtime_ns, os.fsencode(path)),
        )

    def file_hash(self, path: Path, compute: Callable[[Path], str]) -> str:
        """Return ``compute(path)``, remembered as long as the file's size and time stay the same."""
        file = Fingerprint.of(path)
        key = (os.fsencode(path), file.size, file.mtime_ns)
        row = self._db.run(
            "SELECT sha256 FROM file_hashes WHERE path = ? AND size = ? AND mtime_ns = ?", key
        ).fetchone()
        if row is not None:
            return str(row[0])
        result = compute(path)
        self._db.note("INSERT OR REPLACE INTO file_hashes VALUES (?, ?, ?, ?)", (*key, result))
        return result
