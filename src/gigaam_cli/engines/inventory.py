"""Which models are on this machine, and how one leaves it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gigaam_cli.core.errors import ModelNotThereError, ModelUnknownError, OutputError
from gigaam_cli.core.paths import demo_folder, models_folder
from gigaam_cli.engines import record
from gigaam_cli.engines.catalog import (
    CATALOG,
    DEMO_MODELS,
    NAMES,
    PRECISIONS,
    CatalogEntry,
    by_name,
    is_complete,
)


@dataclass(frozen=True, slots=True)
class Holding:
    """A model and what of it is here: ``precisions`` that are complete, and the bytes of all its files."""

    name: str
    folder: Path
    precisions: tuple[str, ...]
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
    return Holding(name, folder, ("int8",), _size(folder), recorded=False, licence="MIT", source="")


def holding(entry: CatalogEntry) -> Holding:
    """Return what is here of a model."""
    folder = models_folder() / entry.name
    names = {file.name for file in folder.iterdir() if file.is_file()} if folder.is_dir() else set()
    complete = tuple(precision for precision in PRECISIONS if is_complete(entry, names, precision))
    recorded = (folder / record.RECORD).exists()
    return Holding(entry.name, folder, complete, _size(folder), recorded, entry.licence, entry.repository)


def named(name: str) -> CatalogEntry:
    """Return the catalog's entry of that name.

    Raises:
        ModelUnknownError: there is none.
    """
    entry = by_name(name)
    if entry is None:
        raise ModelUnknownError(model=name, known=", ".join(NAMES))
    return entry


def present(name: str) -> Holding:
    """Return what is here of the model called ``name``.

    Raises:
        ModelUnknownError: gigaam does not know it.
        ModelNotThereError: nothing of it is here.
    """
    there = _demo(name) if name in DEMO_MODELS else holding(named(name))
    if not there.folder.is_dir():
        raise ModelNotThereError(model=name)
    return there


def remove(name: str) -> Holding:
    """Delete a model's files; return what was there.

    Raises:
        ModelUnknownError: gigaam does not know it.
        ModelNotThereError: nothing of it is here.
        OutputError: it cannot be deleted.
    """
    named(name)  # not the one that comes with gigaam
    there = present(name)
    try:
        if there.folder.is_symlink():
            there.folder.unlink()  # the folder that it points to is somebody else's
        else:
            shutil.rmtree(there.folder)
    except OSError as error:
        raise OutputError(path=there.folder, detail=error.strerror or str(error)) from error
    return there


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.iterdir() if file.is_file()) if folder.is_dir() else 0
