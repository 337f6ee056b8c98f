"""The connection to the state store's file: opened safely, brought up to date, with errors of ours."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from gigaam_cli.core.errors import DiskFullError, StoreError, StoreTooNewError
from gigaam_cli.store.schema import MIGRATIONS, VERSION

FILE_NAME = "state.db"
_IN_MEMORY = Path(":memory:")
_BUSY_SECONDS, _MOMENT_SECONDS = 30.0, 0.01


class Database:
    """One connection; used by one thread. One that is ``only_read`` takes no changes.

    ``folder`` is where its file lies, None in memory.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path, only_read: bool = False) -> None:
        self.connection = connection
        self.path = path
        self.folder = None if path == _IN_MEMORY else path.parent
        self.only_read = only_read

    @classmethod
    def open(cls, folder: Path) -> Database:
        """Open the file in ``folder``, or make it; a file that is no database is set aside.

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
    def open_to_read(cls, folder: Path) -> Database:
        """Open the file in ``folder`` and change nothing there, not even files beside it.

        One that is not there or is no database is empty; one of an older gigaam is brought up to date in memory.

        Raises:
            StoreError: it cannot be read.
            StoreTooNewError: a newer gigaam wrote it.
        """
        path = folder / FILE_NAME
        try:
            if not path.exists():
                return cls.in_memory()
            found = cls(_reading(path.absolute()), path, only_read=True)
            return found if _version(found.connection) == VERSION else found.copied()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise StoreError(path=path, detail=str(error)) from error
            return cls.in_memory()
        except OSError as error:
            raise StoreError(path=path, detail=error.strerror or str(error)) from error

    def copied(self) -> Database:
        """Return a copy in memory, which may be changed, in place of this one."""
        copy = sqlite3.connect(":memory:")
        with contextlib.closing(self.connection):
            self.connection.backup(copy)
        return type(self)(_prepared(copy, self.path), self.path)

    @classmethod
    def in_memory(cls) -> Database:
        """Return one that forgets everything when it is closed."""
        return cls(_prepared(sqlite3.connect(_IN_MEMORY), _IN_MEMORY), _IN_MEMORY)

    @classmethod
    def _connect(cls, path: Path) -> Database:
        connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
        try:
            _write_ahead(connection)
            connection.execute("PRAGMA synchronous = NORMAL")
            return cls(_prepared(connection, path), path)
        except BaseException:
            connection.close()  # its lock would keep everybody else waiting
            raise

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()

    def run(self, statement: str, values: tuple[object, ...] = ()) -> sqlite3.Cursor:
        """Execute a statement.

        Raises:
            DiskFullError: there is no room for it.
            StoreError: anything else that the database refuses.
        """
        try:
            return self.connection.execute(statement, values)
        except sqlite3.Error as error:
            if "disk is full" in str(error):
                raise DiskFullError(path=self.path, size="?", detail=str(error)) from error
            raise StoreError(path=self.path, detail=str(error)) from error

    def note(self, statement: str, values: tuple[object, ...]) -> None:
        """Execute a statement that only saves work later: left out where nothing may be changed."""
        if not self.only_read:
            self.run(statement, values)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep all changes of the body, or none if it raises."""
        self.run("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.run("ROLLBACK")
            raise
        self.run("COMMIT")


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
    found = _version(connection)
    if found > VERSION:
        raise StoreTooNewError(path=path, found=found, known=VERSION)
    for step in MIGRATIONS[found:]:
        for statement in step.split(";"):
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")
    return connection


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _reading(path: Path) -> sqlite3.Connection:
    """Open a file so that SQLite leaves everything as it is; plain reading would make files beside it.

    What is not in the file yet lies in its journal (-wal), and who is at work there is in a third one (-shm).
    """
    journal, index = (path.with_name(path.name + ending) for ending in ("-wal", "-shm"))
    if not (journal.exists() and journal.stat().st_size):
        return _opened(path, "mode=ro&immutable=1")
    if index.exists():
        return _opened(path, "mode=ro&readonly_shm=1")
    with tempfile.TemporaryDirectory(prefix="gigaam-") as folder:  # nobody is at work: the two can be copied
        for file in (path, journal):
            shutil.copy(file, folder)
        copy = sqlite3.connect(":memory:")
        with contextlib.closing(sqlite3.connect(Path(folder) / path.name)) as whole:
            whole.backup(copy)
    return copy


def _opened(path: Path, how: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.as_uri()}?{how}", timeout=_BUSY_SECONDS, isolation_level=None, uri=True)
