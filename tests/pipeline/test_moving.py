"""Moving finished sources: nothing replaced, nothing lost, whatever the disks are."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gigaam_cli.core.errors import OutputError
from gigaam_cli.core.files import sha256_of
from gigaam_cli.pipeline import moving
from gigaam_cli.pipeline.aside import names_like, put_all_back, set_aside
from gigaam_cli.pipeline.moving import Disposal, Disposer, finished, move
from gigaam_cli.store.store import Store
from gigaam_cli.store.values import Ending, Fingerprint
from tests.cli.drivers import leftovers
from tests.pipeline.rig import Rig

TIME = 1_700_000_000_123_456_700
DIGEST = "digest"


@pytest.fixture
def source(tmp_path: Path) -> Fingerprint:
    return recording(tmp_path / "in" / "talk.wav")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    (tmp_path / "done").mkdir()
    return tmp_path / "done" / "talk.wav"


@pytest.fixture
def elsewhere() -> Iterator[Path]:
    """Return a folder on another file system."""
    shared = Path("/dev/shm")
    if not shared.is_dir() or shared.stat().st_dev == Path(tempfile.gettempdir()).stat().st_dev:
        pytest.skip("needs a second file system at /dev/shm")
    with tempfile.TemporaryDirectory(dir=shared) as folder:
        yield Path(folder)


def recording(path: Path, contents: bytes = b"sound") -> Fingerprint:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(contents)
    os.utime(path, ns=(TIME, TIME))
    return Fingerprint.of(path)


def do(source: Fingerprint, target: Path, *taken: Path) -> Path | None:
    return move(source, target, lambda name: name in taken, lambda: None)


def test_a_file_is_moved_with_its_time(source: Fingerprint, target: Path) -> None:
    assert do(source, target) == target
    assert not source.path.exists()
    assert (target.read_bytes(), target.stat().st_mtime_ns) == (b"sound", TIME)


def test_a_name_that_is_had_or_known_is_left_alone(source: Fingerprint, target: Path) -> None:
    target.write_bytes(b"another")
    second = target.with_name("talk (2).wav")
    assert do(source, target, second) == target.with_name("talk (3).wav")
    assert target.read_bytes() == b"another"
    assert not second.exists()


def test_a_name_that_is_had_by_a_dangling_link(source: Fingerprint, target: Path) -> None:
    target.symlink_to("nowhere")
    assert do(source, target) == target.with_name("talk (2).wav")
    assert target.is_symlink()


def test_a_name_that_is_taken_between_the_look_and_the_deed(source: Fingerprint, target: Path) -> None:
    asked: list[Path] = []

    def taken(name: Path) -> bool:
        asked.append(name)
        if len(asked) == 2:
            name.write_bytes(b"fast")
        return False

    assert move(source, target, taken, lambda: None) == target.with_name("talk (2).wav")
    assert target.read_bytes() == b"fast"


@pytest.mark.parametrize("how", ["link", "copy"])
def test_a_move_that_was_cut_short_is_completed(how: str, source: Fingerprint, target: Path) -> None:
    if how == "link":
        os.link(source.path, target)
    else:
        recording(target)
    assert do(source, target) == target
    assert not source.path.exists()
    assert [path.name for path in target.parent.iterdir()] == ["talk.wav"]


def test_a_like_file_with_other_contents_is_not_taken_for_it(source: Fingerprint, target: Path) -> None:
    recording(target, b"noise")
    assert do(source, target) == target.with_name("talk (2).wav")


@pytest.mark.parametrize("number", [errno.EPERM, errno.EOPNOTSUPP])
def test_a_disk_without_links(
    number: int, source: Fingerprint, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target.write_bytes(b"another")
    monkeypatch.setattr(os, "link", refuse(number))
    assert do(source, target) == target.with_name("talk (2).wav")
    assert target.read_bytes() == b"another"


def test_another_disk(source: Fingerprint, elsewhere: Path) -> None:
    (elsewhere / "talk.wav").write_bytes(b"another")
    moved = elsewhere / "talk (2).wav"
    assert do(source, elsewhere / "talk.wav") == moved
    assert not source.path.exists()
    assert (moved.read_bytes(), moved.stat().st_mtime_ns) == (b"sound", TIME)
    assert leftovers(elsewhere) == []


def test_another_disk_without_links(
    source: Fingerprint, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "link", refuse(errno.EPERM))
    assert do(source, elsewhere / "talk.wav") == elsewhere / "talk.wav"
    assert not source.path.exists()


def test_another_disk_that_is_full(
    source: Fingerprint, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", refuse(errno.ENOSPC))
    with pytest.raises(OSError, match="No space"):
        do(source, elsewhere / "talk.wav")
    assert source.path.read_bytes() == b"sound"
    assert list(elsewhere.iterdir()) == []


def test_a_source_that_changes_while_it_is_copied_stays(source: Fingerprint, elsewhere: Path) -> None:
    def change() -> None:
        source.path.write_bytes(b"other")

    assert move(source, elsewhere / "talk.wav", lambda name: False, change) is None
    assert source.path.read_bytes() == b"other"
    assert list(elsewhere.iterdir()) == []


def test_a_file_that_is_there_already_by_another_path_stays(source: Fingerprint, tmp_path: Path) -> None:
    (tmp_path / "linked").symlink_to(source.path.parent)
    for links in range(2):
        assert do(source, tmp_path / "linked" / "talk.wav") is None
        assert source.path.read_bytes() == b"sound"
        os.link(source.path, tmp_path / f"kept {links}.wav")


def test_one_of_two_names_of_a_file_is_given_up(source: Fingerprint, target: Path) -> None:
    os.link(source.path, target)
    os.link(source.path, source.path.with_name("TALK.wav"))
    assert do(source, target) == target
    assert (source.path.exists(), target.read_bytes()) == (False, b"sound")


@pytest.mark.parametrize("to", ["done", None])
def test_what_is_only_linked_to_is_nobodys_source(to: str | None, tmp_path: Path, store: Store) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    archived = recording(tmp_path / "archive" / "talk.wav")
    (inbox / "2023").symlink_to(archived.path.parent)
    disposer = Disposer(Disposal((inbox,), tmp_path / to if to else None), lambda: None)
    assert disposer.dispose(Fingerprint.of(inbox / "2023" / "talk.wav"), store) is None
    assert archived.path.read_bytes() == b"sound"


def known(file: Fingerprint, store: Store) -> None:
    """Let the store know a recording as it is now."""
    number = store.begin(file, DIGEST, "demo", "onnx")
    store.finish(number, Ending(1.0, 1.0, "wav", "pcm", 0, contents=sha256_of(file.path)), [])


def test_a_watched_folder_may_be_a_link(source: Fingerprint, tmp_path: Path, store: Store) -> None:
    inbox = tmp_path / "inbox"
    inbox.symlink_to(source.path.parent)
    known(Fingerprint.of(inbox / "talk.wav"), store)
    Disposer(Disposal((inbox,), None), lambda: None).dispose(Fingerprint.of(inbox / "talk.wav"), store)
    assert not source.path.exists()


def test_another_recording_of_the_same_name_size_and_time_is_not_deleted(
    source: Fingerprint, store: Store
) -> None:
    """As recorders make them whose clock is dead: it is to be recognised, too."""
    known(source, store)
    disposer = Disposer(Disposal((source.path.parent,), None), lambda: None)
    assert disposer.dispose(source, store) is not None
    other = recording(source.path, b"SOUND")
    assert other == source
    assert disposer.dispose(other, store) is None
    assert other.path.read_bytes() == b"SOUND"
    assert store.recognised(other, DIGEST) is None
    assert [path.name for path in other.path.parent.iterdir()] == ["talk.wav"]


def test_contents_are_compared_anew_each_time(source: Fingerprint, target: Path) -> None:
    recording(target)
    assert do(source, target) == target
    assert do(recording(source.path, b"SOUND"), target) == target.with_name("talk (2).wav")
    assert target.read_bytes() == b"sound"
    assert target.with_name("talk (2).wav").read_bytes() == b"SOUND"


def test_what_was_set_aside_behind_a_link_gets_its_name_back(source: Fingerprint, tmp_path: Path) -> None:
    hidden = tmp_path / ".data"
    source.path.parent.rename(hidden)
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "rec").symlink_to(hidden)
    (hidden / "back").symlink_to(inbox)
    aside = hidden / ".gigaam-aside-0123456789abcdef"
    aside.mkdir()
    (hidden / "talk.wav").rename(aside / "talk.wav")
    put_all_back(inbox, recursive=True)
    assert (hidden / "talk.wav").read_bytes() == b"sound"


def test_a_move_that_nobody_booked_is_found_behind_a_name_that_is_known(
    source: Fingerprint, target: Path, store: Store
) -> None:
    """The archived recording of that name was removed by its owner."""
    known(source, store)
    gone = Fingerprint(target, 1, 1)
    store.begin(gone, DIGEST, "demo", "onnx")
    source.path.rename(target.with_name("talk (2).wav"))
    Disposer(Disposal((source.path.parent,), target.parent), lambda: None).recover(store)
    assert store.fingerprint(target.with_name("talk (2).wav")) is not None


def test_a_folder_that_is_closed_is_found_out_before_anything_is_touched(
    source: Fingerprint, target: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda *_arguments, **_options: False)
    with pytest.raises(OutputError):
        Disposer(Disposal((source.path.parent,), target.parent), lambda: None).dispose(source, store)
    assert [path.name for path in source.path.parent.iterdir()] == ["talk.wav"]


def test_a_folder_that_was_removed_is_made_again(source: Fingerprint, target: Path, store: Store) -> None:
    disposer = Disposer(Disposal((source.path.parent,), target.parent), lambda: None)
    disposer.dispose(source, store)
    target.unlink()
    target.parent.rmdir()
    disposer.dispose(recording(source.path), store)
    assert [path.name for path in target.parent.iterdir()] == ["talk.wav"]


def test_what_a_killed_copy_left_is_removed(source: Fingerprint, target: Path, store: Store) -> None:
    leftover = target.parent / ".gigaam-4194999-abcdef.tmp"
    leftover.write_bytes(b"half")
    Disposer(Disposal((source.path.parent,), target.parent), lambda: None).dispose(source, store)
    assert [path.name for path in target.parent.iterdir()] == ["talk.wav"]


def refuse(number: int):  # type: ignore[no-untyped-def]
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


# --- mishaps in between -------------------------------------------------------------------------------------


def test_a_file_that_is_there_already_by_a_path_that_does_not_show_it_stays(
    source: Fingerprint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a server's disk that is mounted twice."""
    monkeypatch.setattr(moving, "is_one_entry", lambda path, other: False)
    (tmp_path / "linked").symlink_to(source.path.parent)
    assert do(source, tmp_path / "linked" / "talk.wav") is None
    assert contents(source.path.parent) == {"talk.wav": b"sound"}


