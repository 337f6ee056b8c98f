"""What a watch is to do, and whether it can: looked at before it begins to wait."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gigaam_cli.core.events import Observer
from gigaam_cli.core.i18n import mark as _
from gigaam_cli.core.watch_errors import FolderUnusableError
from gigaam_cli.media import ffmpeg
from gigaam_cli.pipeline.folders import check_folder
from gigaam_cli.pipeline.keeper import Keeper
from gigaam_cli.pipeline.moving import Disposal
from gigaam_cli.pipeline.request import Request
from gigaam_cli.store.store import Store


@dataclass(frozen=True, slots=True)
class Watch:
    """What is wanted: ``request`` names the folders, ``disposal`` what becomes of finished sources.

    All folders are looked at again after ``rescan`` seconds, whether something was told of them or not.
    """

    request: Request
    rescan: float = 600.0
    disposal: Disposal | None = None

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders that are watched."""
        return tuple(map(Path, self.request.inputs))

    @property
    def targets(self) -> tuple[Path, ...]:
        """The other folders where texts and finished sources go."""
        moved = self.disposal.to if self.disposal else None
        return tuple(folder for folder in (self.request.output, moved) if folder is not None)


def check(wanted: Watch, store: Store, keeper: Keeper, observer: Observer) -> None:
    """Look whether the watch can do its work, so that it ends at once rather than wait for nothing.

    Raises:
        FolderUnusableError: a folder is not there.
        EnvironmentFailure: FFmpeg, the model or the device is not there.
        OutputError: there is no writing where texts or sources are to go.
    """
    for folder in wanted.folders:
        _check_readable(folder)
    ffmpeg.binary()
    for folder in _written_to(wanted):
        check_folder(folder)
    keeper.choose(wanted.request, store, observer)


def _written_to(wanted: Watch) -> Iterator[Path]:
    """Yield the folders where texts and sources go, and those from where sources vanish."""
    if wanted.disposal or wanted.request.output is None:
        yield from wanted.folders
    yield from wanted.targets


def _check_readable(folder: Path) -> None:
    if not is_folder(folder):
        there = os.path.lexists(folder)
        raise FolderUnusableError(
            path=folder, detail=_("it is not a folder") if there else _("there is no such folder")
        )
    if not os.access(folder, os.R_OK | os.X_OK):
        raise FolderUnusableError(path=folder, detail=_("no permission to look into it"))


def is_folder(path: Path) -> bool:
    """Whether a folder is there that can be looked at."""
    try:
        return path.is_dir()
    except OSError:
        return False


def mount_of(folder: Path) -> Path:
    """Return where the disk is mounted that a folder is on: while nothing is there, the folder is another one."""
    real = Path(os.path.realpath(folder))
    return next(place for place in (real, *real.parents) if is_mounted(place) or place == place.parent)


def is_mounted(place: Path) -> bool:
    """Whether a disk is mounted there, or the file system begins there."""
    return os.path.ismount(place)
