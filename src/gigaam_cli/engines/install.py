"""Installs a model from the hub: whole and checked, or not at all."""

from __future__ import annotations

import contextlib
import json
import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from gigaam_cli.core.events import FetchDone, FetchProgress, FetchStarted, Observer
from gigaam_cli.core.files import patiently, sha256_of
from gigaam_cli.core.i18n import mark as _
from gigaam_cli.core.model_errors import (
    DownloadDamagedError,
    ModelDamagedError,
    ModelsFolderError,
    OfflineError,
)
from gigaam_cli.engines import hub, record
from gigaam_cli.engines.catalog import CONFIG, CatalogEntry
from gigaam_cli.engines.lock import alone
from gigaam_cli.engines.record import FileRecord
from gigaam_cli.engines.vocabulary import read_vocabulary

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
    with _written_to(order.folder), alone(order.folder, order.entry.name, observer):
        if not _is_enough(order, observer):
            _install(order, hub.look_up(order.entry, order.precision), observer)
            observer(FetchDone(order.entry.name, order.folder, _size(order.folder), fetched=True))


def is_whole(order: Order) -> bool:
    """Whether all files of the model are there as they were installed."""
    records = _records(order.folder)
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
    folder, records = order.folder, _records(order.folder)
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
    names = {file.name for file in listing.files}
    others = _others(names, records, listing.commit, set(arrived))
    _place(folder, missing, set(records) - {kept.name for kept in others} - names)
    described = [_described(folder, file, listing.commit) for file in listing.files]
    record.write(folder, [*others, *described])
    _clear(folder, listing)


def _place(folder: Path, arrived: list[hub.RemoteFile], outdated: set[str]) -> None:
    """Give files their names; until the record is written, the old one tells of them as changed."""
    for name in outdated:
        (folder / name).unlink(missing_ok=True)
    for file in arrived:
        patiently(partial(_partial(folder, file).replace, folder / file.name))


def _clear(folder: Path, listing: hub.Listing) -> None:
    """Delete what attempts at earlier versions of these files left."""
    names = [file.name for file in listing.files]
    for leftover in folder.glob("*.partial"):
        if any(leftover.name.startswith(f"{name}.") for name in names):
            leftover.unlink()


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


def _described(folder: Path, file: hub.RemoteFile, commit: str) -> FileRecord:
    return record.describe(folder / file.name, file.sha256 or sha256_of(folder / file.name), commit)


def _check_contents(entry: CatalogEntry, name: str, path: Path) -> None:
    """Small files are checked for what they must contain: a wrong one would give a wrong text, not an error."""
    if name == CONFIG and not _is_config(entry, path):
        problem = _("it does not say which version of the model it belongs to")
    elif name == entry.vocabulary and not _is_vocabulary(path):
        problem = _("it is no list of tokens and their numbers")
    else:
        return
    path.unlink()
    raise DownloadDamagedError(file=name, detail=problem)


def _is_config(entry: CatalogEntry, path: Path) -> bool:
    try:
        config = json.loads(path.read_bytes())
    except ValueError:
        return False
    return isinstance(config, dict) and (config.get("version") == "v3" or not entry.name.startswith("v3"))


def _is_vocabulary(path: Path) -> bool:
    try:
        read_vocabulary(path)
    except ValueError:
        return False
    return True


@contextmanager
def _written_to(folder: Path) -> Iterator[None]:
    """Make the folder, and say what is wrong where it cannot be written to; leave no empty one behind."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise ModelsFolderError(path=folder, detail=error.strerror or str(error)) from error
    finally:
        with contextlib.suppress(OSError):
            folder.rmdir()  # only an empty one lets itself be removed


def _records(folder: Path) -> dict[str, FileRecord]:
    """Return the records; none where they cannot be read, so that the files are compared with the hub's."""
    try:
        return record.read(folder)
    except ModelDamagedError:
        return {}


def _size(folder: Path) -> int:
    return sum(kept.size for kept in _records(folder).values())