def test_what_is_set_aside_gets_its_name_back_or_one_like_it(source: Fingerprint) -> None:
    folder = source.path.parent
    with set_aside(source) as aside:
        assert aside is not None
        assert not source.path.exists()
    assert contents(folder) == {"talk.wav": b"sound"}
    with set_aside(source):
        source.path.write_bytes(b"fast")
    assert contents(folder) == {"talk.wav": b"fast", "talk (2).wav": b"sound"}
    with set_aside(source) as aside:
        assert aside is None, "it is another one"
    assert contents(folder) == {"talk.wav": b"fast", "talk (2).wav": b"sound"}


def test_what_is_gone_cannot_be_set_aside(source: Fingerprint) -> None:
    source.path.unlink()
    with set_aside(source) as aside:
        assert aside is None
    assert list(source.path.parent.iterdir()) == []


def test_a_name_as_long_as_can_be_is_set_aside(tmp_path: Path) -> None:
    file = recording(tmp_path / ("x" * 251 + ".wav"))
    with set_aside(file) as aside:
        assert aside is not None
    assert contents(tmp_path) == {file.path.name: b"sound"}


@pytest.mark.parametrize("recursive", [True, False])
def test_what_was_left_aside_is_put_back(recursive: bool, tmp_path: Path) -> None:
    for place in ("", "deep/"):
        for number in range(2):
            left = tmp_path / f"{place}.gigaam-aside-{number}"
            left.mkdir(parents=True)
            recording(left / "talk.wav", b"%d" % number)
    os.link(tmp_path / ".gigaam-aside-0" / "talk.wav", tmp_path / "talk.wav")
    put_all_back(tmp_path, recursive)
    assert contents(tmp_path) == {"talk.wav": b"0", "talk (2).wav": b"1"}
    assert len(contents(tmp_path / "deep")) == 2 * recursive


