"""The state store: recordings, what was said in them, and which files were published."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import sys
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path

from gigaam_cli.core.errors import DiskFullError, OvertakenError, StoreError, StoreTooNewError
from gigaam_cli.core.values import Segment, Source, Transcript, Word
from gigaam_cli.store.schema import MIGRATIONS, VERSION
from gigaam_cli.store.values import Ending, Fingerprint, Known, KnownOutput, Output, Spoken, is_there

FILE_NAME = "state.db"
_BUSY_SECONDS, _MOMENT_SECONDS = 30.0, 0.01
_NO_CHANNEL = -1


class Store:
    """One connection; used by one thread."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._db = connection
        self._path = path

    @classmethod
    def open(cls, folder: Path) -> Store:
        """Open the store in ``folder``, or make it; a file that is no store is set aside.

        Raises:
            StoreError: the folder or the file cannot be used.
            StoreTooNewError: a newer gigaam wrote it.
        """
        path = folder / FILE_NAME
        try:
            folder.mkdir(parents=True, exist_ok=True)
            return cls._connect(path)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise StoreError(path=path, detail=str(error)) from error
        except OSError as error:
            raise StoreError(path=path, detail=error.strerror or str(error)) from error
        path.rename(path.with_suffix(f".damaged-{time.time_ns()}"))
        return cls._connect(path)

    @classmethod
    def in_memory(cls) -> Store:
        """Return a store that forgets everything when it is closed."""
        path = Path(":memory:")
        return cls(_prepared(sqlite3.connect(path), path), path)

    @classmethod
    def _connect(cls, path: Path) -> Store:
        connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
        try:
            _write_ahead(connection)
            connection.execute("PRAGMA synchronous = NORMAL")
            store = cls(_prepared(connection, path), path)
            store._look_for_announced()
        except BaseException:
            connection.close()  # its lock would keep everybody else waiting
            raise
        return store

    @property
    def place(self) -> Path:
        """Where it is kept."""
        return self._path

    def close(self) -> None:
        """Close the connection."""
        self._db.close()

    # --- recognitions ---------------------------------------------------------------------------------------

    def begin(self, file: Fingerprint, digest: str, model: str, engine: str) -> int:
        """Note that ``file`` is being recognised under ``digest``; return the recognition's number.

        One that was begun and not done goes on, with its segments.
        """
        with self._transaction():
            recording = self._recording(file)
            # Another run is at it, was killed, or could not go on: all of them hear the same in a segment.
            begun = self._run(
                "UPDATE recognitions SET status = 'working', error_code = NULL, error_message = NULL,"
                " changed_at = ? WHERE recording = ? AND digest = ? AND status != 'done' RETURNING id",
                (time.time(), recording, digest),
            ).fetchone()
            if begun is not None:
                return int(begun[0])
            self._run("DELETE FROM recognitions WHERE recording = ? AND digest = ?", (recording, digest))
            cursor = self._run(
                "INSERT INTO recognitions (recording, digest, status, model, engine, changed_at)"
                " VALUES (?, ?, 'working', ?, ?, ?)",
                (recording, digest, model, engine, time.time()),
            )
        return int(cursor.lastrowid or 0)

    def add_segment(self, recognition: int, segment: Segment, speech: float = 0.0) -> None:
        """Keep what was said in one segment, in which there were so many seconds of ``speech``."""
        words = [[word.text, word.start, word.end, word.confidence] for word in segment.words]
        self._run(
            "INSERT OR REPLACE INTO segments (recognition, start, channel, end, words, speaker, speech)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                recognition,
                segment.start,
                _NO_CHANNEL if segment.channel is None else segment.channel,
                segment.end,
                json.dumps(words, ensure_ascii=False),
                segment.speaker,
                speech,
            ),
        )

    def is_only_touched(self, file: Fingerprint, compute: Callable[[Path], str]) -> bool:
        """Whether a file has another time than when it was recognised, and the same contents; if so, note that.

        ``compute`` gives a file's SHA-256, and is called only where size and name are those of before.
        """
        path = os.fsencode(file.path)
        row = self._run(
            "SELECT content_hash FROM recordings WHERE path = ? AND size = ? AND mtime_ns != ?",
            (path, file.size, file.mtime_ns),
        ).fetchone()
        if row is None or row[0] is None or compute(file.path) != row[0]:
            return False
        self._run("UPDATE recordings SET mtime_ns = ? WHERE path = ?", (file.mtime_ns, path))
        return True

    def heard(self, file: Fingerprint, digest: str) -> frozenset[tuple[float, float]]:
        """Return the starts and ends of what is known of a recognition of this very file that is not done."""
        rows = self._run(
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
        with self._transaction():
            self._run(
                "DELETE FROM segments WHERE recognition = ? AND start NOT IN (SELECT value FROM json_each(?))",
                (recognition, json.dumps(list(starts))),
            )
            (count,) = self._run(
                "SELECT count(DISTINCT start) FROM segments WHERE recognition = ?", (recognition,)
            ).fetchone()
            if count != len(set(starts)):
                raise OvertakenError
            self._run(
                "UPDATE recordings SET content_hash = ? WHERE id ="
                " (SELECT recording FROM recognitions WHERE id = ?)",
                (ending.contents, recognition),
            )
            self._run(
                "UPDATE recognitions SET status = ?, duration = ?, speech_seconds = ?, container = ?, codec = ?,"
                " stream = ?, changed_at = ? WHERE id = ?",
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
        self._run(
            "UPDATE recognitions SET status = iif(status = 'partial', status, 'failed'), error_code = ?,"
            " error_message = ?, changed_at = ? WHERE id = ?",
            (code, message, time.time(), recognition),
        )

    def recognised(self, file: Fingerprint, digest: str, partial: bool = False) -> int | None:
        """Return the number of the finished recognition of this very file under ``digest``.

        ``partial`` says that one of a recording that breaks off will do.
        """
        row = self._run(
            "SELECT r.id FROM recognitions r JOIN recordings f ON f.id = r.recording"
            " WHERE f.path = ? AND f.size = ? AND f.mtime_ns = ? AND r.digest = ?"
            " AND (r.status = 'done' OR (? AND r.status = 'partial'))",
            (os.fsencode(file.path), file.size, file.mtime_ns, digest, partial),
        ).fetchone()
        return None if row is None else int(row[0])

    def known(self) -> Iterator[Known]:
        """Yield every recording with its latest recognition, in order of path."""
        rows = self._run(
            "SELECT f.path, f.size, f.mtime_ns, r.id, r.status, r.model, coalesce(r.error_code, ''),"
            " coalesce(r.error_message, '') FROM recordings f JOIN recognitions r ON r.id ="
            " (SELECT id FROM recognitions WHERE recording = f.id ORDER BY changed_at DESC, id DESC LIMIT 1)"
            " ORDER BY f.path"
        )
        for path, size, mtime_ns, *rest in rows.fetchall():
            yield Known(Fingerprint(Path(os.fsdecode(path)), size, mtime_ns), *rest)

    def spoken(self, recognition: int) -> Iterator[Spoken]:
        """Yield how much speech there is in each segment, and whether a word, in order of time."""
        rows = self._run(
            "SELECT start, max(end), max(speech), max(words != '[]') FROM segments WHERE recognition = ?"
            " GROUP BY start ORDER BY start",
            (recognition,),
        )
        return (Spoken(start, end, speech, bool(words)) for start, end, speech, words in rows.fetchall())

    def transcript(self, recognition: int) -> Transcript:
        """Return what a recognition found, from its segments."""
        row = self._run(
            "SELECT f.path, f.size, r.container, r.codec, r.stream, r.model, r.engine, r.duration,"
            " r.speech_seconds, r.status FROM recognitions r JOIN recordings f ON f.id = r.recording"
            " WHERE r.id = ?",
            (recognition,),
        ).fetchone()
        path, size, container, codec, stream, model, engine, duration, speech, status = row
        source = Source(Path(os.fsdecode(path)).name, size, container, codec, stream)
        segments = tuple(self._segments(recognition))
        return Transcript(source, model, engine, duration, speech, segments, status == "partial")

    def _segments(self, recognition: int) -> Iterator[Segment]:
        rows = self._run(
            "SELECT start, end, words, speaker, nullif(channel, ?) FROM segments WHERE recognition = ?"
            " ORDER BY start, channel",
            (_NO_CHANNEL, recognition),
        )
        for start, end, words, speaker, channel in rows:
            # Most words come again and again: each is kept once.
            said = (Word(sys.intern(text), *rest) for text, *rest in json.loads(words))
            yield Segment(start, end, tuple(said), speaker, channel)

    # --- outputs --------------------------------------------------------------------------------------------

    def announce_outputs(self, recognition: int, outputs: Sequence[Output]) -> None:
        """Note what is about to be published: should this process be killed, the next one looks for it."""
        with self._transaction():
            self._note("placing", recognition, outputs)

    def withdraw_outputs(self, outputs: Sequence[Output]) -> None:
        """Note that nothing came of what was announced."""
        with self._transaction():
            self._forget_announcement(outputs)

    def add_outputs(self, recognition: int, outputs: Sequence[Output]) -> None:
        """Note published files."""
        with self._transaction():
            self._note("outputs", recognition, outputs)
            self._forget_announcement(outputs)

    def _note(self, table: str, recognition: int, outputs: Sequence[Output]) -> None:
        for output in outputs:
            file = output.file
            self._run(
                f"INSERT OR REPLACE INTO {table}"  # noqa: S608 - one of two names, both from here
                " SELECT ?, recording, id, ?, ?, ?, ? FROM recognitions WHERE id = ?",
                (
                    os.fsencode(file.path),
                    output.format,
                    output.shaping,
                    file.size,
                    file.mtime_ns,
                    recognition,
                ),
            )

    def _forget_announcement(self, outputs: Iterable[Output]) -> None:
        for output in outputs:
            self._run("DELETE FROM placing WHERE path = ?", (os.fsencode(output.file.path),))

    def _look_for_announced(self) -> None:
        """Book those outputs that a killed run placed and could not book any more."""
        for path, size, mtime_ns in self._run("SELECT path, size, mtime_ns FROM placing").fetchall():
            if is_there(Fingerprint(Path(os.fsdecode(path)), size, mtime_ns)):
                with self._transaction():
                    self._run("INSERT OR REPLACE INTO outputs SELECT * FROM placing WHERE path = ?", (path,))
                    self._run("DELETE FROM placing WHERE path = ?", (path,))

    def output(self, path: Path) -> KnownOutput | None:
        """Return what is known of the published file at ``path``."""
        row = self._run(
            "SELECT o.size, o.mtime_ns, f.path, o.recognition, o.format, o.shaping"
            " FROM outputs o JOIN recordings f ON f.id = o.recording WHERE o.path = ?",
            (os.fsencode(path),),
        ).fetchone()
        if row is None:
            return None
        size, mtime_ns, recording, recognition, name, shaping = row
        file = Fingerprint(path, size, mtime_ns)
        return KnownOutput(file, Path(os.fsdecode(recording)), recognition, name, shaping)

    def published(self, recording: Path) -> frozenset[Path]:
        """Return where the outputs of ``recording`` were published."""
        rows = self._run(
            "SELECT o.path FROM outputs o JOIN recordings f ON f.id = o.recording WHERE f.path = ?",
            (os.fsencode(recording),),
        )
        return frozenset(Path(os.fsdecode(row[0])) for row in rows)

    # --- hashes ---------------------------------------------------------------------------------------------

    def file_hash(self, path: Path, compute: Callable[[Path], str]) -> str:
        """Return ``compute(path)``, remembered as long as the file's size and time stay the same."""
        file = Fingerprint.of(path)
        key = (os.fsencode(path), file.size, file.mtime_ns)
        row = self._run(
            "SELECT sha256 FROM file_hashes WHERE path = ? AND size = ? AND mtime_ns = ?", key
        ).fetchone()
        if row is not None:
            return str(row[0])
        result = compute(path)
        self._run("INSERT OR REPLACE INTO file_hashes VALUES (?, ?, ?, ?)", (*key, result))
        return result

    def _recording(self, file: Fingerprint) -> int:
        """Return the number of ``file``; where it is another file by now, what was said in the old one goes."""
        key = (os.fsencode(file.path), file.size, file.mtime_ns)
        self._run(
            "DELETE FROM recognitions WHERE recording ="
            " (SELECT id FROM recordings WHERE path = ? AND (size, mtime_ns) != (?, ?))",
            key,
        )
        self._run(
            "INSERT INTO recordings (path, size, mtime_ns) VALUES (?, ?, ?) ON CONFLICT (path) DO UPDATE"
            " SET content_hash = iif((size, mtime_ns) = (excluded.size, excluded.mtime_ns), content_hash, NULL),"
            " size = excluded.size, mtime_ns = excluded.mtime_ns",
            key,
        )
        row = self._run("SELECT id FROM recordings WHERE path = ?", key[:1]).fetchone()
        return int(row[0])

    def _run(self, statement: str, values: tuple[object, ...] = ()) -> sqlite3.Cursor:
        try:
            return self._db.execute(statement, values)
        except sqlite3.Error as error:
            if "disk is full" in str(error):
                raise DiskFullError(path=self._path, size="?", detail=str(error)) from error
            raise StoreError(path=self._path, detail=str(error)) from error

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._run("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._run("ROLLBACK")
            raise
        self._run("COMMIT")


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Let readers and a writer work at once. SQLite does not wait for others that switch to that just now."""
    deadline = time.monotonic() + _BUSY_SECONDS
    while not _switched(connection, last=time.monotonic() > deadline):
        time.sleep(_MOMENT_SECONDS)


def _switched(connection: sqlite3.Connection, last: bool) -> bool:
    try:
        connection.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError as error:
        if last or "locked" not in str(error):
            raise
        return False
    return True


def _prepared(connection: sqlite3.Connection, path: Path) -> sqlite3.Connection:
    """Bring the tables up to date."""
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("BEGIN IMMEDIATE")
    found = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if found > VERSION:
        raise StoreTooNewError(path=path, found=found, known=VERSION)
    for step in MIGRATIONS[found:]:
        for statement in step.split(";"):
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")
    return connection
