"""Changing names of files, also as Windows has it: what is open stays, and a rename replaces nothing."""

from __future__ import annotations

import errno
import os
from functools import partial
from pathlib import Path

import pytest

from gigaam_cli.core import files
from gigaam_cli.core.files import give_name, patiently


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make renames what they are on Windows, and links impossible, as on many of its disks."""
    plain = os.rename

    def rename(source: str, target: str) -> None:
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, "it exists")
        plain(source, target)

    def link(source: str, target: str) -> None:
        raise OSError(errno.EINVAL, "Incorrect function")

    monkeypatch.setattr(files, "WINDOWS", True)
    monkeypatch.setattr(files, "_PAUSES", (0.0, 0.0))
    monkeypatch.setattr(os, "rename", rename)
    monkeypatch.setattr(os, "link", link)


class Refusing:
    """A change that is refused so many times before it is made."""

    def __init__(self, times: int) -> None:
        self.left, self.made = times, False

    def __call__(self) -> None:
        self.left -= 1
        if self.left >= 0:
            raise PermissionError(errno.EACCES, "another program has it open")
        self.made = True


def test_what_a_reader_holds_up_is_tried_again_on_windows(windows: None) -> None:
    change = Refusing(2)
    patiently(change)
    assert change.made


def test_not_for_ever(windows: None) -> None:
    with pytest.raises(PermissionError):
        patiently(Refusing(3))


def test_elsewhere_a_refusal_is_final() -> None:
    change = Refusing(1)
    with pytest.raises(PermissionError):
        patiently(change)
    assert change.left == 0


@pytest.mark.usefixtures("windows")
def test_a_name_is_given_by_renaming_on_windows(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("text")
    give_name(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "b").read_text() == "text"
    assert not (tmp_path / "a").exists()


@pytest.mark.usefixtures("windows")
def test_and_nothing_is_replaced_there(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).write_text(name)
    with pytest.raises(FileExistsError):
        give_name(tmp_path / "a", tmp_path / "b")
    assert [(tmp_path / name).read_text() for name in "ab"] == ["a", "b"]


def test_where_there_are_links_a_file_has_both_names(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("text")
    give_name(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "a").samefile(tmp_path / "b")


@pytest.mark.parametrize("number", sorted(files.NO_LINKS))
def test_where_there_are_none_it_is_renamed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "link", refuse)
    (tmp_path / "a").write_text("text")
    give_name(tmp_path / "a", tmp_path / "b")
    assert os.listdir(tmp_path) == ["b"]  # noqa: PTH208
    (tmp_path / "c").symlink_to("nowhere")
    with pytest.raises(FileExistsError):
        give_name(tmp_path / "b", tmp_path / "c")


def test_other_errors_are_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        patiently(partial((tmp_path / "a").rename, tmp_path / "b"))
    with pytest.raises(FileNotFoundError):
        give_name(tmp_path / "a", tmp_path / "b")


def test_a_file_is_replaced_whole_and_keeps_its_permissions(tmp_path: Path) -> None:
    target, temporary = tmp_path / "file", tmp_path / "new"
    files.replace_whole(target, b"one", temporary)
    target.chmod(0o640)
    files.replace_whole(target, b"two", temporary)
    assert (target.read_bytes(), list(tmp_path.iterdir())) == (b"two", [target])
    if os.name != "nt":
        assert target.stat().st_mode & 0o777 == 0o640


def test_what_cannot_be_replaced_stays_and_leaves_nothing_behind(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / "inside").mkdir(parents=True)
    with pytest.raises(OSError, match="directory"):
        files.replace_whole(folder, b"data", tmp_path / "new")
    assert list(tmp_path.iterdir()) == [folder]
