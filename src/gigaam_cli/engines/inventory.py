"""Which models are on this machine, and how one leaves it."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from gigaam_cli.core.errors import EnvironmentFailure
from gigaam_cli.core.events import Observer, nobody
from gigaam_cli.core.files import patiently
from gigaam_cli.core.model_errors import (
    ModelDamagedError,
    ModelForeignError,
    ModelNotThereError,
    ModelsFolderError,
)
from gigaam_cli.core.paths import demo_folder, models_folder
from gigaam_cli.engines import record
from gigaam_cli.engines.catalog import (
    CATALOG,
    DEMO_MODELS,
    PRECISIONS,
    CatalogEntry,
    by_name,
    is_complete,
    unknown,
)
from gigaam_cli.engines.lock import alone
from gigaam_cli.engines.optimise.files import FOLDER as REWRITTEN
from gigaam_cli.engines.optimise.files import can_be_rewritten

# What systems leave in every folder that somebody looked into.
_LITTER = (".DS_Store", "Thumbs.db", "desktop.ini")


@dataclass(frozen=True, slots=True)
class Holding:
    """A model and what of it is here: ``precisions`` that are complete, and the bytes of all its files."""

    name: str
    folder: Path
    precisions: tuple[str, ...]
    rewritten: tuple[str, ...]
    """Precisions that it was rewritten to, for this machine."""
    size: int
    recorded: bool
    """Installed by gigaam, so that ``verify`` knows what its files must be."""
    licence: str
    source: str


def holdings() -> Iterator[Holding]:
    """Yield every model that gigaam knows, those that are not here with no precisions."""
    yield from map(_demo, DEMO_MODELS)
    for entry in CATALOG:
        yield holding(entry)


def _demo(name: str) -> Holding:
    folder = demo_folder() / "model"
    return Holding(name, folder, ("int8",), (), _size(folder), recorded=False, licence="MIT", source="")


def holding(entry: CatalogEntry) -> Holding:
    """Return what is here of a model."""
    folder = models_folder() / entry.name
    names = {file.name for file in files_in(folder)}
    complete = complete_precisions(entry, names)
    return Holding(
        name=entry.name,
        folder=folder,
        precisions=complete,
        rewritten=_rewritten(entry, complete),
        size=_size(folder),
        recorded=record.RECORD in names,
        licence=entry.licence,
        source=entry.repository,
    )


def complete_precisions(entry: CatalogEntry, names: set[str]) -> tuple[str, ...]:
    """Return the precisions in which files of these ``names`` are the whole model."""
    return tuple(precision for precision in PRECISIONS if is_complete(entry, names, precision))


def _rewritten(entry: CatalogEntry, precisions: tuple[str, ...]) -> tuple[str, ...]:
    from gigaam_cli.engines.models import find_model
    from gigaam_cli.engines.optimise.cache import known

    if not precisions or not can_be_rewritten(entry):
        return ()
    try:
        model = find_model(entry.name)
    except EnvironmentFailure:
        return ()
    return (model.precision,) if known(model) is not None else ()


def named(name: str) -> CatalogEntry:
    """Return the catalog's entry of that name.

    Raises:
        ModelUnknownError: there is none.
    """
    entry = by_name(name)
    if entry is None:
        raise unknown(name)
    return entry


def present(name: str) -> Holding:
    """Return what is here of the model called ``name``, if only the beginning of it.

    Raises:
        ModelUnknownError: gigaam does not know it.
        ModelNotThereError: nothing of it is here.
    """
    there = _demo(name) if name in DEMO_MODELS else holding(named(name))
    if not files_in(there.folder):
        raise ModelNotThereError(model=name)
    return there


def verify(there: Holding) -> Iterator[tuple[str, str | None]]:
    """Read all files of a model; yield each name and what is wrong with it, None for nothing.

    Raises:
        ModelNotThereError: an install of it was begun, and no more than that.
    """
    if not (there.precisions or there.recorded):
        raise ModelNotThereError(model=there.name)
    try:
        yield from record.verify(there.folder)
    except ModelDamagedError as error:
        yield record.RECORD, str(error.values["detail"])


def remove(name: str, observer: Observer = nobody) -> Holding:
    """Delete a model's files, when nobody is fetching it; return what was there.

    Raises:
        ModelUnknownError: gigaam does not know it.
        ModelNotThereError: nothing of it is here.
        ModelForeignError: there is something in its folder that belongs to no model.
        ModelsFolderError: it cannot be deleted.
    """
    entry = named(name)  # not the one that comes with gigaam
    there = present(name)
    refuse_foreign(entry, there.folder)
    try:
        with alone(there.folder, name, observer):
            if there.folder.is_symlink():
                there.folder.unlink()  # the folder that it points to is somebody else's
            else:
                _delete(there.folder)
    except OSError as error:
        raise ModelsFolderError(path=there.folder, detail=error.strerror or str(error)) from error
    return there


def refuse_foreign(entry: CatalogEntry, folder: Path) -> None:
    """Look whether everything in a folder is a model's, down to what a pull that was cut short left.

    Raises:
        ModelForeignError: something is not.
    """
    if folder.is_symlink():
        return  # only the link itself is ever deleted
    for file in sorted(folder.iterdir()):
        known = file.name in (record.RECORD, REWRITTEN, *_LITTER) or file.name.endswith(".partial")
        if not known and not any(entry.owns(file.name, precision) for precision in PRECISIONS):
            raise ModelForeignError(folder=folder, file=file.name)


def _delete(folder: Path) -> None:
    """Delete a folder whose remains, if this is cut short, are no model any more."""
    doomed = folder.with_name(f".{folder.name}.removed")
    shutil.rmtree(doomed, ignore_errors=True)
    patiently(partial(folder.replace, doomed))
    shutil.rmtree(doomed)


def files_in(folder: Path) -> list[Path]:
    """Return the files in a folder; none where it is not there or closed to us."""
    try:
        return [file for file in folder.iterdir() if file.is_file()]
    except OSError:
        return []


def _size(folder: Path) -> int:
    total = 0
    for file in folder.rglob("*"):
        with contextlib.suppress(OSError):  # it may have got its name just now
            total += file.stat().st_size
    return total
