"""Leases: one run at a recording at a time, and what a dead one held is free at once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gigaam_cli.core.errors import StoreError
from gigaam_cli.store.store import Store
from tests.store.samples import ODD_NAMES

TALK, OTHER = Path("/recordings/talk.mp3"), Path("/recordings/other.mp3")
HOLD = """
import sys, time
from pathlib import Path
from gigaam_cli.store.store import Store
store = Store.open(Path(sys.argv[1]))
print(store.leases.take(Path(sys.argv[2])), flush=True)
time.sleep(60)
"""


@pytest.fixture
def other(folder: Path, store: Store) -> Iterator[Store]:
    """Return the store as another run sees it."""
    other = Store.open(folder)
    yield other
    other.close()


@pytest.mark.parametrize("name", ODD_NAMES)
def test_one_run_has_a_recording_until_it_gives_it_back(store: Store, other: Store, name: str) -> None:
    talk = Path("/recordings") / name
    assert store.leases.take(talk)
    assert store.leases.take(talk), "it is its own"
    assert not other.leases.take(talk)
    assert other.leases.take(OTHER)
    store.leases.release(talk)
    assert other.leases.take(talk)
    assert not store.leases.take(talk)


def test_nobody_gives_back_what_another_has(store: Store, other: Store) -> None:
    assert store.leases.take(TALK)
    other.leases.release(TALK)
    assert other.leases.take(OTHER)
    other.leases.release(TALK)
    assert not other.leases.take(TALK)


def test_everybody_sees_what_is_held(store: Store, other: Store) -> None:
    assert not store.leases.is_held(TALK)
    store.leases.take(TALK)
    assert store.leases.is_held(TALK)
    assert other.leases.is_held(TALK)
    store.leases.release(TALK)
    assert not other.leases.is_held(TALK)


@pytest.mark.parametrize("how", ["end", "close"])
def test_a_run_that_ends_gives_everything_back(store: Store, folder: Path, how: str) -> None:
    one = Store.open(folder)
    for path in (TALK, OTHER):
        assert one.leases.take(path)
    one.leases.end() if how == "end" else one.close()
    assert store.leases.take(TALK)
    assert store.leases.take(OTHER)
    assert len(list((folder / "runs").iterdir())) == 1
    one.close()


def test_a_run_may_begin_again_after_its_end(store: Store, other: Store) -> None:
    """As a watch does, which runs again and again on one store."""
    for _ in range(3):
        assert store.leases.take(TALK)
        assert not other.leases.take(TALK)
        store.leases.end()


def test_what_a_killed_run_held_is_free(store: Store, folder: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder), str(TALK)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "True\n"
    assert not store.leases.take(TALK)
    assert store.leases.is_held(TALK)
    holder.kill()
    holder.communicate()
    assert not store.leases.is_held(TALK)
    assert store.leases.take(TALK)
    assert len(list((folder / "runs").iterdir())) == 1, "nothing is left of it"


def test_a_run_whose_file_was_deleted_is_not_waited_for(store: Store, other: Store, folder: Path) -> None:
    """As by somebody who tidies the state folder: the lease would never be free again."""
    assert store.leases.take(TALK)
    for file in (folder / "runs").iterdir():
        file.unlink()
    assert other.leases.take(TALK)


def test_a_store_in_memory_is_nobody_elses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = Store.in_memory()
    assert store.leases.take(TALK)
    store.close()
    assert list(tmp_path.iterdir()) == []


def test_who_only_looks_leaves_no_trace(folder: Path) -> None:
    store = Store.open(folder)
    assert not store.leases.is_held(TALK)
    store.leases.release(TALK)
    store.close()
    assert not (folder / "runs").exists()


def test_a_folder_that_is_in_the_way_is_an_error_of_ours(store: Store, folder: Path) -> None:
    (folder / "runs").write_text("no folder")
    with pytest.raises(StoreError):
        store.leases.take(TALK)
