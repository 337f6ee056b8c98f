"""Publishing: all of a recording's files or none, whole or not at all, and nobody else's lost."""

from __future__ import annotations

import errno
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gigaam_cli.core.errors import DiskFullError, OutputError, OutputExistsError
from gigaam_cli.writers.publish import Published, Publisher
from tests.fakes.disk import Faults
from tests.fakes.users import readable_folder, run_as_nobody

ERRORS = [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EACCES, errno.EROFS]


def nobodys(path: Path) -> bool:
    return False


def ours(path: Path) -> bool:
    return True


def contents(folder: Path) -> dict[str, str]:
    """Everything below ``folder``, temporary files too."""
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def three(folder: Path, text: str) -> dict[Path, str]:
    return {folder / name: f"{text} {name}\n" for name in ("a.txt", "a.srt", "a.json")}


def named(texts: dict[Path, str]) -> dict[str, str]:
    return {path.name: text for path, text in texts.items()}


# --- what is written ----------------------------------------------------------------------------------------


def test_texts_are_written_as_they_are(tmp_path: Path) -> None:
    texts = {
        tmp_path / "a.txt": "ё «—» 🎤\n",
        tmp_path / "x" / "y" / "b.txt": "",
        tmp_path / "c.txt": "1\r\n2\n",
    }
    published = Publisher(nobodys).publish(texts)
    assert [file.path for file in published] == list(texts)
    for file in published:
        assert file.path.read_bytes() == texts[file.path].encode()
        status = file.path.stat()
        checksum = hashlib.sha256(texts[file.path].encode()).hexdigest()
        assert file == Published(file.path, status.st_size, status.st_mtime_ns, checksum)
    assert len(contents(tmp_path)) == 3


def test_files_have_the_permissions_that_the_user_asked_for(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        Publisher(nobodys).publish({tmp_path / "a.txt": ""})
    finally:
        os.umask(before)
    assert (tmp_path / "a.txt").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("name", ["a\nb.txt", os.fsdecode(b"\xff.txt"), "x" * 255, "%s.txt", "-a.txt"])
def test_names_are_taken_as_they_are(tmp_path: Path, name: str) -> None:
    Publisher(nobodys).publish({tmp_path / name: "text"})
    assert os.listdir(tmp_path) == [name]  # noqa: PTH208 - names alone are what is wanted


def test_every_file_is_written_before_the_first_is_placed(tmp_path: Path) -> None:
    faults = Faults()
    Publisher(nobodys, fault=faults).publish(three(tmp_path, "new"))
    kinds = [step for step, _ in faults.steps]
    assert kinds == ["write", "fsync"] * 3 + ["rename"] * 3


def test_a_file_is_whole_on_the_disk_before_it_gets_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[int, list[str]]] = []
    monkeypatch.setattr(
        os,
        "fsync",
        lambda number: synced.append(
            (os.fstat(number).st_size, [path.name for path in tmp_path.glob("a.*")])
        ),
    )
    Publisher(nobodys).publish({tmp_path / "a.txt": "text", tmp_path / "a.srt": "text\n"})
    assert synced[:2] == [(4, []), (5, [])]
    assert len(synced) == 3, "the folder too"


def test_what_will_be_there_is_announced_before_anything_is(tmp_path: Path) -> None:
    announced: list[tuple[tuple[Published, ...], list[str]]] = []
    published = Publisher(nobodys).publish(
        three(tmp_path, "new"),
        lambda files: announced.append((files, [path.name for path in tmp_path.glob("a.*")])),
    )
    assert announced == [(published, [])]


def test_nothing_is_published_that_cannot_be_announced(tmp_path: Path) -> None:
    def refuse(files: tuple[Published, ...]) -> None:
        raise KeyError

    with pytest.raises(KeyError):
        Publisher(nobodys).publish(three(tmp_path, "new"), refuse)
    assert contents(tmp_path) == {}


# --- somebody else's files ----------------------------------------------------------------------------------


def test_a_file_of_somebody_else_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "a.srt").write_text("mine")
    with pytest.raises(OutputExistsError) as caught:
        Publisher(nobodys).publish(three(tmp_path, "new"))
    assert caught.value.values["path"] == tmp_path / "a.srt"
    assert contents(tmp_path) == {"a.srt": "mine"}


