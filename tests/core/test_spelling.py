"""Names as they are spelled on disks that take several spellings for one, played by listings in memory."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

import pytest

from gigaam_cli.core import spelling
from gigaam_cli.core.spelling import Spelling, folded, folds

SHORT_I = "Ёй"
DECOMPOSED = unicodedata.normalize("NFD", SHORT_I)


class Disk:
    """Folders with their names; two names that fold into one are one file, unless the disk tells them apart."""

    def __init__(self, folders: dict[PurePath, list[str]], tells_apart: bool = False) -> None:
        self._folders, self._tells_apart = folders, tells_apart
        self.asked: list[PurePath] = []

    def names(self, folder: PurePath) -> Iterable[str]:
        self.asked.append(folder)
        return self._folders.get(folder, [])

    def same(self, one: PurePath, other: PurePath) -> bool:
        return not self._tells_apart and folded(one.name) == folded(other.name)

    def spelling(self) -> Spelling:
        return Spelling(self.names, self.same, folding=True)


WINDOWS = Disk(
    {
        PureWindowsPath("C:/"): ["Users", "Записи"],
        PureWindowsPath("C:/Users"): ["Anna"],
        PureWindowsPath("C:/Записи"): ["Звонок.MP3"],
        PureWindowsPath("//server/share/"): ["Talks"],
    }
)


@pytest.mark.parametrize(
    ("typed", "spelled"),
    [
        (r"c:\users\ANNA", r"C:\Users\Anna"),
        (r"C:\Users\Anna", r"C:\Users\Anna"),
        (r"c:\записи\звонок.mp3", r"C:\Записи\Звонок.MP3"),
        (r"c:\users\anna\New folder\talk.mp3", r"C:\Users\Anna\New folder\talk.mp3"),
        (r"d:\talk.mp3", r"D:\talk.mp3"),
        ("c:\\", "C:\\"),
        (r"\\server\share\talks\a.wav", r"\\server\share\Talks\a.wav"),
    ],
)
def test_a_path_of_windows_is_spelled_as_its_disk_has_it(typed: str, spelled: str) -> None:
    assert str(WINDOWS.spelling().of(PureWindowsPath(typed))) == spelled


def test_letters_put_together_in_another_way_are_those_of_the_disk() -> None:
    mac = Disk({PurePosixPath("/"): ["Users"], PurePosixPath("/Users"): [DECOMPOSED]})
    assert str(mac.spelling().of(PurePosixPath(f"/users/{SHORT_I}"))) == f"/Users/{DECOMPOSED}"


def test_what_a_disk_tells_apart_stays_as_it_was_typed() -> None:
    disk = Disk({PurePosixPath("/"): ["talk", "TALK"]}, tells_apart=True)
    assert [str(disk.spelling().of(PurePosixPath(name))) for name in ("/talk", "/TALK", "/Talk")] == [
        "/talk",
        "/TALK",
        "/Talk",
    ]


def test_each_folder_is_asked_once() -> None:
    disk = Disk(
        {PurePosixPath("/"): ["in"], PurePosixPath("/in"): [f"{number}.mp3" for number in range(100)]}
    )
    spelled = disk.spelling()
    for number in range(100):
        spelled.of(PurePosixPath(f"/IN/{number}.MP3"))
    assert disk.asked == [PurePosixPath("/"), PurePosixPath("/in")]


def test_where_disks_do_not_fold_names_nothing_is_looked_at() -> None:
    disk = Disk({})
    assert Spelling(disk.names, disk.same, folding=False).of(Path("/IN/a")) == Path("/IN/a")
    assert disk.asked == []


def test_a_real_folder_is_listed_and_compared(tmp_path: Path) -> None:
    (tmp_path / "Talk").mkdir()
    (tmp_path / "talk").symlink_to("Talk")
    assert Spelling(folding=True).of(tmp_path / "TALK") == tmp_path / "TALK", "this disk tells them apart"
    (tmp_path / "TALK").symlink_to("Talk")
    (tmp_path / "talk").unlink()
    assert Spelling(folding=True).of(tmp_path / "TALK" / "nul\0") == tmp_path / "TALK" / "nul\0"


def test_whether_a_disk_folds_is_found_out_by_a_name_with_letters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "Texts").mkdir()
    assert not folds(tmp_path / "Texts" / "not there" / "yet")
    (tmp_path / "tEXTS").symlink_to("Texts")  # as such a disk seems
    assert folds(tmp_path / "Texts" / "2024")
    monkeypatch.setattr(spelling, "FOLDING", True)
    assert folds(Path("/")), "nothing tells: as the system is used to"
