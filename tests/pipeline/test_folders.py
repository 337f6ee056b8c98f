"""Folders for texts: permissions and room, looked at before any work."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from gigaam_cli.core.errors import NoRoomError, OutputError
from gigaam_cli.pipeline.folders import check_folders, rooms
from gigaam_cli.pipeline.jobs import Job
from gigaam_cli.pipeline.plan import Plan
from gigaam_cli.store.values import Fingerprint
from tests.fakes.users import readable_folder, run_as_nobody


def plan(*outputs: Path) -> Plan:
    """A plan of one recording with these texts."""
    file = Fingerprint(Path("/in/talk.mp3"), 1, 1)
    return Plan((Job(0, file, {str(number): path for number, path in enumerate(outputs)}),), ())


def test_folders_that_can_be_made_are_accepted(tmp_path: Path) -> None:
    check_folders(plan(tmp_path / "new" / "deep" / "talk.txt"))
    check_folders(plan(tmp_path / "talk.txt"))
    check_folders(plan())
    assert not (tmp_path / "new").exists()


def test_a_file_in_place_of_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError) as caught:
        check_folders(plan(tmp_path / "file" / "out" / "talk.txt"))
    assert str(tmp_path / "file") in str(caught.value)


CHECK = """
import sys
from pathlib import Path
from gigaam_cli.media.discover import Found
from gigaam_cli.pipeline.folders import check_folders
from gigaam_cli.pipeline.jobs import Recipe
from gigaam_cli.pipeline.plan import Wish, make_plan
from gigaam_cli.store.store import Store
path, output = Path(sys.argv[1]), Path(sys.argv[2])
plan = make_plan([Found(path, path.parent, 1, 1)], Wish(Recipe(), "d", output), Store.in_memory())
try:
    check_folders(plan)
except Exception as error:
    print(type(error).__name__, error)
"""


@pytest.mark.root
@pytest.mark.parametrize("below", ["locked", "locked/new/deep"])
def test_a_folder_that_may_not_be_written_to_is_refused(below: str) -> None:
    with readable_folder() as folder:
        (folder / "locked").mkdir(mode=0o755)
        said = run_as_nobody(CHECK, str(folder / "talk.mp3"), str(folder / below))
        assert said.startswith("OutputError")
        assert "no permission" in said


# --- room ---------------------------------------------------------------------------------------------------

SetRoom = Callable[[int, int], None]


@pytest.fixture
def set_room(monkeypatch: pytest.MonkeyPatch) -> SetRoom:
    """Return a function that says how many bytes every disk has in all, and free."""

    def set_it(total: int, free: int) -> None:
        usage = SimpleNamespace(total=total, used=total - free, free=free)
        monkeypatch.setattr(shutil, "disk_usage", lambda _folder: usage)

    return set_it


def test_a_disk_without_room_is_refused_with_what_is_needed_and_free(
    tmp_path: Path, set_room: SetRoom
) -> None:
    wanted = plan(tmp_path / "new" / "a.txt", tmp_path / "b.txt")
    needed = (64 << 10) + 2 * (4 << 10)
    set_room(1 << 30, needed - 1)
    with pytest.raises(NoRoomError) as caught:
        check_folders(wanted)
    assert (caught.value.values["size"], caught.value.values["free"]) == (needed, needed - 1)
    assert str(tmp_path) in str(caught.value)
    set_room(1 << 30, needed)
    check_folders(wanted)


def test_a_disk_that_says_nothing_but_zeros_is_given_a_try(tmp_path: Path, set_room: SetRoom) -> None:
    set_room(0, 0)
    check_folders(plan(tmp_path / "a.txt"))


def test_a_disk_that_says_nothing_at_all_is_given_a_try(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_folder: Path) -> None:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(shutil, "disk_usage", refuse)
    check_folders(plan(tmp_path / "a.txt"))


def test_nothing_to_write_needs_no_room(set_room: SetRoom) -> None:
    set_room(1 << 30, 0)
    check_folders(plan())


def test_what_goes_to_one_file_system_is_added_up(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (room,) = rooms({tmp_path: 5, tmp_path / "a": 7})
    assert (room.folder, room.needed) == (tmp_path, 12)
    assert room.suffices


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="needs a second file system")
def test_each_file_system_is_told_apart(tmp_path: Path) -> None:
    if Path("/dev/shm").stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("needs a second file system")
    assert [room.needed for room in rooms({tmp_path: 5, Path("/dev/shm"): 7})] == [5, 7]