@pytest.mark.parametrize("kind", ["dangling", "folder"])
def test_nor_a_link_or_folder_of_somebody_else(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "a.srt"
    if kind == "dangling":
        target.symlink_to(tmp_path / "nowhere")
    else:
        target.mkdir()
    with pytest.raises(OutputExistsError):
        Publisher(nobodys).publish(three(tmp_path, "new"))
    assert os.listdir(tmp_path) == ["a.srt"]  # noqa: PTH208
    assert target.is_symlink() == (kind == "dangling")


def test_not_even_one_that_appears_at_the_last_moment(tmp_path: Path) -> None:
    faults = Faults(fail_at=8, meddle=lambda: (tmp_path / "a.srt").write_text("mine"))
    with pytest.raises(OutputExistsError):
        Publisher(nobodys, fault=faults).publish(three(tmp_path, "new"))
    assert faults.steps[-1] == ("rename", "a.srt")
    assert contents(tmp_path) == {"a.srt": "mine"}


def refuse_links(*_: object, **__: object) -> None:
    raise OSError(errno.EPERM, "no hard links here")


def test_without_hard_links_it_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "link", refuse_links)
    Publisher(nobodys).publish(three(tmp_path, "new"))
    assert contents(tmp_path) == dict(sorted(named(three(tmp_path, "new")).items()))
    with pytest.raises(OutputExistsError):
        Publisher(nobodys).publish(three(tmp_path, "newer"))
    Publisher(ours).publish(three(tmp_path, "newest"))
    assert contents(tmp_path) == dict(sorted(named(three(tmp_path, "newest")).items()))


def test_overwrite_replaces_whatever_is_there(tmp_path: Path) -> None:
    (tmp_path / "a.srt").write_text("mine")
    Publisher(nobodys, overwrite=True).publish(three(tmp_path, "new"))
    assert contents(tmp_path) == dict(sorted(named(three(tmp_path, "new")).items()))


def test_but_not_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a.srt").mkdir()
    (tmp_path / "a.txt").write_text("mine")
    with pytest.raises(OutputError):
        Publisher(nobodys, overwrite=True).publish(three(tmp_path, "new"))
    assert contents(tmp_path) == {"a.txt": "mine"}


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("mine")
    (tmp_path / "a.txt").symlink_to(tmp_path / "notes")
    Publisher(nobodys, overwrite=True).publish({tmp_path / "a.txt": "new"})
    assert contents(tmp_path) == {"a.txt": "new", "notes": "mine"}
    assert not (tmp_path / "a.txt").is_symlink()


def test_our_own_files_are_replaced(tmp_path: Path) -> None:
    for text in ("old", "new"):
        Publisher(ours).publish(three(tmp_path, text))
    assert contents(tmp_path) == dict(sorted(named(three(tmp_path, "new")).items()))


def test_what_is_ours_is_asked_when_the_file_is_placed(tmp_path: Path) -> None:
    """The user may edit a file between the beginning and the end of a run."""
    Publisher(nobodys).publish(three(tmp_path, "old"))
    edited: set[str] = set()
    faults = Faults(fail_at=7, meddle=lambda: edited.add("a.srt"))
    with pytest.raises(OutputExistsError):
        Publisher(lambda path: path.name not in edited, fault=faults).publish(three(tmp_path, "new"))
    assert contents(tmp_path)["a.srt"] == "old a.srt\n"


# --- a disk that fails --------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", ERRORS, ids=lambda number: errno.errorcode[number])
@pytest.mark.parametrize("step", range(1, 10))
def test_a_failure_at_any_step_leaves_nothing(tmp_path: Path, step: int, number: int) -> None:
    (tmp_path / "other.txt").write_text("mine")
    with pytest.raises(OutputError) as caught:
        Publisher(nobodys, fault=Faults(step, number)).publish(three(tmp_path, "new"))
    assert contents(tmp_path) == {"other.txt": "mine"}
    full = number in (errno.ENOSPC, errno.EDQUOT)
    assert isinstance(caught.value, DiskFullError) == full
    assert os.strerror(number) in str(caught.value)


