"""Disks that fill up, under the texts and under the store, and what is on the disk when a text has its name."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gigaam_cli.core.errors import DiskFullError
from gigaam_cli.store.store import Store
from tests.cli.drivers import BASE_TEXT, COMMAND
from tests.faults.invariants import Scene, prints
from tests.pipeline.rig import Rig, assert_each_input_once


@contextmanager
def small_disk(folder: Path, options: str = "size=1m") -> Iterator[Path]:
    """Put a small disk at ``folder``; skips the test where that cannot be done."""
    if os.name == "nt" or os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("needs root rights to mount a small disk")
    folder.mkdir(parents=True, exist_ok=True)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=False).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def fill_up(disk: Path, leave: int = 0) -> Path:
    """Write to a disk until only ``leave`` bytes are free; return the file that takes the room."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
        file.write(bytes(max(0, free - leave)))
    return filler


@pytest.mark.root
def test_a_full_disk_under_the_texts_is_5_and_the_next_run_completes(scene: Scene) -> None:
    """With bytes enough, so that it shows only when the second text of a recording is written."""
    scene.copy("a.wav", "b.wav")
    with small_disk(scene.texts, "size=1m,nr_inodes=2") as disk:
        ran = scene.run("--progress", "plain")
        assert ran.code == 5
        assert re.search(rf"no room for {disk}/\w+\.txt \(\d+ bytes\): No space left on device", ran.err)
        subprocess.run(["mount", "-o", "remount,nr_inodes=100", disk], check=True)
        again = scene.run()
        assert again.code == 0
        assert scene.text("a.txt") == scene.text("b.txt") == BASE_TEXT


@pytest.mark.root
def test_a_disk_without_room_for_the_shortest_texts_is_refused_before_any_work(scene: Scene) -> None:
    scene.copy("a.wav", "b.wav")
    with small_disk(scene.texts) as disk:
        filler = fill_up(disk, leave=4096)
        scene.theirs.add(filler)
        ran = scene.run("--progress", "plain")
        assert ran.code == 5
        assert re.search(rf"no room for the texts in {disk}: they need \d+ bytes, and 4096 are free", ran.err)
        filler.unlink()
        assert scene.run().code == 0


@pytest.mark.root
def test_a_full_disk_under_the_store_is_told_and_the_next_run_completes(scene: Scene) -> None:
    scene.copy("a.wav", "b.wav")
    with small_disk(scene.state) as disk:
        filler = fill_up(disk, leave=200_000)
        began = scene.run("-F", "txt", inputs=[scene.inputs / "a.wav"])
        assert began.code == 0
        filler.unlink()
        fill_up(disk)
        ran = scene.run("-F", "txt")
        assert ran.code in (4, 5)
        assert "state.db" in ran.err
        filler.unlink()
        again = scene.run("-F", "txt")
        assert again.code == 0
        assert scene.text("a.txt") == scene.text("b.txt") == BASE_TEXT


def limit(store: Store, pages: int | None) -> None:
    """Let a store take so many more pages and no more; None for as many as it likes."""
    connection = store._db.connection
    (there,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {2**30 if pages is None else there + pages}")


def test_a_store_that_is_full_again_and_again(rig: Rig) -> None:
    """With room for a page more than the last run had: every run ends in good order, and the last one completes."""
    paths = rig.record_some(3, 60)
    before, full = prints(rig.folder), 0
    for pages in range(100):
        limit(rig.store, pages)
        try:
            outcome = rig.run()
        except DiskFullError:  # before there was anything to do
            full += 1
            continue
        finally:
            limit(rig.store, None)
        assert_each_input_once(outcome, paths)
        published = [path.name for path in paths if (rig.folder / f"{path.stem}.txt").exists()]
        rig.assert_published(*published)
        if outcome.report.fatal is None:
            break
        assert isinstance(outcome.report.fatal, DiskFullError)
        full += 1
    assert full > 2, "there was room for everything from the beginning"
    assert published == [path.name for path in paths]
    assert {path: content for path, content in prints(rig.folder).items() if path in before} == before


TRACED = "trace=creat,write,pwrite64,writev,fsync,fdatasync,link,linkat,rename,renameat,renameat2"


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
def test_a_text_gets_its_name_only_when_all_of_it_is_on_the_disk(scene: Scene) -> None:
    """As the system sees it: written, then synced, then linked or renamed, with nothing written afterwards."""
    scene.copy("a.wav", "b.wav")
    log = scene.home / "strace"
    traced = ("strace", "-f", "--seccomp-bpf", "-y", "-qq", "-s", "0", "-e", TRACED, "-o", str(log))
    if subprocess.run([*traced[:-1], os.devnull, "true"], check=False, capture_output=True).returncode:
        pytest.skip("this system lets nobody trace")
    assert scene.run("-F", "txt,srt,json", program=(*traced, *COMMAND)).code == 0
    steps: dict[str, list[str]] = {}
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        call = re.sub(r"^\d+ +|\(.*", "", line)
        for path in set(re.findall(rf"{scene.texts}/([^\">]+)", line)):
            steps.setdefault(path, []).append(call)
    names = {f"{stem}.{suffix}" for stem in "ab" for suffix in ("txt", "srt", "json")}
    assert names <= set(steps)
    for name in names:
        assert set(steps[name]) <= {"link", "linkat", "rename", "renameat", "renameat2"}, name
    temporary = {path: calls for path, calls in steps.items() if path.startswith(".gigaam-")}
    assert len(temporary) == len(names)
    for path, (*written, synced, named) in temporary.items():
        assert set(written) == {"write"}, path
        assert synced in ("fsync", "fdatasync"), path
        assert named.startswith(("link", "rename")), path
