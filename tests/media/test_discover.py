"""Which files the inputs mean: each recording once, in order, with a reason for what is left out."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gigaam_cli.media.discover import EXTENSIONS, Found, Refused, Rules, Skipped, _matches, discover

Plant = Callable[..., Path]
DEFAULTS = Rules()
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="file systems of POSIX only")


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    """Return a function that makes a file (and its folders) below the test's folder."""

    def make(name: str, content: bytes = b"x") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    return make


def found(inputs: Sequence[str | Path], rules: Rules = DEFAULTS) -> list[Path]:
    return [item.path for item in discover(inputs, rules) if isinstance(item, Found)]


def skipped(inputs: Sequence[str | Path], rules: Rules = DEFAULTS) -> dict[str, str]:
    return {item.path.name: item.reason for item in discover(inputs, rules) if isinstance(item, Skipped)}


def refused(inputs: Sequence[str | Path]) -> dict[str, str]:
    return {
        item.path.name: item.error.code for item in discover(inputs, DEFAULTS) if isinstance(item, Refused)
    }


@pytest.mark.parametrize("extension", sorted(EXTENSIONS))
def test_every_extension_counts_in_any_case(extension: str, plant: Plant, tmp_path: Path) -> None:
    paths = [plant(f"a{extension}"), plant(f"B{extension.upper()}"), plant(f"c{extension.title()}")]
    assert found([tmp_path]) == sorted(paths)


def test_other_files_of_a_folder_are_not_mentioned(plant: Plant, tmp_path: Path) -> None:
    for name in ("notes.txt", "talk.mp3.part", "mp3", "talk.mp3.txt", "cover.jpg", ".mp3"):
        plant(name)
    assert list(discover([tmp_path], DEFAULTS)) == []


def test_a_file_named_outright_is_tried_whatever_it_is_called(plant: Plant) -> None:
    paths = [plant("talk"), plant("talk.bin"), plant(".hidden.mp3")]
    assert found(paths) == paths


def test_what_is_known_of_a_recording(plant: Plant, tmp_path: Path) -> None:
    path = plant("deep/er/talk.mp3", b"12345")
    os.utime(path, ns=(1, 1_234_567_890_123_456_789))
    assert list(discover([tmp_path], DEFAULTS)) == [Found(path, tmp_path, 5, 1_234_567_890_123_456_789)]
    assert list(discover([path], DEFAULTS)) == [Found(path, path.parent, 5, 1_234_567_890_123_456_789)]


def test_relative_inputs_become_absolute(
    plant: Plant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = plant("in/talk.mp3")
    monkeypatch.chdir(tmp_path)
    assert found(["in"]) == found([Path("in/talk.mp3")]) == [path]


def test_recordings_come_in_order_of_path(plant: Plant, tmp_path: Path) -> None:
    names = ("b.mp3", "a/z.mp3", "a/b/c.mp3", "a.mp3", "a/a.mp3", "Z.mp3", "ё.mp3", "a b/c.mp3")
    paths = [plant(name) for name in names]
    assert found([tmp_path]) == sorted(paths, key=lambda path: path.parts)


def test_inputs_keep_the_order_in_which_they_were_named(plant: Plant, tmp_path: Path) -> None:
    one, two, three = plant("one.mp3"), plant("x/two.mp3"), plant("x/three.mp3")
    assert found([two, one, tmp_path / "x"]) == [two, one, three]


def test_without_recursion_only_the_folder_itself_counts(plant: Plant, tmp_path: Path) -> None:
    top = plant("top.mp3")
    plant("sub/deep.mp3")
    assert found([tmp_path], Rules(recursive=False)) == [top]


def test_a_file_is_taken_once_however_often_it_is_named(plant: Plant, tmp_path: Path) -> None:
    path = plant("sub/talk.mp3")
    inputs: list[str | Path] = [
        path,
        str(path),
        tmp_path / "sub" / ".." / "sub" / "talk.mp3",
        tmp_path,
        tmp_path / "sub",
    ]
    assert found(inputs) == [path]


@posix_only
def test_links_do_not_make_a_second_recording(plant: Plant, tmp_path: Path) -> None:
    path = plant("talk.mp3")
    (tmp_path / "hard.mp3").hardlink_to(path)
    (tmp_path / "soft.mp3").symlink_to(path)
    assert found([tmp_path]) == [tmp_path / "hard.mp3"]
    assert skipped([tmp_path]) == {"soft.mp3": "seen", "talk.mp3": "seen"}


@posix_only
def test_folders_that_contain_themselves_are_walked_once(plant: Plant, tmp_path: Path) -> None:
    path = plant("a/b/talk.mp3")
    (tmp_path / "a" / "b" / "self").symlink_to(".")
    (tmp_path / "a" / "b" / "up").symlink_to(tmp_path)
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "loop.mp3").symlink_to("loop.mp3")
    assert found([tmp_path]) == [path]
    assert skipped([tmp_path]) == {"self": "seen", "up": "seen"}
    assert refused([tmp_path]) == {"loop.mp3": "unreadable"}


