"""What changes in real folders, told by the system and found by looking."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import watchfiles
from watchfiles import Change

from gigaam_cli.pipeline import changes
from gigaam_cli.pipeline.changes import Changes, Watching

LONG = 20.0


@pytest.fixture(params=[None, 0.2], ids=["told", "polled"])
def watching(request: pytest.FixtureRequest, tmp_path: Path) -> Watching:
    (tmp_path / "in").mkdir()
    return Watching((tmp_path / "in",), poll=request.param)


def never() -> bool:
    return False


@contextmanager
def meanwhile(*actions: Callable[[], object]) -> Iterator[None]:
    """Do something in another thread while the body waits."""

    def act() -> None:
        for action in actions:
            time.sleep(0.3)
            action()

    thread = threading.Thread(target=act)
    thread.start()
    yield
    thread.join()


def test_a_recording_is_told(watching: Watching) -> None:
    (folder,) = watching.folders
    with Changes(watching, never) as told:
        (folder / "talk.wav").write_bytes(b"sound")
        assert told.wait(LONG) == {folder / "talk.wav"}
        with (folder / "talk.wav").open("ab") as file:
            time.sleep(1.1)  # polling compares whole seconds on some disks
            file.write(b"more")
        assert told.wait(LONG) == {folder / "talk.wav"}


def test_what_comes_between_two_waits_is_told(watching: Watching) -> None:
    (folder,) = watching.folders
    with Changes(watching, never) as told:
        assert not told.wait(0.3)
        (folder / "talk.wav").write_bytes(b"sound")
        time.sleep(0.5)
        assert told.wait(LONG) == {folder / "talk.wav"}


def test_texts_and_temporary_files_are_not_told(watching: Watching) -> None:
    (folder,) = watching.folders
    (folder / "old.wav").write_bytes(b"")
    with Changes(watching, never) as told:
        for name in ("talk.txt", ".gigaam-1-abc.tmp", ".hidden.wav", "talk.wav.part"):
            (folder / name).write_bytes(b"")
        (folder / "old.wav").unlink()
        assert not told.wait(0.8)


def test_a_wait_ends_in_time_however_much_changes_that_does_not_matter(watching: Watching) -> None:
    (folder,) = watching.folders
    ended, signs = threading.Event(), []

    def write() -> None:
        while not ended.is_set():
            (folder / "log.txt").write_text(str(time.time()))
            time.sleep(0.02)

    writer = threading.Thread(target=write)
    with Changes(watching, never, lambda: signs.append(time.monotonic())) as told:
        writer.start()
        began = time.monotonic()
        assert not told.wait(1.2)
        assert time.monotonic() - began < 6
        ended.set()
        writer.join()
    assert len(signs) > 1


def test_a_folder_that_is_moved_in_is_told(watching: Watching, tmp_path: Path) -> None:
    (folder,) = watching.folders
    (tmp_path / "batch").mkdir()
    (tmp_path / "batch" / "talk.wav").write_bytes(b"sound")
    with Changes(watching, never) as told:
        (tmp_path / "batch").rename(folder / "batch")
        assert folder / "batch" in told.wait(LONG)


def test_a_folder_that_vanishes_and_another_in_its_place_are_told(watching: Watching) -> None:
    (folder,) = watching.folders
    with Changes(watching, never) as told:
        shutil.rmtree(folder)
        assert folder in told.wait(LONG)
        assert not told.wait(0.6)
        folder.mkdir()
        assert folder in told.wait(LONG)
        (folder / "talk.wav").write_bytes(b"sound")
        assert folder / "talk.wav" in told.wait(LONG)


def test_a_wait_that_is_stopped_ends_soon(watching: Watching) -> None:
    stopped = threading.Event()
    with Changes(watching, stopped.is_set) as told, meanwhile(stopped.set):
        began = time.monotonic()
        assert not told.wait(LONG)
        assert time.monotonic() - began < 3


def test_where_the_system_has_no_room_to_tell_it_is_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def watch(*paths: Path, **options: Any) -> Iterator[set[tuple[Change, str]]]:
        if not options["force_polling"]:
            raise OSError(28, "OS file watch limit reached.")
        yield from watchfiles.watch(*paths, **options)

    monkeypatch.setattr(changes, "watch", watch)
    monkeypatch.setattr(changes, "_POLL_SECONDS", 0.2)
    with Changes(Watching((tmp_path,)), never) as told:
        (tmp_path / "talk.wav").write_bytes(b"sound")
        assert told.wait(LONG) == {tmp_path / "talk.wav"}
