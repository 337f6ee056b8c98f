"""Which device recognises, and why."""

from __future__ import annotations

import math
import os
import re
from dataclasses import dataclass
from pathlib import Path

from gigaam_cli.core.errors import DeviceMissingError
from gigaam_cli.core.i18n import mark as _

_NAME = re.compile(r"^(cpu|cuda(?::(\d+))?)$")


@dataclass(frozen=True, slots=True)
class Device:
    """A processor that an engine can run on; ``reason`` says why it was chosen, where nobody asked for it."""

    kind: str
    number: int
    reason: str

    @property
    def name(self) -> str:
        """What the user calls it: ``cpu`` or ``cuda:0``."""
        return "cpu" if self.kind == "cpu" else f"{self.kind}:{self.number}"

    @property
    def providers(self) -> list[tuple[str, dict[str, object]]]:
        """Execution providers for onnxruntime, with their options."""
        if self.kind == "cpu":
            return [("CPUExecutionProvider", {})]
        return [("CUDAExecutionProvider", {"device_id": self.number}), ("CPUExecutionProvider", {})]


def choose_device(wanted: str) -> Device:
    """Return the device for ``wanted``: ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.

    Raises:
        DeviceMissingError: a device was named and cannot be used; it is never replaced silently.
    """
    if wanted == "auto":
        return _best()
    match = _NAME.match(wanted)
    if match is None:
        raise DeviceMissingError(device=wanted, detail=_("known devices are auto, cpu, cuda and cuda:N"))
    if match[1] == "cpu":
        return Device("cpu", 0, "")
    number = int(match[2] or 0)
    problem = _cuda_problem(number)
    if problem:
        raise DeviceMissingError(device=wanted, detail=problem)
    return Device("cuda", number, "")


def cores() -> int:
    """Return how many cores this process may use: those of its affinity, and no more than its cgroup grants."""
    there = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    granted = cpu_quota()
    return there if granted is None else max(1, min(there, math.ceil(granted)))


def cpu_quota(groups: Path = Path("/sys/fs/cgroup"), own: Path = Path("/proc/self/cgroup")) -> float | None:
    """Return the cores that the process's cgroup or one above it grants, None where none sets a limit.

    Version 2 says it in ``cpu.max``; of version 1 only the container's own group is looked at.
    """
    try:
        lines = own.read_text(encoding="utf-8").splitlines()
    except OSError:  # no Linux
        return None
    inside = next((line.removeprefix("0::").lstrip("/") for line in lines if line.startswith("0::")), "")
    folders = [groups / inside, *(groups / inside).parents]
    limits = [_words(folder / "cpu.max") for folder in folders if folder.is_relative_to(groups)]
    limits.append([*_words(groups / "cpu/cpu.cfs_quota_us"), *_words(groups / "cpu/cpu.cfs_period_us")])
    granted = [int(limit[0]) / int(limit[1]) for limit in limits if len(limit) > 1 and limit[0].isdigit()]
    return min(granted, default=None)


def _words(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8").split()
    except OSError:
        return []


def _best() -> Device:
    from gigaam_cli.core.ort import providers

    if "CUDAExecutionProvider" not in providers():
        return Device("cpu", 0, _("onnxruntime finds no GPU"))
    problem = _cuda_problem(0)
    if problem:
        return Device("cpu", 0, problem)
    return Device("cuda", 0, _("a CUDA device is there"))


def _cuda_problem(number: int) -> str | None:
    """Return why CUDA device ``number`` cannot be used, None if it can."""
    from gigaam_cli.core.ort import providers, try_cuda

    if "CUDAExecutionProvider" not in providers():
        return _("this onnxruntime is built without CUDA (pip install onnxruntime-gpu in its place)")
    return try_cuda(number)
