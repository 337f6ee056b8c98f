"""Several devices at once: processes on the CPU stand for GPUs here."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import DATA
from tests.integration.driver import gigaam

COPIES = 6
TWO = "cpu:0,cpu:1"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with recordings of several lengths."""
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(COPIES):
        for name in ("joined.ogg", "ru_0782.ogg"):
            shutil.copy(DATA / name, folder / f"{number}_{name}")
    return folder


def texts(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def wanted(folder: Path, tmp_path: Path) -> dict[str, bytes]:
    """Return what one device makes of the recordings."""
    assert gigaam("transcribe", folder, "-o", tmp_path / "one", "--device", "cpu", "-F", "json").code == 0
    return texts(tmp_path / "one")


def test_two_devices_say_what_one_says(folder: Path, wanted: dict[str, bytes], tmp_path: Path) -> None:
    two = tmp_path / "two"
    finished = gigaam("transcribe", folder, "-o", two, "--device", TWO, "-F", "json", "--force")
    assert finished.code == 0
    assert "on cpu:0" in finished.stderr
    assert "on cpu:1" in finished.stderr
    assert texts(two) == wanted


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds processes as Linux shows them")
def test_a_run_survives_the_death_of_the_process_that_recognises(
    folder: Path, wanted: dict[str, bytes], tmp_path: Path
) -> None:
    out = tmp_path / "two"
    program = [sys.executable, "-m", "gigaam_cli", "transcribe", str(folder), "-o", str(out)]
    command = [*program, "-F", "json", "--force", "-v", "--device", TWO]
    environment = {**os.environ, "GIGAAM_MODEL": "demo"}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as run:
        wait_for_text(out)
        victim = engines(run.pid)[0]
        os.kill(victim, signal.SIGKILL)
        assert run.stderr is not None
        told = run.stderr.read()
    assert run.returncode == 0, told
    assert "ended (-9)" in told
    assert texts(out) == wanted


def engines(parent: int) -> list[int]:
    """Return the processes that recognise for another one."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="utf-8").split()
    lines = {child: Path(f"/proc/{child}/cmdline").read_bytes() for child in children}
    return [int(child) for child, line in lines.items() if b"spawn_main" in line]


def wait_for_text(folder: Path) -> None:
    """Wait until the first text is there."""
    deadline = time.monotonic() + 60
    while not (folder.exists() and any(folder.glob("*.json"))):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
