"""Compares ways to do the same: by turns, so that a machine that slows down slows all of them down."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from gigaam_cli.core.ort import version


@dataclass(frozen=True)
class Taken:
    """What one run took: seconds by the clock, and of all cores together."""

    wall: float
    cores: float


@dataclass(frozen=True)
class Figure:
    """A way to do something: the medians over all rounds, and all runs by the clock."""

    name: str
    wall: float
    cores: float
    runs: tuple[float, ...]


def taken(work: Callable[[], object]) -> Taken:
    """Do something, here or in child processes that it waits for, and say what it took."""
    before, began = os.times(), time.perf_counter()
    work()
    wall, after = time.perf_counter() - began, os.times()
    cores = sum(
        getattr(after, name) - getattr(before, name)
        for name in ("user", "system", "children_user", "children_system")
    )
    return Taken(wall, cores)


def by_turns(ways: Mapping[str, Callable[[], object]], rounds: int) -> list[Figure]:
    """Do it in each way, ``rounds`` times in turn, after a first time that does not count."""
    runs: dict[str, list[Taken]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name, way in ways.items():
            one = taken(way)
            if number:
                runs[name].append(one)
    return [figure(name, done) for name, done in runs.items()]


def figure(name: str, runs: list[Taken]) -> Figure:
    """Put runs together."""
    wall = statistics.median(one.wall for one in runs)
    cores = statistics.median(one.cores for one in runs)
    return Figure(name, wall, cores, tuple(one.wall for one in runs))


def ratio(one: Figure, other: Figure) -> float:
    """Return how many times as long ``other`` takes as ``one``: the median over rounds."""
    return statistics.median(b / a for a, b in zip(one.runs, other.runs, strict=True))


def machine() -> dict[str, object]:
    """Return what the figures depend on."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    flags = next((line.split() for line in lines if line.startswith("flags")), [])
    kinds = [flag for flag in flags if flag in {"avx2", "avx512f", "avx512_vnni", "avx_vnni", "amx_int8"}]
    return {
        "processor": model or platform.processor(),
        "instructions": kinds,
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "python": platform.python_version(),
        "onnxruntime": version(),
    }


def told(module: str, *arguments: object) -> dict[str, float]:
    """Run one of these modules and return the JSON that it prints."""
    command = [sys.executable, "-m", f"benchmarks.{module}", *map(str, arguments)]
    result: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return result


def as_json(figures: list[Figure], **more: object) -> dict[str, object]:
    """Return figures as JSON values, with what else is to be kept."""
    return {**more, "machine": machine(), "figures": [asdict(each) for each in figures]}
