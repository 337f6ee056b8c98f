"""Folders that are asked for one name after another."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest

from gigaam_cli.core.spelling import folded
from gigaam_cli.pipeline.listing import Listing


def test_what_is_there_is_held_whether_little_or_much_is_asked(tmp_path: Path) -> None:
    names = [f"{number}.txt" for number in range(100)]
    for name in names[::3]:
        (tmp_path / name).touch()
    listing = Listing()
    assert [name for name in names if listing.holds(str(tmp_path / name))] == names[::3]


def test_a_folder_is_read_once_and_then_not_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def never_there(path: str) -> bool:
        asked.append(path)
        return False

    monkeypatch.setattr(os.path, "exists", never_there)
    listing = Listing()
    assert not any(listing.holds(str(tmp_path / f"{number}.txt")) for number in range(1000))
    assert len(asked) < 20


def test_few_questions_do_not_read_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(_folder: str) -> list[str]:
        raise AssertionError

    monkeypatch.setattr(os, "listdir", never)
    listing = Listing()
    assert not any(listing.holds(str(tmp_path / f"{number}.txt")) for number in range(7))


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    listing = Listing()
    assert not any(listing.holds(str(tmp_path / "no" / f"{number}.txt")) for number in range(50))


def test_what_a_disk_takes_for_one_name_is_one() -> None:
    assert folded("Запись.TXT") == folded("ЗАПИСЬ.txt")
    assert folded(unicodedata.normalize("NFD", "й.txt")) == folded("й.txt")
    assert folded("A.txt") == "a.txt"


def test_a_disks_own_folder_is_not_where_one_is_on_that_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """On Windows ``C:`` is another folder than ``C:\\``."""
    asked: list[str] = []

    def listed(folder: str) -> list[str]:
        asked.append(folder)
        return ["talk.txt"]

    monkeypatch.setattr(os, "sep", "\\")
    monkeypatch.setattr(os, "listdir", listed)
    monkeypatch.setattr(os.path, "exists", lambda path: path == "C:\\talk.txt")
    listing = Listing()
    assert all(listing.holds("C:\\talk.txt") for _ in range(20))
    assert asked == ["C:\\"]
