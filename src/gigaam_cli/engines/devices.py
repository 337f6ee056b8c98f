"""Which device recognises, and why."""

from __future__ import annotations

import itertools
import math
import os
import re
from dataclasses import dataclass
from pathlib import Path

from gigaam_cli.core.errors import DeviceMissingError
from gigaam_cli.core.i18n import mark as _

_NAME = re.compile(r"^(cpu|cuda)(?::(\d+))?$")
_CPU, _CUDA = "cpu", "cuda"
_KNOWN = _("known devices are auto, cpu, cuda, cuda:N, several of these with commas, and all")


@dataclass(frozen=True, slots=True)
class Device:
    """A processor that an engine can run on; ``reason`` says why it was chosen, where nobody asked for it.

    A device with a number is one of several, and its engine has a process of its own. ``cpu:N`` are such processes
    on the CPU: they share its cores, and stand for GPUs where there are none.
    """

    kind: str
    number: int | None
    reason: str

    @property
    def name(self) -> str:
        """What the user calls it: ``cpu`` or ``cuda:0``."""
        return self.kind if self.number is None else f"{self.kind}:{self.number}"

    @property
    def providers(self) -> list[tuple[str, dict[str, object]]]:
        """Execution providers for onnxruntime, with their options."""
        from gigaam_cli.core.ort import cuda

        cpu: list[tuple[str, dict[str, object]]] = [("CPUExecutionProvider", {})]
        return cpu if self.gpu is None else [cuda(self.gpu), *cpu]

    @property
    def gpu(self) -> int | None:
        """The number of a GPU, None for the CPU."""
        return None if self.kind == _CPU else self.number


def choose_devices(wanted: str) -> tuple[Device, ...]:
    """Return the devices for ``wanted``: ``auto`` (one), ``all``, or names with commas between them.

    Raises:
        DeviceMissingError: a device was named and cannot be used; it is never replaced silently.
    """
    if wanted == "auto":
        return (_best(),)
    if wanted == "all":
        return _all()
    devices = tuple(dict.fromkeys(_named(name) for name in wanted.split(",")))
    if len({(device.kind, device.number is None) for device in devices}) > 1:
        raise DeviceMissingError(device=wanted, detail=_("devices of one kind only can work together"))
    return devices


def _named(wanted: str) -> Device:
    match = _NAME.match(wanted)
    if match is None:
        raise DeviceMissingError(device=wanted, detail=_KNOWN)
    number = None if match[2] is None else int(match[2])
    if match[1] == _CPU:
        return Device(_CPU, number, "")
    problem = _cuda_problem(number or 0)
    if problem:
        raise DeviceMissingError(device=wanted, detail=problem)
    return Device(_CUDA, number or 0, "")


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
    from gigaam_cli.core.ort import knows_cuda

    if not knows_cuda():
        return Device(_CPU, None, _("onnxruntime finds no GPU"))
    problem = _cuda_problem(0)
    return Device(_CPU, None, problem) if problem else Device(_CUDA, 0, _("a CUDA device is there"))


def _all() -> tuple[Device, ...]:
    """Return every CUDA device, the CPU where there is none."""
    first = _best()
    if first.kind == _CPU:
        return (first,)
    others = itertools.takewhile(lambda number: _cuda_problem(number) is None, itertools.count(1))
    return (Device(_CUDA, 0, ""), *(Device(_CUDA, number, "") for number in others))


def _cuda_problem(number: int) -> str | None:
    """Return why CUDA device ``number`` cannot be used, None if it can."""
    from gigaam_cli.core.ort import knows_cuda, try_cuda_apart

    if not knows_cuda():
        return _("this onnxruntime is built without CUDA (pip install onnxruntime-gpu in its place)")
    return try_cuda_apart(number)
