"""Which device recognises, and why."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

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
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


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
