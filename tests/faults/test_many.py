"""Many files: soaks, folders where everything fails or is done already, and trees of a hundred thousand names."""

from __future__ import annotations

import contextlib
import json
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.cli.drivers import BASE, COMMAND
from tests.conftest import encode
from tests.faults.conftest import MakeScene
from tests.faults.invariants import Ran, Scene, peak_of, prints

linux_only = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts as Linux shows it")
FEW, MANY = 40, pytest.param(1000, marks=pytest.mark.slow)
MOST_GROWTH_KIB = 8_000


@dataclass
class Soaked:
    """A run over many short recordings, and what it held meanwhile, a sample every so often."""

    scene: Scene
    count: int
    ran: Ran
    memory: list[int] = field(default_factory=list)
    descriptors: list[int] = field(default_factory=list)
    zombies: list[int] = field(default_factory=list)


@pytest.fixture(scope="module", params=[FEW, MANY])
def soaked(request: pytest.FixtureRequest, make_scene: MakeScene) -> Soaked:
    scene, count = make_scene("soak"), int(request.param)
    scene.patience += count
    short = encode(BASE, scene.home / "short.ogg", "-t", "1.2", "-c:a", "libvorbis")
    scene.copy(*(f"{number:04}.ogg" for number in range(count)), source=short)
    soaked = Soaked(scene, count, Ran(-1, "", "", (), 0, 0))
    before, over = prints(scene.inputs), threading.Event()
    watcher = threading.Thread(target=watch, args=(soaked, over))
    watcher.start()
    try:
        soaked.ran = scene._finish([*COMMAND, *scene.command("-F", "txt")], scene.variables())
    finally:
        over.set()
        watcher.join()
    scene.check(soaked.ran, before)
    return soaked


def watch(soaked: Soaked, over: threading.Event) -> None:
    """Look at the program until it is over; its report tells how far it is."""
    report, state = soaked.scene.home / "report.jsonl", str(soaked.scene.state)
    process = None
    while not over.wait(0.05):
        with contextlib.suppress(OSError):  # not there yet, or not any more
            process = process or find(state)
            # Before that everything is still being loaded.
            if process is not None and report.read_bytes().count(b"\n") >= soaked.count // 10:
                look(soaked, process)


def find(state: str) -> Path | None:
    """Return the folder in /proc of the program whose state is kept there."""
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            command, variables = ((folder / name).read_bytes() for name in ("cmdline", "environ"))
            if b"gigaam_cli" in command and state.encode() in variables:
                return folder
    return None


def look(soaked: Soaked, process: Path) -> None:
    lines = [line for line in (process / "status").read_text().splitlines() if line.startswith("VmRSS")]
    if not lines:  # it has just ended
        return
    children = [
        Path("/proc") / child for child in (process / "task" / process.name / "children").read_text().split()
    ]
    soaked.memory.append(int(lines[0].split()[1]))
    soaked.descriptors.append(len(list((process / "fd").iterdir())))
    soaked.zombies.append(
        sum((child / "stat").read_text().rpartition(")")[2].split()[0] == "Z" for child in children)
    )


@linux_only
def test_many_files_take_no_more_memory_descriptors_or_processes(soaked: Soaked) -> None:
    assert (soaked.ran.code, len(soaked.ran.of("done"))) == (0, soaked.count)
    half = len(soaked.memory) // 2
    assert half > 3, "it was looked at often enough"
    assert max(soaked.memory[half:]) - max(soaked.memory[:half]) < MOST_GROWTH_KIB
    assert max(soaked.descriptors[half:]) <= max(soaked.descriptors[:half]) + 4
    assert max(soaked.zombies) <= 4, "of those that run at once, each may just be taken note of"
    texts = {path.read_bytes() for path in soaked.scene.texts.iterdir()}
    assert len(texts) == 1


@linux_only
def test_where_all_of_them_are_done_a_run_takes_two_seconds_at_most(soaked: Soaked) -> None:
    """Of the processor's time: others may be at work here, too."""
    again = soaked.scene.run("-F", "txt")
    assert (again.code, len(again.names("skipped"))) == (0, soaked.count)
    assert again.busy < 2


def test_where_every_file_fails_the_code_is_1(scene: Scene) -> None:
    for number in range(30):
        scene.put(f"{number}.mp3", b"" if number % 2 else b"nothing to hear in here")
    ran = scene.run()
    assert (ran.code, len(ran.of("failed"))) == (1, 30)
    assert not scene.texts.exists()


def test_where_nothing_matches_the_code_is_3(scene: Scene) -> None:
    scene.copy("a.wav")
    scene.put("notes.doc", b"no sound")
    ran = scene.run("--include", "*.mp3")
    assert ran.code == 3
    assert "[nothing_included]" in ran.err
    assert scene.run(inputs=[scene.inputs / "nowhere"]).code == 1


@pytest.mark.parametrize(
    "count", [1000, pytest.param(100_000, marks=[pytest.mark.slow, pytest.mark.timeout(1800)])]
)
def test_work_starts_soon_in_a_huge_tree_and_memory_stays_small(count: int, scene: Scene) -> None:
    """Empty files: what costs is their number."""
    for number in range(count):
        path = scene.inputs / f"{number // 1000:03}" / f"{number:06}.mp3"
        path.parent.mkdir(exist_ok=True)
        path.touch()
    began, report = time.monotonic(), scene.home / "report.jsonl"
    command = [*COMMAND, *scene.command("-F", "txt", "--progress", "none")]
    with (
        (scene.home / "out").open("wb") as out,
        subprocess.Popen(command, env=scene.variables(), stdout=out, stderr=subprocess.DEVNULL) as program,
    ):
        try:
            while not (report.exists() and report.stat().st_size):
                assert program.poll() is None
                assert time.monotonic() - began < 10, "the first result is late"
                time.sleep(0.02)
            with peak_of(program.pid) as peak:
                program.wait()
        finally:
            if program.returncode is None:
                program.kill()
    told = [json.loads(line) for line in report.read_text().splitlines()]
    assert len({line["path"] for line in told if line["kind"] == "file"}) == count
    assert {line["reason"] for line in told if line["kind"] == "file"} == {"empty_file"}
    assert 0 < peak[0] < 250_000 + count * 4, "4 KB a file"
