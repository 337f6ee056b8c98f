"""Rewritten models: made once, made anew when they must be, and never in the way of a transcription."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gigaam_cli.core import ort
from gigaam_cli.core.events import Event, ModelRewriting, ModelRewritten, nobody
from gigaam_cli.core.files import sha256_of
from gigaam_cli.core.model_errors import PrecisionMissingError
from gigaam_cli.core.paths import demo_folder, models_folder
from gigaam_cli.engines import record
from gigaam_cli.engines.devices import Device
from gigaam_cli.engines.load import EngineOptions, load_engine, settle
from gigaam_cli.engines.models import InstalledModel, find_model
from gigaam_cli.engines.native import NativeEngine
from gigaam_cli.engines.onnx import OnnxEngine
from gigaam_cli.engines.optimise import cache, child
from gigaam_cli.engines.optimise.files import CTC, FOLDER, MANIFEST
from gigaam_cli.engines.protocol import Engine
from tests.fakes.rnnt import write_rnnt

CPU = Device("cpu", None, "")


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> InstalledModel:
    """Install the demonstration model as if it were a real one."""
    monkeypatch.setenv("GIGAAM_MODELS_DIR", str(tmp_path))
    folder = Path(shutil.copytree(demo_folder() / "model", models_folder() / "v3_ctc"))
    (folder / "config.json").write_text('{"version": "v3"}')
    return find_model("v3_ctc")


@pytest.fixture
def events() -> list[Event]:
    return []


def made(events: list[Event]) -> list[bool]:
    """Return whether each rewrite was accepted, and forget them."""
    found = [event.accepted for event in events if isinstance(event, ModelRewritten)]
    events.clear()
    return found


def test_a_real_model_is_to_be_rewritten_and_the_demonstration_is_not(model: InstalledModel) -> None:
    assert (model.precision, model.rewrite) == ("int8", "int8")
    assert find_model("v3_ctc", "fp32").rewrite is None
    assert find_model("v3_ctc", device="cuda").rewrite == "fp16"
    assert find_model("demo").rewrite is None


def place(model: InstalledModel) -> Path:
    return model.folder / FOLDER


def test_it_is_made_once(model: InstalledModel, events: list[Event]) -> None:
    assert cache.known(model) is None
    folder = cache.ready(model, events.append)
    assert folder is not None
    assert folder.parent == place(model)
    assert events[0] == ModelRewriting("v3_ctc", "int8")
    assert made(events) == [True]
    assert cache.ready(model, events.append) == cache.known(model) == folder
    assert events == []
    assert [path.name for path in place(model).iterdir() if path.is_dir()] == [folder.name]


@pytest.mark.parametrize("change", ["source", "recipe", "file", "manifest"])
def test_it_is_made_anew_in_place_of_what_is_of_no_use(
    change: str, model: InstalledModel, events: list[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = cache.ready(model, events.append)
    assert folder is not None
    made(events)
    if change == "source":
        os.utime(model.files[0], ns=(1, 1))
    elif change == "recipe":
        monkeypatch.setattr(cache, "RECIPE", 2)
    elif change == "file":
        (folder / CTC).write_bytes(b"cut short")
    else:
        (folder / MANIFEST).write_text("{}")
    assert cache.ready(model, events.append) is not None
    assert made(events) == [True]
    assert len([path for path in place(model).iterdir() if path.is_dir()]) == 1


def test_another_processor_has_its_own(
    model: InstalledModel, events: list[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = cache.ready(model, events.append)
    with monkeypatch.context() as patch:
        patch.setattr(ort, "version", lambda: "9.9")
        other = cache.ready(model, events.append)
    assert made(events) == [True, True]
    assert None not in (mine, other)
    assert mine != other
    assert cache.ready(model, events.append) == mine
    assert events == []


def test_installed_files_are_known_by_their_checksums(model: InstalledModel, events: list[Event]) -> None:
    described = [record.describe(file, sha256_of(file), "commit") for file in model.files]
    record.write(model.folder, described)
    key = cache.key_of(model, "int8")
    assert [version for _, version in key.source] == [kept.sha256 for kept in described]


def load(model: InstalledModel, events: list[Event]) -> Engine:
    return load_engine(settle(model, CPU, events.append), CPU, EngineOptions(threads=1), events.append)


def test_the_engine_is_gigaams_own(model: InstalledModel, events: list[Event]) -> None:
    engine = load(model, events)
    assert isinstance(engine, NativeEngine)
    assert engine.info.precision == "int8"


def test_what_cannot_be_rewritten_is_used_as_it_came(tmp_path: Path, events: list[Event]) -> None:
    model = find_model(str(write_rnnt(tmp_path / "model")))
    for attempts in ([False], []):
        engine = load(model, events)
        assert isinstance(engine, OnnxEngine)
        assert engine.info.precision == "fp32"
        assert made(events) == attempts, "a refusal is remembered"


def test_int8_that_was_asked_for_is_not_replaced_by_something_else(tmp_path: Path) -> None:
    model = find_model(str(write_rnnt(tmp_path / "model")), "int8")
    with pytest.raises(PrecisionMissingError):
        settle(model, CPU)


def test_a_damaged_one_is_made_again(model: InstalledModel, events: list[Event]) -> None:
    settled = settle(model, CPU, events.append)
    assert settled.rewritten is not None
    graph = settled.rewritten / CTC
    graph.write_bytes(bytes(graph.stat().st_size))
    made(events)
    assert isinstance(load_engine(settled, CPU, EngineOptions(threads=1), events.append), NativeEngine)
    assert made(events) == [True]


def test_two_at_once_make_one(model: InstalledModel, events: list[Event]) -> None:
    with ThreadPoolExecutor(2) as pool:
        folders = set(pool.map(lambda _: cache.ready(model, events.append), range(2)))
    assert len(folders) == 1
    assert None not in folders
    assert made(events) == [True]


def test_an_attempt_that_was_killed_is_made_again(
    model: InstalledModel, events: list[Event], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    suicide = tmp_path / "suicide"
    suicide.write_text("#!/bin/sh\nkill -9 $$\n")
    suicide.chmod(0o755)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "executable", str(suicide))
        assert cache.ready(model, events.append) is None
    assert made(events) == [False]
    assert cache.ready(model, events.append) is not None


def test_an_attempt_that_fails_is_told_and_remembered(
    model: InstalledModel, events: list[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    for attempts in ([False], []):
        assert cache.ready(model, events.append) is None
        assert made(events) == attempts


def test_modules_that_lie_beside_recordings_are_not_loaded(
    model: InstalledModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recordings = tmp_path / "recordings"
    recordings.mkdir()
    (recordings / "onnx.py").write_text("raise SystemExit(5)")
    monkeypatch.chdir(recordings)
    assert cache.ready(model, nobody) is not None


def test_the_process_ends_with_the_one_that_started_it(model: InstalledModel, tmp_path: Path) -> None:
    arguments = [model.entry.name, str(model.folder), str(tmp_path / "out"), "int8", "2000"]
    command = [sys.executable, "-m", "gigaam_cli.engines.optimise", *arguments]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (1, b"")


def test_it_takes_no_more_memory_than_it_may(model: InstalledModel, tmp_path: Path) -> None:
    arguments = [model.entry.name, str(model.folder), str(tmp_path / "out"), "int8", "60"]
    command = [sys.executable, "-m", "gigaam_cli.engines.optimise", *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        said = process.stdout.read()
    # Where a native library finds no memory, it may say so or crash: it is alone.
    assert process.returncode != 0 or not json.loads(said)["accepted"]


def test_where_the_models_folder_is_closed_the_users_own_is_taken(
    model: InstalledModel, events: list[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: path != model.folder)
    folder = cache.ready(model, events.append)
    assert folder is not None
    assert model.folder not in folder.parents
    assert cache.ready(model, events.append) == folder
    assert made(events) == [True]


def test_a_full_disk_leaves_the_original_to_be_used_and_is_not_remembered(
    model: InstalledModel, events: list[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(child, "rewrite", full)
        assert cache.ready(model, events.append) is None
    last = events[-1]
    assert isinstance(last, ModelRewritten)
    assert (last.accepted, last.reason) == (False, "No space left on device")
    assert cache.ready(model, events.append) is not None


def test_a_process_that_cannot_write_says_so(model: InstalledModel, tmp_path: Path) -> None:
    blocked = tmp_path / "out"
    blocked.mkdir()
    (blocked / CTC).mkdir()
    with pytest.raises(OSError, match=CTC):
        child.rewrite(model, "int8", blocked)


@pytest.mark.skipif(ort.knows_cuda(), reason="there may be a GPU to judge on")
def test_a_gpu_that_fails_says_nothing_of_the_model(model: InstalledModel, events: list[Event]) -> None:
    """Another day, or on another device, the same model may be rewritten."""
    for_gpu = find_model("v3_ctc", device="cuda")
    for _ in range(2):
        assert cache.ready(for_gpu, events.append, gpu=0) is None
        assert made(events) == [False]
    assert cache.ready(for_gpu, events.append) is not None


@pytest.mark.parametrize("code", [-9, 0xC0000005, 0xC000013A])
def test_a_process_that_the_system_ended_says_nothing_of_the_model(code: int) -> None:
    assert child._outcome(code, b"", "") is None


def test_one_that_failed_by_itself_does() -> None:
    outcome = child._outcome(1, b"", "no such operator")
    assert outcome is not None
    assert (outcome.accepted, outcome.detail) == (False, "exit 1: no such operator")
