"""The connection to the state store's file: opened safely, brought up to date, with errors of ours."""

from __future__ import annotations

import contextlib
import re
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Any

from gigaam_cli.core.errors import DiskFullError, StoreDamagedError, StoreError, StoreTooNewError
from gigaam_cli.core.events import Observer, StoreSetAside, nobody
from gigaam_cli.store.presence import Presence
from gigaam_cli.store.schema import MIGRATIONS, VERSION

FILE_NAME = "state.db"
_IN_MEMORY = Path(":memory:")
_BUSY_SECONDS, _MOMENT_SECONDS = 30.0, 0.01
# To read so much takes a tenth of a second at most.
_CHECKED_BYTES = 32 << 20


class Cursor(sqlite3.Cursor):
    """Rows of a result; whatever is wrong with one of them is an error of ours."""

    path: Path

    def fetchone(self) -> Any:
        """Return the next row, None behind the last."""
        with explained(self.path):
            return super().fetchone()

    def fetchall(self) -> list[Any]:
        """Return the rows that are left."""
        with explained(self.path):
            return super().fetchall()

    def __next__(self) -> Any:
        with explained(self.path):
            return super().__next__()


@contextlib.contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what SQLite says into an error of ours; a store that is damaged is marked for the next to open it."""
    try:
        yield
    except sqlite3.Error as error:
        if "disk is full" in str(error):
            raise DiskFullError(path=path, size="?", detail=str(error)) from error
        if not _is_damage(error):
            raise StoreError(path=path, detail=str(error)) from error
        with contextlib.suppress(OSError):
            _mark(path).touch()
        raise StoreDamagedError(path=path, detail=str(error)) from error


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
    def open(cls, folder: Path, observer: Observer = nobody) -> Database:
        """Open the file in ``folder``, or make it; a file that is no database or damaged is set aside.

        Raises:
            StoreError: the folder or the file cannot be used.
            StoreTooNewError: a newer gigaam wrote it.
        """
        path = folder / FILE_NAME
        try:
            folder.mkdir(parents=True, exist_ok=True)
            return cls._connect_to_stay(path)
        except sqlite3.DatabaseError as error:
            if not _is_damage(error):
                raise StoreError(path=path, detail=str(error)) from error
            return cls._renewed(path, observer)
        except OSError as error:
            raise StoreError(path=path, detail=error.strerror or str(error)) from error

    @classmethod
    def _connect_to_stay(cls, path: Path) -> Database:
        """Connect to a file that still has its name afterwards: another run may have set it aside meanwhile."""
        while True:
            before = _identity(path)
            with contextlib.suppress(FileNotFoundError):
                database = cls._connect(path)
                if before in (None, _identity(path)):
                    return database
                database.close()

    @classmethod
    def _renewed(cls, path: Path, observer: Observer) -> Database:
        """Set a damaged file aside, one run at a time and none while another one works with it."""
        with explained(path), _renaming(path), _alone(path):
            try:
                return cls._connect(path)  # another run was faster
            except sqlite3.DatabaseError as error:
                if not _is_damage(error):
                    raise
                if Presence(path.parent).others():
                    raise StoreDamagedError(path=path, detail=str(error)) from error
            observer(StoreSetAside(_set_aside(path)))
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

    @classmethod
    def damage(cls, folder: Path) -> str | None:
        """Read the file in ``folder`` to its end; return what is wrong, None where it is whole or not there.

        Nothing there is changed.

        Raises:
            StoreError: it cannot be read.
            StoreTooNewError: a newer gigaam wrote it.
        """
        path = folder / FILE_NAME
        try:
            if not path.exists():
                return None
            with contextlib.closing(_reading(path.absolute())) as connection:
                verdict, found = _verdict(connection), _version(connection)
        except sqlite3.DatabaseError as error:
            if not _is_damage(error):
                raise StoreError(path=path, detail=str(error)) from error
            return str(error)
        except OSError as error:
            raise StoreError(path=path, detail=error.strerror or str(error)) from error
        if found > VERSION:
            raise StoreTooNewError(path=path, found=found, known=VERSION)
        return None if verdict == "ok" else verdict

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
            database = cls(_prepared(connection, path), path)
            _check(connection, path)
        except BaseException:
            connection.close()  # its lock would keep everybody else waiting
            raise
        return database

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()

    def run(self, statement: str, values: tuple[object, ...] = ()) -> Cursor:
        """Execute a statement.

        Raises:
            DiskFullError: there is no room for it.
            StoreError: anything else that the database refuses.
        """
        with explained(self.path):
            cursor = self.connection.cursor(Cursor)
            cursor.path = self.path
            return cursor.execute(statement, values)

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
            if self.connection.in_transaction:  # a full disk ends it by itself
                self.run("ROLLBACK")
            raise
        self.run("COMMIT")


def _set_aside(path: Path) -> Path:
    """Give a damaged file and its journals other names; return the file's."""
    aside = path.rename(path.with_suffix(f".damaged-{time.time_ns()}"))
    for ending in ("-wal", "-shm"):
        beside = path.with_name(path.name + ending)
        with contextlib.suppress(FileNotFoundError):
            beside.rename(aside.with_name(aside.name + ending))
    _mark(path).unlink(missing_ok=True)
    return aside


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


@contextlib.contextmanager
def _renaming(path: Path) -> Iterator[None]:
    """Within ``with``, name the file that cannot be set aside, such as one that is open on Windows."""
    try:
        yield
    except OSError as error:
        raise StoreError(path=path, detail=error.strerror or str(error)) from error


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Let one process at a time replace a database."""
    from filelock import FileLock

    with FileLock(path.with_suffix(".lock")):
        yield


def _is_damage(error: sqlite3.Error) -> bool:
    return type(error) is sqlite3.DatabaseError


def _mark(path: Path) -> Path:
    """Return the file that says that a database was found damaged."""
    return path.with_suffix(".damaged")


def _check(connection: sqlite3.Connection, path: Path) -> None:
    """Read a database to its end where it is small or was found damaged; raises DatabaseError where it is."""
    if is_looked_over(path):
        verdict = _verdict(connection)
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict)
        _mark(path).unlink(missing_ok=True)


def is_looked_over(path: Path) -> bool:
    """Whether damage of a database would show when it is opened: it is small, or was found damaged before."""
    return path.stat().st_size <= _CHECKED_BYTES or _mark(path).exists()


def _verdict(connection: sqlite3.Connection) -> str:
    return str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])


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
    return sqlite3.connect(f"{address(path)}?{how}", timeout=_BUSY_SECONDS, isolation_level=None, uri=True)


def address(path: PurePath) -> str:
    """Return a file's URI as SQLite takes it: without a host, also where a path of Windows begins with one."""
    return re.sub(r"^file://(?=[^/])", "file:////", path.as_uri())