posix = pytest.mark.skipif(os.name == "nt", reason="needs fork")


def each_step(mishap: str, targets: Path | None, folder: Path) -> list[Path]:
    """Let something go wrong before each step of a disposal; return the folders in which that was."""
    folder.mkdir()
    command = [sys.executable, "-m", "tests.fakes.interrupted", mishap, str(targets or "-"), str(folder)]
    subprocess.run(command, check=True, timeout=60, cwd=Path(__file__).parents[2])
    folders = sorted(folder.iterdir(), key=lambda path: int(path.name))
    assert len(folders) >= 4
    return folders


@posix
@pytest.mark.parametrize("disk", ["same", "other", "without-links"])
def test_a_move_that_was_killed_at_any_step_is_completed(
    disk: str, tmp_path: Path, store: Store, request: pytest.FixtureRequest
) -> None:
    targets = request.getfixturevalue("elsewhere") if disk == "other" else tmp_path / "done"
    mishap = "kill-without-links" if disk == "without-links" else "kill"
    for folder in each_step(mishap, targets, tmp_path / "sources"):
        source, target = folder / "in" / "talk.wav", targets / folder.name / "talk.wav"
        put_all_back(source.parent, recursive=True)
        assert source.exists() or target.exists()
        if source.exists():
            file = Fingerprint.of(source)
            Disposer(Disposal((source.parent,), target.parent), lambda: None).dispose(file, store)
        assert contents(source.parent) == {}
        assert contents(target.parent) == {"talk.wav": b"sound"}


