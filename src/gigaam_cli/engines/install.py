"""Installs a model from the hub: whole and checked, or not at all."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path

from gigaam_cli.core.events import FetchDone, FetchProgress, FetchStarted, Observer
from gigaam_cli.core.files import sha256_of
from gigaam_cli.core.i18n import mark as _
from gigaam_cli.core.model_errors import DownloadDamagedError, ModelsFolderError, OfflineError
from gigaam_cli.engines import hub, record
from gigaam_cli.engines.catalog import CatalogEntry
from gigaam_cli.engines.lock import alone
from gigaam_cli.engines.placing import Arrived, contents_problem, place, records_of, written_to
from gigaam_cli.engines.record import FileRecord

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Order:
    """What to install where: ``folder`` is the model's own."""

    entry: CatalogEntry
    precision: str
    folder: Path
    offline: bool = False
    again: bool = False
    """Ask the hub even where the model is there, and take what is new."""


def install(order: Order, observer: Observer) -> None:
    """Bring a model to this machine unless it is there.

    Files arrive under other names, are compared with the sizes and checksums that the hub declares, and get their
    names when all are right. An attempt that was cut short is taken up; of two at once, the second waits.

    Raises:
        EnvironmentFailure: the hub cannot be reached or does not give the model, or what came is damaged.
        ModelsFolderError: the models' folder cannot be written to, or is full.
    """
    if _is_enough(order, observer):  # also in a folder that is not ours to write to
        return
    if order.offline:
        raise OfflineError(model=order.entry.name)
    with written_to(order.folder), alone(order.folder, order.entry.name, observer):
        if not _is_enough(order, observer):
            _install(order, hub.look_up(order.entry, order.precision), observer)
            observer(FetchDone(order.entry.name, order.folder, _size(order.folder), fetched=True))


def is_whole(order: Order) -> bool:
    """Whether all files of the model are there as they were installed."""
    records = records_of(order.folder)
    owned = {name for name in records if order.entry.owns(name, order.precision)}
    if order.entry.missing(owned, order.precision):
        return False
    return record.changed(order.folder, [records[name] for name in sorted(owned)]) is None


def _is_enough(order: Order, observer: Observer) -> bool:
    if order.again or not is_whole(order):
        return False
    observer(FetchDone(order.entry.name, order.folder, _size(order.folder), fetched=False))
    return True


def _install(order: Order, listing: hub.Listing, observer: Observer) -> None:
    """Fetch what is missing, check it, and put it in its place."""
    folder, records = order.folder, records_of(order.folder)
    folder.mkdir(exist_ok=True)  # one that failed while we waited has removed it
    missing = [file for file in listing.files if not _is_there(file, folder, records)]
    missing.sort(key=lambda file: file.size)  # what is wrong with a small one shows at once
    arrived = {file.name: _arrived(_partial(folder, file)) for file in missing}
    there, size = sum(arrived.values()), sum(file.size for file in missing)
    if shutil.disk_usage(folder).free < size - there:
        raise ModelsFolderError(path=folder, detail=_("the model is larger than the free space"))
    observer(FetchStarted(order.entry.name, listing.repository, len(missing), size, there))
    for file in missing:
        _fetch(file, order, arrived, observer)
        _check_contents(order.entry, file.name, _partial(folder, file))
    others = _others({file.name for file in listing.files}, records, listing.commit, set(arrived))
    place(folder, [_placed(file, folder, listing.commit, arrived) for file in listing.files], others)


def _placed(file: hub.RemoteFile, folder: Path, commit: str, fetched: Container[str]) -> Arrived:
    partial = _partial(folder, file) if file.name in fetched else None
    return Arrived(file.name, partial, file.sha256 or sha256_of(partial or folder / file.name), commit)


def _others(
    listed: set[str], records: dict[str, FileRecord], commit: str, fetched: set[str]
) -> list[FileRecord]:
    """Return the records of other precisions that stay.

    Where a file that all precisions share is a newer one now, the others are of yesterday's model, and go.
    """
    renewed = any(name in records and records[name].commit != commit for name in fetched)
    return [] if renewed else [kept for name, kept in records.items() if name not in listed]


def _fetch(file: hub.RemoteFile, order: Order, arrived: dict[str, int], observer: Observer) -> None:
    def progress(there: int) -> None:
        arrived[file.name] = there
        observer(FetchProgress(order.entry.name, file.name, there, sum(arrived.values())))

    logger.info("fetching %s (%d bytes)", file.name, file.size)
    hub.fetch(file, _partial(order.folder, file), progress)


def _partial(folder: Path, file: hub.RemoteFile) -> Path:
    """Where a file arrives; its checksum is in the name, so that two versions are never mixed."""
    return folder / f"{file.name}.{file.etag[:16]}.partial"


def _arrived(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _is_there(file: hub.RemoteFile, folder: Path, records: dict[str, FileRecord]) -> bool:
    """Whether a file is in its place already, also one that somebody put there by hand."""
    path = folder / file.name
    if not path.is_file() or path.stat().st_size != file.size:
        return False
    kept = records.get(file.name)
    if kept is not None and record.is_unchanged(kept, path) and kept.sha256 == file.sha256:
        return True
    return hub.matches(file, path)


def _check_contents(entry: CatalogEntry, name: str, path: Path) -> None:
    problem = contents_problem(entry, name, path)
    if problem is not None:
        path.unlink()
        raise DownloadDamagedError(file=name, detail=problem)


def _size(folder: Path) -> int:
    return sum(kept.size for kept in records_of(folder).values())
