"""Moving finished sources: nothing replaced, nothing lost, whatever the disks are."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gigaam_cli.pipeline import moving
from gigaam_cli.pipeline.moving import Disposal, Disposer, finished, move, names_like
from gigaam_cli.store.store import Store
from gigaam_cli.store.values import Fingerprint
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


def test_a_name_that_is_taken_between_the_look_and_the_deed(
    source: Fingerprint, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "_is_the_same", lambda file, name: bool(name.write_bytes(b"fast")) and False)
    monkeypatch.setattr(os.path, "lexists", lambda name: False)
    names: list[Path] = []

    def taken(name: Path) -> bool:
        names.append(name)
        if len(names) == 3:
            name.unlink()
        return False

    assert move(source, target, taken, lambda: None) == target.with_name("talk (3).wav")
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


def test_a_watched_folder_may_be_a_link(source: Fingerprint, tmp_path: Path, store: Store) -> None:
    inbox = tmp_path / "inbox"
    inbox.symlink_to(source.path.parent)
    Disposer(Disposal((inbox,), None), lambda: None).dispose(Fingerprint.of(inbox / "talk.wav"), store)
    assert not source.path.exists()


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
