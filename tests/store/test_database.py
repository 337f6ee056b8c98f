"""The store's file: from any connection, and after any accident."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from typing import Any

import pytest

from gigaam_cli.core.errors import DiskFullError, StoreDamagedError, StoreError, StoreTooNewError
from gigaam_cli.core.events import Event, StoreSetAside
from gigaam_cli.store import database
from gigaam_cli.store.database import FILE_NAME, address
from gigaam_cli.store.schema import VERSION
from gigaam_cli.store.store import Store
from gigaam_cli.store.values import Fingerprint, Output
from tests.store.samples import ENDING, recognise, segment


def test_everything_is_there_when_it_is_opened_again(folder: Path, file: Fingerprint) -> None:
    store = Store.open(folder)
    number = recognise(store, file)
    store.close()
    again = Store.open(folder)
    assert again.recognised(file, "d") == number
    again.close()


def test_a_store_in_memory_leaves_no_file(
    tmp_path: Path, file: Fingerprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    store = Store.in_memory()
    assert store.recognised(file, "d") is None
    assert recognise(store, file) == store.recognised(file, "d")
    store.close()
    assert list(tmp_path.iterdir()) == []


def version_of(folder: Path) -> int:
    connection = sqlite3.connect(folder / FILE_NAME)
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    connection.close()
    return int(version)


def test_a_fresh_store_has_the_latest_schema(store: Store, folder: Path) -> None:
    assert version_of(folder) == VERSION


def test_an_older_store_is_brought_up_to_date(
    folder: Path, file: Fingerprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store.open(folder)
    number = recognise(store, file)
    store.close()
    steps = (
        "CREATE TABLE a (x INTEGER) STRICT; CREATE TABLE b (x INTEGER) STRICT;",
        "ALTER TABLE a ADD y TEXT;",
    )
    monkeypatch.setattr("gigaam_cli.store.database.MIGRATIONS", (*["broken"] * VERSION, *steps))
    monkeypatch.setattr("gigaam_cli.store.database.VERSION", VERSION + 2)
    for _ in range(2):
        newer = Store.open(folder)
        assert newer.recognised(file, "d") == number
        newer.close()
    assert version_of(folder) == VERSION + 2
    connection = sqlite3.connect(folder / FILE_NAME)
    connection.execute("INSERT INTO a (x, y) VALUES (1, 'z')")
    connection.close()


def test_a_step_that_fails_leaves_the_store_as_it_was(
    folder: Path, file: Fingerprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store.open(folder)
    number = recognise(store, file)
    store.close()
    with monkeypatch.context() as patch:
        patch.setattr(
            "gigaam_cli.store.database.MIGRATIONS", (*[""] * VERSION, "CREATE TABLE a (x); nonsense")
        )
        patch.setattr("gigaam_cli.store.database.VERSION", VERSION + 1)
        with pytest.raises(StoreError):
            Store.open(folder)
    assert version_of(folder) == VERSION
    again = Store.open(folder)
    assert again.recognised(file, "d") == number
    again.close()


def test_a_store_of_a_newer_gigaam_is_left_alone(store: Store, folder: Path) -> None:
    store.close()
    connection = sqlite3.connect(folder / FILE_NAME)
    connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.close()
    with pytest.raises(StoreTooNewError) as caught:
        Store.open(folder)
    assert caught.value.values["found"] == VERSION + 1
    assert version_of(folder) == VERSION + 1
    assert not list(folder.glob("*.damaged-*"))


@pytest.mark.parametrize(
    "garbage", [b"not a database" * 1000, bytes(4096), b"SQLite format 3\0" + b"x" * 8000]
)
def test_a_file_that_is_no_store_is_set_aside(folder: Path, file: Fingerprint, garbage: bytes) -> None:
    folder.mkdir()
    (folder / FILE_NAME).write_bytes(garbage)
    store = Store.open(folder)
    assert recognise(store, file) == store.recognised(file, "d")
    store.close()
    (aside,) = folder.glob("*.damaged-*")
    assert aside.read_bytes() == garbage


def test_the_journal_of_a_damaged_store_does_not_get_into_the_new_one(
    folder: Path, file: Fingerprint
) -> None:
    """A writer that was killed leaves a journal; beside another database it would be played back into that."""
    subprocess.run([sys.executable, "-c", KILLED_WRITER, str(folder)], check=False, timeout=30)
    assert (folder / f"{FILE_NAME}-wal").stat().st_size > 0
    (folder / FILE_NAME).write_bytes(b"not a database" * 1000)
    store = Store.open(folder)
    assert store.recognised(file, "d") is None
    assert recognise(store, file) == store.recognised(file, "d")
    store.close()
    connection = sqlite3.connect(folder / FILE_NAME)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


KILLED_WRITER = """
import os, sys
from pathlib import Path
from gigaam_cli.store.store import Fingerprint, Store
store = Store.open(Path(sys.argv[1]))
for number in range(20):
    if number == 10:
        store._db.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.begin(Fingerprint(Path(f"/old/{number}.mp3"), 1, 1), "d", "demo", "onnx")