@pytest.mark.parametrize("links", [True, False])
@pytest.mark.parametrize("step", range(1, 10))
def test_a_failure_at_any_step_leaves_the_old_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int, links: bool
) -> None:
    """All are the new ones, or all are the old ones, as they were: their times tell whose they are."""
    if not links:
        monkeypatch.setattr(os, "link", refuse_links)
    old = three(tmp_path, "old")
    del old[tmp_path / "a.json"]
    before = Publisher(nobodys).publish(old)
    with pytest.raises(DiskFullError):
        Publisher(ours, fault=Faults(step)).publish(three(tmp_path, "new"))
    assert contents(tmp_path) == dict(sorted(named(old).items()))
    for file in before:
        status = file.path.stat()
        assert (status.st_size, status.st_mtime_ns) == (file.size, file.mtime_ns)


@pytest.mark.parametrize("step", [1, 2, 3])
def test_a_full_disk_is_told_with_path_and_size(tmp_path: Path, step: int) -> None:
    with pytest.raises(DiskFullError) as caught:
        Publisher(nobodys, fault=Faults(step)).publish({tmp_path / "a.txt": "ёж\n"})
    assert caught.value.values["path"] == tmp_path / "a.txt"
    assert caught.value.values["size"] == 5


def test_text_that_is_no_utf8_is_no_reason_to_fail_differently(tmp_path: Path) -> None:
    with pytest.raises(DiskFullError):
        Publisher(nobodys, fault=Faults(1)).publish({tmp_path / "a.txt": "\udcff"})


def test_a_folder_that_cannot_be_made_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError):
        Publisher(nobodys).publish({tmp_path / "file" / "a.txt": "text"})


WRITE = """
import sys
from pathlib import Path
from gigaam_cli.writers.publish import Publisher
try:
    Publisher(lambda path: False).publish({Path(sys.argv[1]) / "a.txt": "text"})
except Exception as error:
    print(type(error).__name__, error)
"""


@pytest.mark.root
def test_a_folder_that_may_not_be_written_to() -> None:
    with readable_folder() as folder:
        said = run_as_nobody(WRITE, str(folder))
        assert said.startswith("OutputError")
        assert "Permission denied" in said
        assert contents(folder) == {}


# --- what earlier runs left behind --------------------------------------------------------------------------


def dead_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait(30)
    return process.pid


def test_leftovers_of_dead_processes_are_removed(tmp_path: Path) -> None:
    folder = tmp_path / "x"
    folder.mkdir()
    (folder / f".gigaam-{dead_process()}-0a1b2c3d.tmp").write_text("half")
    Publisher(nobodys).publish({folder / "a.txt": "text"})
    assert contents(tmp_path) == {"x/a.txt": "text"}


@pytest.mark.parametrize(
    "name", [".gigaam-1-0a1b2c3d.tmp", ".gigaam-{own}-0a.tmp", ".gigaam-notes.tmp", "1.tmp"]
)
def test_what_may_be_anothers_work_is_kept(tmp_path: Path, name: str) -> None:
    """Process 1 lives, this one does too, and other names are not ours."""
    kept = tmp_path / name.format(own=os.getpid())
    kept.write_text("half")
    Publisher(nobodys).publish({tmp_path / "a.txt": "text"})
    assert kept.exists()


def test_two_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    inner = Publisher(nobodys)
    faults = Faults(fail_at=2, meddle=lambda: inner.publish({tmp_path / "b.txt": "b"}))
    Publisher(nobodys, fault=faults).publish({tmp_path / "a.txt": "a"})
    assert contents(tmp_path) == {"a.txt": "a", "b.txt": "b"}


KILLED = """
import os, sys
from pathlib import Path
from gigaam_cli.writers.publish import Publisher
count = 0
def fault(step, path):
    global count
    count += 1
    if count == int(sys.argv[2]):
        os._exit(9)
folder = Path(sys.argv[1])
Publisher(lambda path: True, fault=fault).publish({folder / "a.txt": "new", folder / "b.txt": "new"})
"""


@pytest.mark.parametrize("step", range(1, 7))
def test_nothing_is_torn_when_the_process_is_killed(tmp_path: Path, step: int) -> None:
    old = {tmp_path / "a.txt": "old", tmp_path / "b.txt": "old"}
    Publisher(nobodys).publish(old)
    finished = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path), str(step)], check=False, timeout=30
    )
    assert finished.returncode == 9
    assert {(tmp_path / name).read_text() for name in ("a.txt", "b.txt")} <= {"old", "new"}
    Publisher(ours).publish(dict.fromkeys(old, "newest"))
    assert contents(tmp_path) == {"a.txt": "newest", "b.txt": "newest"}
