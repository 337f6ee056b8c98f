"""Signals in the middle of a run: each input is told of once, and the next run makes the missing texts."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.drivers import COMMAND, ffmpeg_processes, repeated, soon
from tests.conftest import DATA
from tests.faults.conftest import MakeScene
from tests.faults.invariants import Ran, Scene, patched, prints

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals as POSIX has them")

FORMATS = ("-F", "txt,json")
ENDINGS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}

# Takes a while for each segment, so that there is time for a signal.
SLOW = """
import time
from gigaam_cli.engines.onnx import OnnxEngine
recognise = OnnxEngine.recognise
OnnxEngine.recognise = lambda engine, batch: time.sleep(0.15) or recognise(engine, batch)
"""
# A temporary file of a process whose number is larger than any that Linux gives.
NOBODYS = ".gigaam-9999999-0123abcd.tmp"
# What a shell without job control starts in the background ignores SIGINT: this undoes it.
HEEDING = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])
"""


def fill(scene: Scene) -> None:
    scene.copy("a.wav")
    scene.put("broken.mp3", b"no sound at all")
    for number in range(2):
        scene.copy(f"long_{number}.ogg", source=DATA / "joined.ogg")
    repeated(scene.inputs / "longest.wav", 48)


@pytest.fixture(scope="module")
def undisturbed(make_scene: MakeScene) -> dict[str, bytes]:
    """Return the texts of a run that nothing happens to."""
    scene = make_scene("undisturbed")
    fill(scene)
    assert scene.run(*FORMATS).code == 1
    return texts(scene)


def texts(scene: Scene) -> dict[str, bytes]:
    return {path.name: content for path, (_, content) in prints(scene.texts).items()}


def disturbed(scene: Scene, *numbers: signal.Signals) -> Ran:
    """Run, send signals as soon as the first text is there, and check what must hold."""
    before = prints(scene.inputs)
    waits = f"while ! ls {shlex.quote(str(scene.texts))}/*.json >/dev/null 2>&1; do sleep 0.02; done"
    kills = "; ".join(f"kill -{number} $program; sleep 0.2" for number in numbers)
    script = f'"$@" & program=$!; {waits}; {kills}; wait $program; exit $?'
    command = [*patched(SLOW), *scene.command(*FORMATS, "--threads", "1")]
    shell = ["bash", "-c", script, "bash", sys.executable, "-c", HEEDING, *command]
    ran = scene._finish(shell, scene.variables())
    scene.check(ran, before)
    return ran


@pytest.mark.parametrize(
    "number",
    [
        signal.SIGTERM,
        *(pytest.param(number, marks=pytest.mark.slow) for number in (signal.SIGINT, signal.SIGHUP)),
    ],
    ids=lambda number: number.name,
)
def test_a_signal_keeps_what_is_finished_and_the_next_run_makes_the_rest(
    number: signal.Signals, scene: Scene, undisturbed: dict[str, bytes]
) -> None:
    fill(scene)
    ran = disturbed(scene, number)
    assert ran.code == ENDINGS[number]
    assert ran.names("done"), "something was finished"
    assert ran.names("skipped"), "something was not"
    assert texts(scene).items() <= undisturbed.items()
    assert scene.run(*FORMATS).code == 1
    assert texts(scene) == undisturbed


def test_a_reader_of_stdout_that_goes_away_ends_the_run_quietly(scene: Scene) -> None:
    fill(scene)
    before = prints(scene.inputs)
    program = subprocess.Popen(
        [*COMMAND, "transcribe", str(scene.inputs), "-o", "-", "-q"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=scene.variables(),
    )
    assert program.stdout is not None
    assert program.stderr is not None
    assert program.stdout.read(10)
    program.stdout.close()
    said = program.stderr.read().decode()
    assert program.wait(60) == 141
    assert "Traceback" not in said
    assert prints(scene.inputs) == before
    assert soon(lambda: not ffmpeg_processes(scene.home))


def test_a_second_signal_ends_at_once(scene: Scene) -> None:
    """...with what was published before; the report has the lines of what was known by then."""
    repeated(scene.inputs / "longest.wav", 600)
    scene.copy("a.wav")
    with subprocess.Popen(
        [*COMMAND, *scene.command("-F", "txt", "--threads", "1")],
        env=scene.variables(),
        stderr=subprocess.DEVNULL,
    ) as program:
        report = scene.home / "report.jsonl"
        assert soon(lambda: report.exists() and "a.wav" in report.read_text(), 30)
        program.send_signal(signal.SIGINT)
        program.send_signal(signal.SIGTERM)
        began = time.monotonic()
        assert program.wait(30) in (130, 143)
        assert time.monotonic() - began < 3
    assert soon(lambda: not ffmpeg_processes(scene.home))
    told = [json.loads(line) for line in report.read_text().splitlines()]
    assert [Path(line["path"]).name for line in told if line["kind"] == "file"] == ["a.wav"]
    scene.published.add(scene.texts / "a.txt")
    (scene.texts / NOBODYS).write_text("half of a te")
    (scene.inputs / "longest.wav").unlink()
    scene.copy("b.wav")
    assert scene.run("-F", "txt").names("done") == ["b.wav"], "and nothing temporary is left by now"
