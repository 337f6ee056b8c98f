"""Whether texts can be written where they are to go: permissions, and room on each file system."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gigaam_cli.core.errors import NoRoomError, OutputError
from gigaam_cli.core.i18n import mark as _

if TYPE_CHECKING:  # where a library is missing, gigaam doctor looks at folders all the same
    from gigaam_cli.pipeline.jobs import Job
    from gigaam_cli.pipeline.plan import Plan

# What the emptiest texts take: a block of the file system each, and a folder or two.
_LEAST_FILE = 4 << 10
_LEAST = 64 << 10


@dataclass(frozen=True, slots=True)
class Room:
    """Bytes that are needed and free on the file system of ``folder``; ``free`` is None where it does not tell."""

    folder: Path
    needed: int
    free: int | None

    @property
    def suffices(self) -> bool:
        """Whether there is room, as far as can be told."""
        return self.free is None or self.needed <= self.free


def check_folders(plan: Plan) -> None:
    """Look whether every output folder can be written to and has room for the shortest texts there can be.

    Raises:
        OutputError: one cannot be written to.
        NoRoomError: one has no room.
    """
    needs: Counter[Path] = Counter()
    for folder, count in sorted(output_folders(plan.jobs).items()):
        needs[check_folder(folder)] += count * _LEAST_FILE
    for room in rooms(needs):
        needed = room.needed + _LEAST
        if room.free is not None and room.free < needed:
            raise NoRoomError(path=room.folder, size=needed, free=room.free)


def output_folders(jobs: Iterable[Job]) -> dict[Path, int]:
    """Return how many files go to each folder."""
    counts = Counter(os.path.dirname(output) for job in jobs for output in job.outputs.values())  # noqa: PTH120 - of very many
    return {Path(folder): count for folder, count in counts.items()}


def rooms(needs: Mapping[Path, int]) -> tuple[Room, ...]:
    """Return what is needed and free on each file system, from bytes that go below folders that are there."""
    folders: dict[int | Path, Path] = {}
    sums: Counter[int | Path] = Counter()
    for folder, needed in needs.items():
        device = _device(folder)
        folders.setdefault(device, folder)
        sums[device] += needed
    return tuple(Room(folder, sums[device], _free(folder)) for device, folder in folders.items())


def nearest(folder: Path) -> Path:
    """Return ``folder``, or the nearest of those around it that is there.

    Raises:
        OutputError: it cannot be looked for.
    """
    there = folder
    try:
        while not there.exists() and there.parent != there:
            there = there.parent
    except OSError as error:
        raise OutputError(path=folder, detail=error.strerror or str(error)) from error
    return there


def check_folder(folder: Path) -> Path:
    """Return what is there of ``folder``.

    Raises:
        OutputError: it cannot be written to, or made.
    """
    there = nearest(folder)
    if not os.path.isdir(there):  # noqa: PTH112 - Path's raises where it may not look
        raise OutputError(path=there, detail=_("it is not a folder"))
    if not os.access(there, os.W_OK | os.X_OK):
        raise OutputError(path=folder, detail=_("no permission to write there"))
    return there


def _device(folder: Path) -> int | Path:
    try:
        return folder.stat().st_dev
    except OSError:  # it was there just now; if it matters, that is found out when it is written to
        return folder


def _free(folder: Path) -> int | None:
    try:
        usage = shutil.disk_usage(folder)
    except OSError:
        return None
    return usage.free if usage.total else None  # some network disks say nothing but zeros