@posix_only
def test_a_dangling_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "gone.mp3").symlink_to(tmp_path / "nothing")
    (tmp_path / "gone.txt").symlink_to(tmp_path / "nothing")
    assert refused([tmp_path]) == {"gone.mp3": "unreadable"}
    assert refused([tmp_path / "gone.mp3"]) == {"gone.mp3": "input_missing"}


@posix_only
def test_what_is_no_regular_file_is_never_opened(tmp_path: Path) -> None:
    """Nobody writes to the pipe, so that opening it would never end."""
    os.mkfifo(tmp_path / "pipe.mp3")
    (tmp_path / "device.wav").symlink_to("/dev/zero")
    (tmp_path / "folder.ogg").mkdir()
    with socket.socket(socket.AF_UNIX) as server:
        os_path = os.path.relpath(tmp_path / "socket.mp4")  # the names of sockets are short
        server.bind(os_path)
        assert skipped([tmp_path]) == dict.fromkeys(
            ("device.wav", "folder.ogg", "pipe.mp3", "socket.mp4"), "not_a_file"
        )
    named: list[str | Path] = [tmp_path / "pipe.mp3", "/dev/zero"]
    assert refused(named) == {"pipe.mp3": "input_unusable", "zero": "input_unusable"}


def test_a_folder_with_a_recordings_name_is_still_looked_into(plant: Plant, tmp_path: Path) -> None:
    path = plant("talk.mp3/part.mp3")
    assert found([tmp_path]) == [path]
    assert skipped([tmp_path]) == {"talk.mp3": "not_a_file"}
    assert found([tmp_path / "talk.mp3"]) == [path]


def test_hidden_files_and_folders_are_left_out(plant: Plant, tmp_path: Path) -> None:
    plant(".hidden.mp3")
    plant(".git/talk.mp3")
    plant("._talk.mp3")
    assert found([tmp_path]) == []
    assert skipped([tmp_path]) == {".hidden.mp3": "hidden", "._talk.mp3": "hidden"}
    assert found([tmp_path / ".git"]) == [tmp_path / ".git" / "talk.mp3"]


@dataclass
class Attributes:
    """What Windows and macOS know of a file, beside what all do."""

    status: os.stat_result
    st_file_attributes: int = 0
    st_flags: int = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self.status, name)


@pytest.mark.parametrize("marks", [(0x2, 0), (0, 0x8000)], ids=["windows", "macos"])
def test_so_are_those_that_a_system_hides_by_an_attribute(
    plant: Plant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, marks: tuple[int, int]
) -> None:
    for name in ("a.mp3", "hidden.mp3", "bin/b.mp3"):
        plant(name)
    plain = Path.stat

    def stat(path: Path, **options: bool) -> object:
        status = plain(path, **options)
        return Attributes(status, *marks) if path.name in ("hidden.mp3", "bin") else status

    monkeypatch.setattr(Path, "stat", stat)
    assert found([tmp_path]) == [tmp_path / "a.mp3"]
    assert skipped([tmp_path]) == {"hidden.mp3": "hidden"}


def test_a_glob_may_have_the_systems_own_slashes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sep", "\\")
    matched = [_matches(tmp_path / name, tmp_path, ("old\\*",)) for name in ("new/a.mp3", "old/b.mp3")]
    assert matched == [False, True]


@pytest.mark.parametrize(
    "address", ["http://host/a.mp3", "HTTPS://host/a.mp3", "rtsp://host/live", "file:///a.mp3"]
)
def test_addresses_are_refused(address: str) -> None:
    (item,) = discover([address], DEFAULTS)
    assert isinstance(item, Refused)
    assert item.error.code == "input_refused"
    assert address in str(item.error)


def test_a_name_with_a_colon_is_no_address(plant: Plant) -> None:
    path = plant("a:b.mp3")
    assert found([path]) == [path]


@pytest.mark.parametrize(
    ("name", "code"),
    [("nothing.mp3", "input_missing"), ("x" * 300 + ".mp3", "unreadable"), ("a\0b.mp3", "input_missing")],
    ids=["missing", "too long", "impossible"],
)
def test_what_cannot_be_there_is_refused_and_the_rest_goes_on(
    name: str, code: str, plant: Plant, tmp_path: Path
) -> None:
    path = plant("talk.mp3")
    inputs = [tmp_path / name, path]
    assert refused(inputs) == {name: code}
    assert found(inputs) == [path]


