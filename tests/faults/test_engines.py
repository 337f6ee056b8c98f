"""Engines that raise at any call, fall silent, find no memory or are given files that are no models."""

from __future__ import annotations

import json
import pickle
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gigaam_cli.core.paths import demo_folder
from tests.conftest import DATA
from tests.fakes.engines import FakeEngine, fails_at
from tests.faults.invariants import Scene, patched, prints
from tests.pipeline.rig import Rig, assert_each_input_once, assert_nothing_left_running, assert_orderly

FILES, BEEPS = 3, 3


@pytest.mark.parametrize(("calls", "batch"), [(2, 1), (1, 3)], ids=["two at once", "batches"])
def test_an_engine_that_fails_at_any_call(calls: int, batch: int, rig: Rig) -> None:
    """At every N: one recording at most is lost, the others are whole, and the next run does what is missing."""
    paths = rig.record_some(FILES, BEEPS)
    names, before = [path.name for path in paths], prints(rig.folder)
    engine = FakeEngine(calls=calls, batch=batch)
    rig.run(engine)
    rig.assert_published(*names)
    for call in range(1, len(engine.heard) + 1):
        for text in set(prints(rig.folder)) - set(before):
            text.unlink()
        outcome = rig.run(FakeEngine(fails_at(call), calls=calls, batch=batch), force=True)
        assert_each_input_once(outcome, paths)
        assert_orderly(outcome)
        assert len(outcome.named("failed")) == (batch == 1), "what fails in a batch is tried alone"
        rig.assert_published(*outcome.named("done"))
        assert {path: content for path, content in prints(rig.folder).items() if path in before} == before
        assert_nothing_left_running()
        again = rig.run()
        assert again.named("done") == outcome.named("failed")
        rig.assert_published(*names)


RAISES_AT = """
import itertools
from gigaam_cli.engines.onnx import OnnxEngine
calls, recognise = itertools.count(1), OnnxEngine.recognise

def fails_at_some(engine, batch):
    if next(calls) in {{{calls}}}:
        raise RuntimeError("no more")
    return recognise(engine, batch)

OnnxEngine.recognise = fails_at_some
"""


def test_a_real_engine_that_fails_costs_one_recording(scene: Scene) -> None:
    scene.copy("a.wav", "b.wav", "c.wav")
    ran = scene.run("-F", "txt", program=patched(RAISES_AT.format(calls=2)))
    assert ran.code == 1
    assert list(ran.reasons().values()) == ["recognition_failed"]
    assert len(ran.names("done")) == 2
    assert scene.run("-F", "txt").code == 0


FALLS_SILENT = """
from gigaam_cli.engines.onnx import OnnxEngine
from gigaam_cli.core.values import Recognition
recognise, left = OnnxEngine.recognise, [1]

def silent(engine, batch):
    for recognition in recognise(engine, batch):
        left[0] -= 1
        yield recognition if left[0] >= 0 else Recognition(())

OnnxEngine.recognise = silent
"""


def test_an_engine_that_falls_silent_is_found_out(scene: Scene) -> None:
    scene.copy("joined.ogg", source=DATA / "joined.ogg")
    ran = scene.run("-F", "txt,json", "--max-segment", "5", "--threads", "1", program=patched(FALLS_SILENT))
    assert ran.code == 1
    assert ran.entry("joined.ogg")["status"] == "done"
    ((start, end),) = ran.entry("joined.ogg")["suspect"]
    assert start < 15
    assert end > 40
    assert json.loads((scene.texts / "joined.json").read_text(encoding="utf-8"))["coverage"] < 0.5


class _Bomb:
    """Runs a command when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self._command = f"touch '{marker}'"

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        import os

        return os.system, (self._command,)


def checkpoint(scene: Scene, name: str) -> Path:
    path = scene.home / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pickle.dumps(_Bomb(scene.home / "executed")))
    return path


@pytest.mark.parametrize(
    ("kind", "optimised"),
    [("file", ()), ("folder", ("-O",)), ("in the graph's place", ()), ("in the graph's place", ("-O",))],
)
def test_a_pickle_is_no_model_and_nothing_in_it_runs(
    kind: str, optimised: tuple[str, ...], scene: Scene
) -> None:
    scene.copy("a.wav")
    if kind == "in the graph's place":
        shutil.copytree(demo_folder() / "model", scene.home / "model")
        model = checkpoint(scene, "model/v3_ctc.onnx").parent
    else:
        model = checkpoint(scene, "model/v3_ctc.ckpt")
        model = model if kind == "file" else model.parent
    program = (sys.executable, *optimised, "-m", "gigaam_cli")
    ran = scene.run("-m", model, program=program)
    assert ran.code == 4
    assert not (scene.home / "executed").exists()
    assert not scene.texts.exists()
    pickle.loads((model if model.is_file() else next(iter(_pickles(model)))).read_bytes())
    assert (scene.home / "executed").exists(), "the pickle would have run its command"


def _pickles(folder: Path) -> list[Path]:
    return [path for path in (folder / "v3_ctc.ckpt", folder / "v3_ctc.onnx") if path.exists()]


@pytest.mark.parametrize("device", ["cuda", "cpu,cuda:1"])
def test_a_device_that_is_not_there_is_a_clear_failure(device: str, scene: Scene) -> None:
    scene.copy("a.wav")
    ran = scene.run("--device", device)
    assert ran.code == 4
    assert "--device cpu" in ran.err
    assert "[device_missing]" in ran.err
    assert not scene.texts.exists()
