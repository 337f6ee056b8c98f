"""Folders worth offering."""

from __future__ import annotations

from pathlib import Path

import pytest

from gigaam_cli.cli.menu.recent import counted, current_folder, recent_folders
from gigaam_cli.core.paths import state_folder
from gigaam_cli.store.history import Start
from gigaam_cli.store.store import Store

PATIENCE = 30.0


def note_runs(*inputs: tuple[str, ...]) -> None:
    store = Store.open(state_folder())
    for names in inputs:
        store.history.begin(Start("1", "demo", "int8", ("cpu",), names))
    store.close()


def test_the_latest_come_first_and_each_once(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    file = tmp_path / "b" / "talk.mp3"
    file.touch()
    note_runs((str(tmp_path / "a"),), (str(file),), ("relative", str(tmp_path / "gone"), str(tmp_path / "b")))
    assert recent_folders() == (tmp_path / "b", tmp_path / "a")


def test_no_more_than_a_few_are_offered(tmp_path: Path) -> None:
    for number in range(6):
        (tmp_path / str(number)).mkdir()
        note_runs((str(tmp_path / str(number)),))
    assert [path.name for path in recent_folders()] == ["5", "4", "3", "2"]


def test_a_store_that_cannot_be_read_offers_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert recent_folders() == ()
    monkeypatch.setenv("GIGAAM_STATE_DIR", str(tmp_path / "file" / "below"))
    (tmp_path / "file").touch()
    assert recent_folders() == ()


def test_recordings_are_counted_below_a_folder(tmp_path: Path) -> None:
    for name in ("a.mp3", "deep/b.WAV", "deep/notes.txt", ".hidden/c.mp3", ".d.mp3"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert counted([tmp_path, tmp_path / "deep"], PATIENCE) == {tmp_path: "2", tmp_path / "deep": "1"}


def test_of_very_many_recordings_it_is_only_said_that_there_are_many(tmp_path: Path) -> None:
    for number in range(1001):
        (tmp_path / f"{number}.mp3").touch()
    assert counted([tmp_path], PATIENCE) == {tmp_path: "1001+"}


def test_a_current_folder_that_is_gone_is_the_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    assert current_folder() == folder
    folder.rmdir()
    assert current_folder() == Path("/")
