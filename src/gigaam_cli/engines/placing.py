"""Files of a model that have arrived whole get their names: all of them, and then the record that tells of them."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from gigaam_cli.core.files import patiently
from gigaam_cli.core.i18n import mark as _
from gigaam_cli.core.model_errors import ModelDamagedError, ModelsFolderError
from gigaam_cli.engines import record
from gigaam_cli.engines.catalog import CONFIG, CatalogEntry
from gigaam_cli.engines.record import FileRecord
from gigaam_cli.engines.vocabulary import read_vocabulary


@dataclass(frozen=True, slots=True)
class Arrived:
    """A file that is whole and checked: at ``partial``, or in its place already where that is None."""

    name: str
    partial: Path | None
    sha256: str
    commit: str


def place(folder: Path, files: Sequence[Arrived], others: Sequence[FileRecord]) -> None:
    """Give files their names and write the record of them and of ``others``; what is recorded besides goes.

    Until the record is written, the old one tells of the files as changed.
    """
    names = {file.name for file in files}
    for name in set(records_of(folder)) - {kept.name for kept in others} - names:
        (folder / name).unlink(missing_ok=True)
    for file in files:
        if file.partial is not None:
            patiently(partial(file.partial.replace, folder / file.name))
    described = [record.describe(folder / file.name, file.sha256, file.commit) for file in files]
    record.write(folder, [*others, *described])
    _clear(folder, names)


def _clear(folder: Path, names: set[str]) -> None:
    """Delete what attempts at earlier versions of these files left."""
    for leftover in folder.glob("*.partial"):
        if any(leftover.name.startswith(f"{name}.") for name in names):
            leftover.unlink()


def contents_problem(entry: CatalogEntry, name: str, path: Path) -> str | None:
    """Return what is wrong with a small file, as a marked message: it would give a wrong text, not an error."""
    if name == CONFIG and not _is_config(entry, path):
        return _("it does not say which version of the model it belongs to")
    if name == entry.vocabulary and not _is_vocabulary(path):
        return _("it is no list of tokens and their numbers")
    return None


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
def written_to(folder: Path) -> Iterator[None]:
    """Make the folder, and say what is wrong where it cannot be written to; leave no empty one behind."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise ModelsFolderError(path=folder, detail=error.strerror or str(error)) from error
    finally:
        with contextlib.suppress(OSError):
            folder.rmdir()  # only an empty one lets itself be removed


def records_of(folder: Path) -> dict[str, FileRecord]:
    """Return the records of a folder; none where they cannot be read, so that its files are compared anew."""
    try:
        return record.read(folder)
    except ModelDamagedError:
        return {}