@pytest.mark.parametrize(
    ("include", "exclude", "expected"),
    [
        (("*.mp3",), (), ["a.mp3", "sub/c.mp3"]),
        (("sub/*",), (), ["sub/b.wav", "sub/c.mp3"]),
        ((), ("*.mp3",), ["sub/b.wav"]),
        ((), ("sub/*",), ["a.mp3"]),
        (("*.mp3", "*.wav"), ("c.*",), ["a.mp3", "sub/b.wav"]),
        (("[ab].*",), (), ["a.mp3", "sub/b.wav"]),
        (("nothing",), (), []),
    ],
)
def test_globs(
    include: tuple[str, ...], exclude: tuple[str, ...], expected: list[str], plant: Plant, tmp_path: Path
) -> None:
    names = ("a.mp3", "sub/b.wav", "sub/c.mp3")
    for name in names:
        plant(name)
    rules = Rules(include=include, exclude=exclude)
    assert [path.relative_to(tmp_path).as_posix() for path in found([tmp_path], rules)] == expected
    left_out = {Path(name).name for name in names} - {Path(name).name for name in expected}
    assert set(skipped([tmp_path], rules)) == left_out
    assert set(skipped([tmp_path], rules).values()) <= {"not_included", "excluded"}


@pytest.mark.parametrize(("age", "settled"), [(1.0, False), (-1.0, False), (3600.0, True), (-3600.0, True)])
def test_files_that_changed_just_now_are_left(
    age: float, settled: bool, plant: Plant, tmp_path: Path
) -> None:
    """A file of the future is none of them, unless it is a matter of seconds: clocks differ."""
    path = plant("talk.mp3")
    then = time.time() - age
    os.utime(path, (then, then))
    assert found([tmp_path]) == [path]
    rules = Rules(settle_seconds=60)
    assert skipped([tmp_path], rules) == ({} if settled else {"talk.mp3": "unsettled"})


@posix_only
def test_a_folder_that_may_not_be_read_does_not_hide_the_rest(
    plant: Plant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root may read everything, so the refusal is played."""
    first, last = plant("a.mp3"), plant("z.mp3")
    plant("locked/talk.mp3")
    listdir = os.listdir

    def deny(folder: Path) -> list[str]:
        if folder.name == "locked":
            raise PermissionError(13, "Permission denied")
        return listdir(folder)

    monkeypatch.setattr(os, "listdir", deny)
    assert found([tmp_path]) == [first, last]
    assert refused([tmp_path]) == {"locked": "unreadable"}


def test_depth_costs_nothing(tmp_path: Path) -> None:
    depth = 200
    folder = tmp_path
    for _ in range(depth):
        folder /= "d"
        folder.mkdir()
    (folder / "talk.mp3").touch()
    assert [path.relative_to(tmp_path).parts for path in found([tmp_path])] == [
        ("d",) * depth + ("talk.mp3",)
    ]


def test_work_starts_before_everything_is_listed(plant: Plant, tmp_path: Path) -> None:
    first = plant("a/talk.mp3")
    unlisted = plant("b/talk.mp3")
    walk = discover([tmp_path], DEFAULTS)
    item = next(walk)
    assert isinstance(item, Found)
    assert item.path == first
    unlisted.unlink()
    assert list(walk) == []


Tree = dict[str, "Tree | None"]
NAMES = st.sampled_from(["a", "b.mp3", "c.WAV", "d.txt", ".e.mp3", "ё.ogg"])
EMPTY: Tree = {}
TREES: st.SearchStrategy[Tree] = st.recursive(
    st.just(EMPTY),
    lambda tree: st.dictionaries(NAMES, st.one_of(st.none(), tree), max_size=4),
    max_leaves=12,
)


def build(tree: Tree, folder: Path) -> None:
    for name, content in tree.items():
        if content is None:
            (folder / name).touch()
        else:
            (folder / name).mkdir()
            build(content, folder / name)


@given(tree=TREES, recursive=st.booleans())
def test_any_tree_gives_each_recording_once_and_in_order(tree: Tree, recursive: bool) -> None:
    with TemporaryDirectory() as name:
        top = Path(name)
        build(tree, top)
        items = list(discover([top, top], Rules(recursive=recursive)))
        paths = [item.path for item in items if isinstance(item, Found)]
        assert paths == sorted(paths, key=lambda path: path.parts)
        files = [path for path in (top.rglob("*") if recursive else top.glob("*")) if path.is_file()]
        expected = {
            path
            for path in files
            if path.suffix.lower() in EXTENSIONS
            and not any(part.startswith(".") for part in path.relative_to(top).parts)
        }
        assert set(paths) == expected
        assert max(Counter(item.path for item in items).values(), default=1) == 1
