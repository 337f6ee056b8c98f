"""Installs a model from the hub: whole and checked, or not at all."""

from __future__ import annotations

import errno
import json
import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gigaam_cli.core.errors import DiskFullError, DownloadDamagedError, OfflineError, OutputError
from gigaam_cli.core.events import FetchDone, FetchProgress, FetchStarted, FetchWaiting, Observer
from gigaam_cli.core.files import sha256_of
from gigaam_cli.core.i18n import mark as _
from gigaam_cli.engines import hub, record
from gigaam_cli.engines.catalog import CONFIG, CatalogEntry, is_complete

logger = logging.getLogger(__name__)

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_BLANK = "<blk>"


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
        OutputError: the models' folder cannot be written to, or is full.
    """
    name = order.entry.name
    with _written_to(order.folder), _alone(order.folder, name, observer):
        if not order.again and is_whole(order):
            observer(FetchDone(name, order.folder, _size(order.folder), fetched=False))
            return
        if order.offline:
            raise OfflineError(model=name)
        listing = hub.look_up(order.entry, order.precision)
        _install(order, listing, observer)
        observer(FetchDone(name, order.folder, _size(order.folder), fetched=True))


def is_whole(order: Order) -> bool:
    """Whether all files of the model are there as they were installed."""
    if not order.folder.is_dir():
        return False
    records = record.read(order.folder)
    unchanged = {name for name, kept in records.items() if record.is_unchanged(kept, order.folder / name)}
    return is_complete(order.entry, unchanged, order.precision) and CONFIG in unchanged


def _install(order: Order, listing: hub.Listing, observer: Observer) -> None:
    """Fetch what is missing, check it, and put it in its place."""
    folder = order.folder
    records = record.read(folder)
    missing = [file for file in listing.files if not _is_there(file, folder, records)]
    missing.sort(key=lambda file: file.size)  # what is wrong with a small one shows at once
    arrived = {file.name: _arrived(_partial(folder, file)) for file in missing}
    size = sum(file.size for file in missing)
    _check_room(folder, size - sum(arrived.values()))
    observer(FetchStarted(order.entry.name, listing.repository, len(missing), size, sum(arrived.values())))
    for file in missing:
        _fetch(file, order, arrived, observer)
    for file in missing:
        _check_contents(order.entry, file.name, _partial(folder, file))
    for file in missing:
        _partial(folder, file).replace(folder / file.name)
    fresh = {file.name: _described(folder, file, listing.commit) for file in listing.files}
    record.write(folder, {**records, **fresh}.values())
    for leftover in folder.glob("*.partial"):
        leftover.unlink()


def _fetch(file: hub.RemoteFile, order: Order, arrived: dict[str, int], observer: Observer) -> None:
    def progress(there: int) -> None:
        arrived[file.name] = there
        observer(FetchProgress(order.entry.name, file.name, there, sum(arrived.values())))

    logger.info("fetching %s (%d bytes)", file.url, file.size)
    hub.fetch(file, _partial(order.folder, file), progress)


def _partial(folder: Path, file: hub.RemoteFile) -> Path:
    """Where a file arrives; its checksum is in the name, so that two versions are never mixed."""
    return folder / f"{file.name}.{file.etag[:16]}.partial"


def _arrived(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _is_there(file: hub.RemoteFile, folder: Path, records: dict[str, record.FileRecord]) -> bool:
    """Whether a file is in its place already, also one that somebody put there by hand."""
    path = folder / file.name
    if not path.is_file() or path.stat().st_size != file.size:
        return False
    kept = records.get(file.name)
    if kept is not None and record.is_unchanged(kept, path) and kept.sha256 == file.sha256:
        return True
    return hub.matches(file, path)


def _described(folder: Path, file: hub.RemoteFile, commit: str) -> record.FileRecord:
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
        rows = [line.rsplit(" ", 1) for line in path.read_text(encoding="utf-8").rstrip("\n").split("\n")]
        numbers = sorted(int(number) for _, number in rows)
    except ValueError:
        return False
    return numbers == list(range(len(rows))) and _BLANK in {token for token, _ in rows}


def _check_room(folder: Path, needed: int) -> None:
    if shutil.disk_usage(folder).free < needed:
        raise DiskFullError(path=folder, size=needed, detail=_("the model is larger than the free space"))


@contextmanager
def _alone(folder: Path, model: str, observer: Observer) -> Iterator[None]:
    """Hold the model's lock; the operating system frees that of a process that died."""
    from filelock import FileLock, Timeout

    lock = FileLock(folder.with_name(f".{folder.name}.lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        observer(FetchWaiting(model))
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _written_to(folder: Path) -> Iterator[None]:
    """Make the folder, and say what is wrong where it cannot be written to."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        detail = error.strerror or str(error)
        if error.errno in _NO_ROOM:
            raise DiskFullError(path=folder, size="?", detail=detail) from error
        raise OutputError(path=folder, detail=detail) from error


def _size(folder: Path) -> int:
    return sum(kept.size for kept in record.read(folder).values())