os._exit(9)
"""


def test_what_a_killed_writer_wrote_is_there(folder: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED_WRITER, str(folder)], check=False, timeout=30)
    store = Store.open(folder)
    assert store.begin(Fingerprint(Path("/new.mp3"), 1, 1), "d", "demo", "onnx") == 21
    store.close()


def test_a_folder_that_cannot_be_made_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError) as caught:
        Store.open(tmp_path / "file" / "state")
    assert str(tmp_path / "file") in str(caught.value)


def test_a_folder_in_place_of_the_file_is_an_error_of_ours(folder: Path) -> None:
    (folder / FILE_NAME).mkdir(parents=True)
    with pytest.raises(StoreError):
        Store.open(folder)


def test_what_sqlite_refuses_later_is_an_error_of_ours(store: Store, file: Fingerprint) -> None:
    with pytest.raises(StoreError):
        store.add_segment(999, segment(0))
    store.close()
    with pytest.raises(StoreError):
        store.recognised(file, "d")


def test_a_full_disk_is_an_error_of_ours_and_leaves_the_store_whole(store: Store, file: Fingerprint) -> None:
    """SQLite's own limit stands in for the disk's."""
    number = recognise(store, file)
    store._db.connection.execute("PRAGMA max_page_count = 1")
    with pytest.raises(DiskFullError, match="full"):  # noqa: PT012 - any of them may be the one
        for start in range(1000):
            store.add_segment(number, segment(start + 10, "слово " * 100))
    store._db.connection.execute("PRAGMA max_page_count = 100000")
    assert store.recognised(file, "d") == number
    assert store.begin(file, "other", "demo", "onnx") != number


def test_two_connections_see_each_other(store: Store, folder: Path, file: Fingerprint) -> None:
    other = Store.open(folder)
    number = recognise(store, file)
    assert other.recognised(file, "d") == number
    other.close()


def test_many_may_open_a_new_store_at_once(tmp_path: Path) -> None:
    failures: list[BaseException] = []

    def open_together(folder: Path, barrier: threading.Barrier) -> None:
        barrier.wait()
        try:
            Store.open(folder).close()
        except StoreError as error:
            failures.append(error)

    for number in range(60):
        barrier = threading.Barrier(4)
        given = (tmp_path / str(number), barrier)
        threads = [threading.Thread(target=open_together, args=given) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert not failures


def test_two_writers_wait_for_each_other(folder: Path) -> None:
    failures: list[BaseException] = []

    def write(number: int) -> None:
        try:
            store = Store.open(folder)
            for count in range(20):
                recognise(store, Fingerprint(Path(f"/{number}/{count}.mp3"), 1, 1))
            store.close()
        except BaseException as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures
    store = Store.open(folder)
    everything = [
        Fingerprint(Path(f"/{number}/{count}.mp3"), 1, 1) for number in range(4) for count in range(20)
    ]
    numbers = [store.recognised(file, "d") for file in everything]
    assert None not in numbers
    assert len(set(numbers)) == 80
    store.close()


# --- only for a look ----------------------------------------------------------------------------------------


def contents(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {file.name: (file.stat().st_mtime_ns, file.read_bytes()) for file in folder.iterdir()}


def look(folder: Path, file: Fingerprint) -> int | None:
    """Return what a store that is only read knows of ``file``; nothing may change by that."""
    before = contents(folder)
    store = Store.open_to_read(folder)
    found = store.recognised(file, "d")
    store.close()
    assert contents(folder) == before
    return found


def test_a_look_at_a_store_that_nobody_uses(folder: Path, file: Fingerprint) -> None:
    store = Store.open(folder)
    number = recognise(store, file)
    store.close()
    assert look(folder, file) == number


def test_a_look_at_a_store_in_use_sees_what_is_not_in_the_file_yet(
    store: Store, folder: Path, file: Fingerprint
) -> None:
    number = recognise(store, file)
    before = (folder / FILE_NAME).read_bytes(), (folder / f"{FILE_NAME}-wal").read_bytes()
    looked = Store.open_to_read(folder)
    assert looked.recognised(file, "d") == number
    other = Fingerprint(Path("/other.mp3"), 1, 1)
    assert ((folder / FILE_NAME).read_bytes(), (folder / f"{FILE_NAME}-wal").read_bytes()) == before
    assert recognise(store, other) == looked.recognised(other, "d")
    looked.close()


@pytest.mark.parametrize("index", [True, False], ids=["index", "no index"])
def test_a_look_at_what_a_killed_writer_left(folder: Path, index: bool) -> None:
    subprocess.run([sys.executable, "-c", KILLED_WRITER, str(folder)], check=False, timeout=30)
    if not index:  # as where the two files that matter were copied from elsewhere
        (folder / f"{FILE_NAME}-shm").unlink()
    before = contents(folder)
    looked = Store.open_to_read(folder)
    assert len(list(looked.known())) == 20
    looked.close()
    assert contents(folder) == before


def test_a_look_at_no_store_makes_none(folder: Path, file: Fingerprint) -> None:
    assert Store.open_to_read(folder).recognised(file, "d") is None
    assert not folder.exists()


def test_a_look_at_a_damaged_store_leaves_it_in_its_place(folder: Path, file: Fingerprint) -> None:
    folder.mkdir()
    (folder / FILE_NAME).write_bytes(b"not a database" * 1000)
    assert look(folder, file) is None


def test_a_look_at_an_older_store_brings_a_copy_up_to_date(
    folder: Path, file: Fingerprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store.open(folder)
    number = recognise(store, file)
    store.close()
    monkeypatch.setattr("gigaam_cli.store.database.MIGRATIONS", (*[""] * VERSION, "CREATE TABLE a (x)"))
    monkeypatch.setattr("gigaam_cli.store.database.VERSION", VERSION + 1)
    assert look(folder, file) == number
    assert version_of(folder) == VERSION


def test_a_look_at_a_newer_store_is_refused(folder: Path) -> None:
    Store.open(folder).close()
    connection = sqlite3.connect(folder / FILE_NAME)
    connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.close()
    with pytest.raises(StoreTooNewError):
        Store.open_to_read(folder)


def test_a_look_sees_texts_that_a_killed_run_could_not_book(
    folder: Path, tmp_path: Path, file: Fingerprint
) -> None:
    store = Store.open(folder)
    (tmp_path / "talk.txt").write_text("text")
    output = Output(Fingerprint.of(tmp_path / "talk.txt"), "txt", "s")
    store.outputs.announce(recognise(store, file), [output])
    store.close()
    before = contents(folder)
    looked = Store.open_to_read(folder)
    assert looked.outputs.at(tmp_path / "talk.txt") is not None
    looked.close()
    assert contents(folder) == before


def test_what_is_only_read_takes_no_changes(folder: Path, tmp_path: Path, file: Fingerprint) -> None:
    store = Store.open(folder)
    number = store.begin(file, "d", "demo", "onnx")
    store.finish(number, replace(ENDING, contents="abc"), [])
    store.close()
    before = contents(folder)
    looked = Store.open_to_read(folder)
    assert looked.is_only_touched(replace(file, mtime_ns=1), lambda _path: "abc")
    (tmp_path / "model").write_text("weights")
    assert looked.file_hash(tmp_path / "model", lambda _path: "123") == "123"
    with pytest.raises(StoreError):
        looked.begin(file, "other", "demo", "onnx")
    looked.close()
    assert contents(folder) == before


def spoil(path: Path) -> None:
    """Damage a database behind its first pages, so that it still opens."""
    data = bytearray(path.read_bytes())
    for at in range(2 * 4096, len(data), 97):
        data[at] ^= 0x5A
    path.write_bytes(data)


def filled(folder: Path) -> Path:
    store = Store.open(folder)
    for number in range(200):
        recognise(store, Fingerprint(Path(f"/{number}.mp3"), 1, 1))
    store.close()
    return folder / FILE_NAME


def test_a_store_that_is_damaged_inside_is_set_aside_and_that_is_told(folder: Path) -> None:
    spoil(filled(folder))
    told: list[Event] = []
    store = Store.open(folder, told.append)
    assert list(store.known()) == []
    (event,) = told
    assert isinstance(event, StoreSetAside)
    assert event.path.stat().st_size > 0
    store.close()


def test_damage_that_shows_later_is_an_error_of_ours_and_the_next_to_open_it_sets_it_aside(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large store is not read to its end each time."""
    monkeypatch.setattr("gigaam_cli.store.database._CHECKED_BYTES", 0)
    spoil(filled(folder))
    store = Store.open(folder)
    with pytest.raises(StoreDamagedError):
        list(store.known())
    store.close()
    told: list[Event] = []
    again = Store.open(folder, told.append)
    assert [type(event) for event in told] == [StoreSetAside]
    recognise(again, Fingerprint(Path("/a.mp3"), 1, 1))
    again.close()
    last = Store.open(folder, told.append)
    assert len(told) == 1
    assert len(list(last.known())) == 1
    last.close()


