"""Python, gigaam itself, what it is installed with, and memory."""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Iterator
from functools import partial
from importlib import metadata
from pathlib import Path

from gigaam_cli import __version__
from gigaam_cli.core.i18n import mark as _
from gigaam_cli.core.sizes import Bytes
from gigaam_cli.pipeline.doctor.findings import Check, Finding
from gigaam_cli.pipeline.doctor.remedies import Machine, install_extra, pip_install

_DISTRIBUTION = "gigaam-cli"
_FOR_DEVELOPERS = ("test", "docs", "benchmarks")
_EXTRA = re.compile(r"^\s*([\w.-]+).*extra\s*==\s*['\"]([\w-]+)['\"]")
# The model, its rewrite in a run of its own, and some room for the audio.
_ENOUGH_MEMORY = 1_500_000_000


def python() -> Finding:
    """Look at Python and the system."""
    values = {
        "version": platform.python_version(),
        "system": platform.system(),
        "machine": platform.machine(),
        "path": sys.executable,
    }
    return Finding("ok", _("{version} on {system} {machine}: {path}"), values)


def gigaam() -> Finding:
    """Look at gigaam itself."""
    return Finding("ok", "{version}: {path}", {"version": __version__, "path": Path(__file__).parents[2]})


def onnxruntime(machine: Machine) -> Finding:
    """Look whether onnxruntime can be loaded, and what it can run on."""
    again = pip_install(machine, "--force-reinstall", "onnxruntime")
    runtime = ("winget install --id Microsoft.VCRedist.2015+.x64",) if machine.is_windows else ()
    try:
        from gigaam_cli.core import ort
    except (ImportError, OSError, AttributeError) as error:
        detail = str(error) or type(error).__name__
        return Finding(
            "failed", _("cannot be loaded: {detail}"), {"detail": detail}, remedies=(*runtime, again)
        )
    values = {"version": ort.version(), "providers": ort.providers()}
    return Finding("ok", "{version}: {names}", {**values, "names": ", ".join(ort.providers())})


def extras(machine: Machine) -> list[Check]:
    """Return a check for each extra that a user may install."""
    try:
        required = metadata.requires(_DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        return []
    wanted: dict[str, list[str]] = {}
    for package, extra in requirements(required):
        wanted.setdefault(extra, []).append(package)
    return [
        Check(
            "extra",
            _("Extra {about}"),
            partial(_extra, machine, name, wanted[name]),
            about=name,
            needed=False,
        )
        for name in sorted(wanted)
        if name not in _FOR_DEVELOPERS
    ]


def requirements(lines: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the package and the extra of each requirement that belongs to one."""
    for line in lines:
        match = _EXTRA.match(line)
        if match:
            yield match[1], match[2]


def _extra(machine: Machine, extra: str, packages: list[str]) -> Finding:
    versions = {package: _version(package) for package in packages}
    there = ", ".join(f"{package} {version}" for package, version in versions.items() if version)
    values = {"extra": extra, "packages": versions, "there": there}
    if all(versions.values()):
        return Finding("ok", _("installed: {there}"), values)
    command = install_extra(machine, extra)
    if there:
        missing = ", ".join(package for package, version in versions.items() if not version)
        what = _("installed in part: {there}; {missing} is missing")
        return Finding("note", what, {**values, "missing": missing}, remedies=(command,))
    return Finding("note", _("not installed, and not needed"), values, remedies=(command,))


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def memory() -> Finding:
    """Look how much memory there is, and how much of it this process may still take."""
    total, free = _memory()
    if total is None:
        return Finding("note", _("the system does not tell"))
    values = {"total": Bytes(total), "free": Bytes(total if free is None else free)}
    if values["free"] >= _ENOUGH_MEMORY:
        return Finding("ok", _("{free} free of {total}"), values)
    advice = _("A large model may not fit; end other programs, or take int8 files and fewer --threads.")
    return Finding("warning", _("only {free} free of {total}"), values, advice)


def _memory() -> tuple[int | None, int | None]:
    """Return bytes in all and free, None where the system does not tell."""
    told = _linux_memory()
    if told:
        limit = _granted()
        total = min(told["MemTotal"], limit) if limit else told["MemTotal"]
        return total, min(told.get("MemAvailable", total), total)
    if sys.platform == "win32":
        return _windows_memory()
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"), None
    except (OSError, ValueError):
        return None, None


def _linux_memory() -> dict[str, int]:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return {}
    rows = (line.replace(":", " ").split() for line in lines)
    found = {row[0]: int(row[1]) << 10 for row in rows if row[0] in ("MemTotal", "MemAvailable")}
    return found if "MemTotal" in found else {}


def _granted() -> int | None:
    """Return the memory that a container is granted, None where nothing limits it."""
    for file in ("memory.max", "memory/memory.limit_in_bytes"):
        try:
            word = (Path("/sys/fs/cgroup") / file).read_text(encoding="ascii").strip()
        except OSError:
            continue
        return int(word) if word.isdigit() else None
    return None


def _windows_memory() -> tuple[int | None, int | None]:
    import ctypes

    class Status(ctypes.Structure):
        """What the system fills in (MEMORYSTATUSEX)."""

        _fields_ = (
            ("length", ctypes.c_ulong),
            ("load", ctypes.c_ulong),
            *((name, ctypes.c_ulonglong) for name in ("total", "free", "a", "b", "c", "d", "e")),
        )

    status = Status(length=ctypes.sizeof(Status))
    ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status))  # type: ignore[attr-defined]  # on Windows
    return int(status.total), int(status.free)
