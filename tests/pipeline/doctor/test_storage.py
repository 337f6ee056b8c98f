"""Disks with room and without, folders that are closed, and state stores in every condition."""

from __future__ import annotations

import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from gigaam_cli.core.paths import state_folder
from gigaam_cli.pipeline.doctor import storage
from gigaam_cli.pipeline.doctor.findings import Finding
from gigaam_cli.pipeline.doctor.remedies import Machine
from gigaam_cli.pipeline.doctor.storage import PLACES, disk, disks, store
from gigaam_cli.store import database
from gigaam_cli.store.database import FILE_NAME
from gigaam_cli.store.store import Store

LINUX = Machine("Linux")
STATE, MODELS, TEMPORARY, CURRENT = PLACES


def with_free(monkeypatch: pytest.MonkeyPatch, free: int, total: int = 10**12) -> None:
    monkeypatch.setattr(
        shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(total, total - free, free)
    )


@pytest.mark.parametrize(
    ("free", "states"),
    [
        (10**11, ["ok", "ok", "ok", "ok"]),
        (10**9, ["ok", "note", "ok", "ok"]),
        (10**8, ["warning", "note", "warning", "warning"]),
        (4096, ["failed", "warning", "warning", "failed"]),
    ],
)
def test_room(free: int, states: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    with_free(monkeypatch, free)
    found = [check.look() for check in disks(LINUX)]
    assert [each.state for each in found] == states
    assert all(each.remedies[0].startswith("du -xhd1 ") for each in found if each.state != "ok")


def test_a_disk_that_does_not_tell_is_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    with_free(monkeypatch, 0, total=0)
    assert disk(STATE, LINUX).state == "note"


def test_a_file_in_the_place_of_a_folder_names_the_variable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    found = disk(replace(STATE, folder=lambda: tmp_path / "file" / "state"), LINUX)
    assert found.state == "failed"
    assert "GIGAAM_STATE_DIR" in found.hint()
    assert found.remedies[0].startswith("export GIGAAM_STATE_DIR=")


def test_a_current_folder_that_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> Path:
        raise FileNotFoundError(2, "No such file or directory")

    assert disk(replace(CURRENT, folder=gone), LINUX).state == "failed"


def test_a_closed_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)  # root, whom tests may run as, is refused nothing
    state_folder().mkdir(parents=True)
    found = disk(STATE, LINUX)
    assert (found.state, found.remedies[0].split()[:3]) == ("failed", ["sudo", "chown", "-R"])
    assert disk(CURRENT, LINUX).state == "note"


def test_no_store_yet_is_fine() -> None:
    found = store(LINUX)
    assert found.state == "ok"
    assert "the first run" in found.message()
    assert not state_folder().exists()


def written() -> Path:
    """Make a store and return its file."""
    Store.open(state_folder()).close()
    return state_folder() / FILE_NAME


def test_a_store_that_is_whole() -> None:
    path = written()
    assert store(LINUX).state == "ok"
    assert str(path) in store(LINUX).message()


def damaged() -> Path:
    path = written()
    data = bytearray(path.read_bytes())
    data[4096:8192] = bytes(4096)
    path.write_bytes(data)
    return path


def test_a_damaged_store_is_told_and_left_as_it_is() -> None:
    path = damaged()
    before, files = path.read_bytes(), sorted(state_folder().rglob("*"))
    found = store(LINUX)
    assert (found.state, found.remedies) == ("failed", ("gigaam status",))
    assert "gigaam adopt" in found.hint()
    assert path.read_bytes() == before
    assert sorted(state_folder().rglob("*")) == files


def test_damage_in_a_large_store_is_moved_away_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run would find it too late: it reads only small ones to their end."""
    path = damaged()
    monkeypatch.setattr(database, "_CHECKED_BYTES", 10)
    assert store(LINUX).remedies[0] == f"mv {path} {path.with_suffix('.damaged-db')}"


def test_no_database_at_all() -> None:
    path = written()
    path.write_bytes(b"something else" * 1000)
    assert store(LINUX).state == "failed"


def test_a_store_of_a_newer_gigaam() -> None:
    connection = sqlite3.connect(written())
    connection.execute("PRAGMA user_version = 999")
    connection.close()
    found: Finding = store(LINUX)
    assert found.state == "failed"
    assert "Upgrade gigaam" in found.hint()


def test_a_store_in_use_is_read_beside_its_run() -> None:
    open_store = Store.open(state_folder())
    try:
        assert storage.store(LINUX).state == "ok"
    finally:
        open_store.close()