def test_a_full_disk_inside_a_transaction_is_told_as_one(store: Store, file: Fingerprint) -> None:
    """SQLite has ended the transaction by then."""
    recognise(store, file)
    store._db.connection.execute("PRAGMA max_page_count = 1")

    def fill() -> None:
        for number in range(1000):
            recognise(store, Fingerprint(Path(f"/{number}.mp3"), 1, 1))

    with pytest.raises(DiskFullError):
        fill()


def test_of_many_that_find_a_store_damaged_one_sets_it_aside(folder: Path) -> None:
    """The others find the new one, and nothing that is written into that is lost."""
    spoil(filled(folder))
    told: list[Event] = []
    failures: list[BaseException] = []
    barrier = threading.Barrier(6)

    def work(number: int) -> None:
        barrier.wait()
        try:
            store = Store.open(folder, told.append)
            recognise(store, Fingerprint(Path(f"/new {number}.mp3"), 1, 1))
            store.close()
        except BaseException as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures
    assert len(told) == 1
    store = Store.open(folder, told.append)
    assert len(list(store.known())) == 6
    store.close()


@pytest.mark.parametrize("at", ["_prepared", "_check"])
def test_a_store_that_is_set_aside_while_it_is_opened_is_not_written_to(
    at: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(folder)
    path, usual = folder / FILE_NAME, getattr(database, at)

    def interrupted(*arguments: Any) -> Any:
        monkeypatch.setattr(database, at, usual)
        path.rename(path.with_suffix(".damaged-1"))
        return usual(*arguments)

    monkeypatch.setattr(database, at, interrupted)
    store = Store.open(folder)
    recognise(store, Fingerprint(Path("/new.mp3"), 1, 1))
    store.close()
    again = Store.open(folder)
    assert [known.file.path for known in again.known()] == [Path("/new.mp3")]
    again.close()


def test_a_store_that_another_run_works_with_is_not_taken_from_it(folder: Path) -> None:
    at_work = Store.open(folder)
    assert at_work.leases.take(Path("/a.mp3"))
    at_work._db.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray((folder / FILE_NAME).read_bytes())
    data[100:] = bytes(len(data) - 100)
    (folder / FILE_NAME).write_bytes(data)
    with pytest.raises(StoreDamagedError):
        Store.open(folder)
    assert list(folder.glob("*.damaged-*")) == []
    at_work.close()
    told: list[Event] = []
    Store.open(folder, told.append).close()
    assert [type(event) for event in told] == [StoreSetAside]


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        (PureWindowsPath(r"C:\Users\Анна\state.db"), "file:///C:/Users/%D0%90%D0%BD%D0%BD%D0%B0/state.db"),
        (PureWindowsPath(r"\\server\share\state.db"), "file:////server/share/state.db"),
        (PurePosixPath("/home/a b/state.db"), "file:///home/a%20b/state.db"),
    ],
)
def test_a_store_has_an_address_that_sqlite_takes(path: PurePath, uri: str) -> None:
    """It refuses one with a host in it, which is what pathlib makes of a network folder of Windows."""
    assert address(path) == uri
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        sqlite3.connect(f"{uri}?mode=ro", uri=True)


def test_a_damaged_store_that_somebody_holds_open_is_an_error_of_ours(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Windows nobody can rename it then."""
    folder.mkdir(exist_ok=True)
    (folder / FILE_NAME).write_bytes(b"no database" * 1000)

    def refuse(path: Path, target: Path) -> Path:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(StoreError, match="Permission denied"):
        Store.open(folder)