@posix
def test_a_deletion_that_was_killed_at_any_step_is_undone_or_whole(tmp_path: Path) -> None:
    for folder in each_step("kill", None, tmp_path / "sources"):
        put_all_back(folder / "in", recursive=True)
        assert contents(folder / "in") in ({"talk.wav": b"sound"}, {})


@posix
@pytest.mark.parametrize("disk", ["same", "other", "none"])
def test_a_newcomer_that_takes_the_name_at_any_step_is_kept(
    disk: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    targets = request.getfixturevalue("elsewhere") if disk == "other" else tmp_path / "done"
    targets = None if disk == "none" else targets
    free = 0
    for folder in each_step("arrive", targets, tmp_path / "sources")[:-1]:
        assert contents(folder / "in").get("talk.wav") == b"another sound"
        moved = contents(targets / folder.name) if targets else {}
        assert set(moved.values()) <= {b"sound"}
        if targets and (folder / "free").exists():
            free += 1
            assert b"sound" in {*moved.values(), *contents(folder / "in").values()}
    assert free or not targets


def contents(folder: Path) -> dict[str, bytes]:
    """Return what is in a folder; nothing hidden may be there."""
    files = list(folder.iterdir()) if folder.exists() else []
    assert not [path for path in files if path.name.startswith(".gigaam-") and path.is_file()]
    return {path.name: path.read_bytes() for path in files if path.is_file()}


# --- names --------------------------------------------------------------------------------------------------


def test_names_have_counters() -> None:
    names = [path.name for path in islice(names_like(Path("/in/talk.wav")), 3)]
    assert names == ["talk.wav", "talk (2).wav", "talk (3).wav"]


@given(
    st.text(st.characters(blacklist_characters="/\0", blacklist_categories=["Cs"]), min_size=1, max_size=250)
)
def test_names_fit_and_differ(stem: str) -> None:
    path = Path("/in") / f"{stem}.wav"
    names = list(islice(names_like(path), 1, 12))
    assert len(set(names)) == len(names)
    assert all(len(os.fsencode(name.name)) <= 255 and name.suffix == ".wav" for name in names)
    assert {name.parent for name in names} == {path.parent}


# --- which are finished -------------------------------------------------------------------------------------


def test_a_recording_with_all_its_texts_is_finished(rig: Rig) -> None:
    path = rig.record("talk.wav", 2)
    (result,) = rig.run().report.results
    assert finished(path, result.outputs, DIGEST, rig.store) == Fingerprint.of(path)
    assert finished(path, (), DIGEST, rig.store) is None
    assert finished(path, result.outputs, "another model", rig.store) is None
    os.utime(path, (1, 1))
    assert finished(path, result.outputs, DIGEST, rig.store) is None, "it is another one by now"
    path.unlink()
    assert finished(path, result.outputs, DIGEST, rig.store) is None


def test_a_link_is_never_finished(rig: Rig, tmp_path: Path) -> None:
    path = rig.record("talk.wav", 2)
    real = path.rename(tmp_path / "real.wav")
    path.symlink_to(real)
    (result,) = rig.run().report.results
    assert result.status == "done"
    assert finished(path, result.outputs, DIGEST, rig.store) is None
