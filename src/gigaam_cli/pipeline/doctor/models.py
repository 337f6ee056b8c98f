"""Models: whether the one that is to recognise is here, and whether all that are here are whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from gigaam_cli.core.errors import EnvironmentFailure, GigaamError
from gigaam_cli.core.i18n import mark as _
from gigaam_cli.core.model_errors import ModelDamagedError, ModelMissingError
from gigaam_cli.core.paths import models_folder
from gigaam_cli.core.sizes import Bytes
from gigaam_cli.engines import record
from gigaam_cli.engines.catalog import CATALOG, DEMO_MODEL, PRECISIONS, CatalogEntry
from gigaam_cli.engines.inventory import complete_precisions, files_in
from gigaam_cli.engines.models import find_model, missing, pull_command
from gigaam_cli.pipeline.doctor.findings import Check, Finding, State
from gigaam_cli.pipeline.doctor.runner import explained

_TITLE = _("Model {about}")
# From a slow disk.
_BYTES_A_SECOND = 20_000_000
_LEAST_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class WantedModel:
    """The model that is to recognise; ``named`` says that somebody chose it."""

    name: str
    named: bool


def wanted(model: WantedModel) -> Finding:
    """Look whether the model that is to recognise is here.

    Without the default one, which nobody chose, there is still the demonstration.
    """
    try:
        found = find_model(model.name, note=False)
    except ModelMissingError as error:
        may_pass = not model.named and _is_there(DEMO_MODEL)
        advice = _("Fetch it, or try the small demonstration model with -m demo.")
        command = str(error.values["command"])
        state: State = "warning" if may_pass else "failed"
        return Finding(state, error.template, error.values, advice, (command,))
    except GigaamError as error:
        return explained("failed", error, str(error.values.get("command", "gigaam models list")))
    values = {"model": found.name, "precision": found.precision, "folder": found.folder}
    return Finding("ok", _("{model} ({precision}) in {folder}"), values)


def _is_there(name: str) -> bool:
    try:
        find_model(name, note=False)
    except EnvironmentFailure:
        return False
    return True


def installed() -> list[Check]:
    """Return a check for each model of which something is here."""
    return [_check(entry, files) for entry in CATALOG if (files := files_in(models_folder() / entry.name))]


def _check(entry: CatalogEntry, files: list[Path]) -> Check:
    size = sum(file.stat().st_size for file in files if file.exists())
    seconds = _LEAST_SECONDS + size / _BYTES_A_SECOND
    return Check("model_files", _TITLE, partial(_files, entry, files), about=entry.name, seconds=seconds)


def _files(entry: CatalogEntry, files: list[Path]) -> Finding:
    folder = models_folder() / entry.name
    precisions = complete_precisions(entry, {file.name for file in files})
    values: dict[str, object] = {"model": entry.name, "folder": folder, "precisions": precisions}
    try:
        records = record.read(folder)
    except ModelDamagedError as error:
        return explained("failed", error, pull_command(entry.name))
    if not records:
        return _unrecorded(entry, precisions, values)
    damaged = list(_damaged(folder))
    if damaged:
        return _of_damaged(entry, damaged, values)
    values |= {"count": len(records), "size": Bytes(sum(kept.size for kept in records.values()))}
    return Finding("ok", _("whole: {size} in {count} files"), values)


def _damaged(folder: Path) -> Iterator[tuple[str, str]]:
    return ((name, problem) for name, problem in record.verify(folder) if problem)


def _of_damaged(entry: CatalogEntry, damaged: list[tuple[str, str]], values: dict[str, object]) -> Finding:
    name, problem = damaged[0]
    values |= {
        "file": Path(str(values["folder"])) / name,
        "detail": problem,
        "damaged": [name for name, _why in damaged],
    }
    commands = dict.fromkeys(pull_command(entry.name, _precision(entry, file)) for file, _why in damaged)
    return Finding(
        "failed", _("{file} is not what was installed: {detail}"), values, remedies=tuple(commands)
    )


def _precision(entry: CatalogEntry, file: str) -> str:
    """Return which precision to fetch for a file: ``auto`` for those that all share."""
    owners = [precision for precision in PRECISIONS if entry.owns(file, precision)]
    return owners[0] if len(owners) == 1 and owners != [PRECISIONS[0]] else "auto"


def _unrecorded(entry: CatalogEntry, precisions: tuple[str, ...], values: dict[str, object]) -> Finding:
    if precisions:
        return Finding("note", _("put there by hand: nothing to compare its files with"), values)
    error = missing(entry.name)
    what = _("incomplete: a fetch was cut short, or files are missing in {folder}")
    return Finding("note", what, values, remedies=(str(error.values["command"]),))
