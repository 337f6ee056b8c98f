"""Cards, drivers and what onnxruntime makes of them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gigaam_cli.core import ort
from gigaam_cli.pipeline.doctor import gpu
from gigaam_cli.pipeline.doctor.remedies import Machine

pytestmark = pytest.mark.skipif(os.name == "nt", reason="a script stands for nvidia-smi")
LINUX = Machine("Linux")
CARD = "NVIDIA H200, 570.86.15, 143771"


def smi(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Let ``nvidia-smi`` be a script."""
    tool = folder / "nvidia-smi"
    tool.write_text(f"#!/bin/sh\n{script}\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/bin:/usr/bin")


def onnxruntime(monkeypatch: pytest.MonkeyPatch, knows: bool, problem: str | None = None) -> None:
    monkeypatch.setattr(ort, "knows_cuda", lambda: knows)
    monkeypatch.setattr(ort, "try_cuda_apart", lambda number: problem)


def test_without_a_card_the_cpu_recognises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    onnxruntime(monkeypatch, knows=False)
    found = gpu.cuda(LINUX)
    assert (found.state, found.remedies) == ("note", ())


def test_a_card_that_onnxruntime_does_not_know_wants_another_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    smi(tmp_path, monkeypatch, f"echo '{CARD}'")
    onnxruntime(monkeypatch, knows=False)
    found = gpu.cuda(LINUX)
    assert found.state == "warning"
    assert "NVIDIA H200" in found.message()
    remove, install = found.remedies
    assert "uninstall" in remove
    assert "onnxruntime-gpu[cuda,cudnn]" in install


def test_a_card_that_works_is_told_with_its_driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    smi(tmp_path, monkeypatch, f"echo '{CARD}'; echo '{CARD}'")
    onnxruntime(monkeypatch, knows=True)
    found = gpu.cuda(LINUX)
    assert (found.state, found.message()) == ("ok", "NVIDIA H200, NVIDIA H200; driver 570.86.15")


def test_a_card_without_its_libraries_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    smi(tmp_path, monkeypatch, f"echo '{CARD}'")
    onnxruntime(monkeypatch, knows=True, problem="libcudnn.so.9 is not there")
    found = gpu.cuda(LINUX)
    assert found.state == "warning"
    assert "libcudnn" in found.message()
    assert found.remedies


def test_a_driver_that_fails_is_told_in_its_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    smi(tmp_path, monkeypatch, "echo 'Driver/library version mismatch'; exit 18")
    onnxruntime(monkeypatch, knows=True, problem="no device")
    found = gpu.cuda(LINUX)
    assert found.state == "warning"
    assert "Driver/library version mismatch" in found.message()
    assert "nvidia.com" in found.hint()


def test_a_driver_that_hangs_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    smi(tmp_path, monkeypatch, "exec sleep 600")
    monkeypatch.setattr(gpu, "_SECONDS", 0.3)
    onnxruntime(monkeypatch, knows=True, problem="no device")
    assert "it does not answer" in gpu.cuda(LINUX).message()


def test_lines_that_are_no_cards_are_left_out() -> None:
    assert [card.name for card in gpu.cards_in(f"{CARD}\nNo devices\n\n")] == ["NVIDIA H200"]
