"""Disks and what must lie on them: room, permission to write, and a state store that is whole."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from gigaam_cli.core.errors import OutputError, StoreError, StoreTooNewError
from gigaam_cli.core.i18n import mark as _
from gigaam_cli.core.paths import models_folder, state_folder
from gigaam_cli.core.sizes import Bytes
from gigaam_cli.pipeline.doctor.findings import Check, Finding, State
from gigaam_cli.pipeline.doctor.remedies import Machine, move, own, set_variable, show_large
from gigaam_cli.pipeline.doctor.runner import explained

_FULL, _LOW = 2_000_000, 200_000_000
# The largest model in fp32, and what it is rewritten to.
_LOW_FOR_MODELS = 4_000_000_000
_FREE_SOME = _("Free some room on that disk: this shows what takes it.")


@dataclass(frozen=True, slots=True)
class Place:
    """A folder that is written to: how bad it is where that cannot be done, and the room below which to warn."""

    name: str
    title: str
    folder: Callable[[], Path]
    worst: State
    low: int = _LOW
    variable: str = ""
    """What names another folder."""


PLACES = (
    Place("state", _("Disk: state"), state_folder, "failed", variable="GIGAAM_STATE_DIR"),
    Place("models", _("Disk: models"), models_folder, "warning", _LOW_FOR_MODELS, "GIGAAM_MODELS_DIR"),
    Place(
        "temporary",
        _("Disk: temporary files"),
        lambda: Path(tempfile.gettempdir()),
        "warning",
        variable="TMPDIR",
    ),
    Place("current", _("Disk: current folder"), Path.cwd, "failed"),
)


def disks(machine: Machine) -> list[Check]:
    """Return a check for each folder that is written to."""
    return [
        Check(
            "disk",
            place.title,
            partial(disk, place, machine),
            about=place.name,
            needed=place.worst == "failed",
        )
        for place in PLACES
    ]


def disk(place: Place, machine: Machine) -> Finding:
    """Look whether a folder can be written to and how much room there is."""
    from gigaam_cli.pipeline.folders import check_folder

    try:
        folder = place.folder()
    except OSError as error:  # no folder for temporary files can be used, the current one is gone
        detail = error.strerror or str(error)
        values: dict[str, object] = {"detail": detail, "variable": place.variable}
        return Finding(place.worst, _("it cannot be found: {detail}"), values, _elsewhere(place))
    values = {"folder": folder, "variable": place.variable}
    try:
        there = check_folder(folder)
    except OutputError as error:
        return _closed(place, machine, {**values, "detail": error.values["detail"]})
    usage = shutil.disk_usage(there)
    if not usage.total:  # some network disks say nothing but zeros
        return Finding("note", _("{folder}: the system does not tell how much is free"), values)
    values["free"] = Bytes(usage.free)
    remedies = (show_large(machine, there),)
    if usage.free < _FULL:
        return Finding(place.worst, _("{folder} is full: {free} free"), values, _FREE_SOME, remedies)
    if usage.free < place.low:
        state: State = "note" if place.name == "models" else "warning"
        return Finding(state, _("little room in {folder}: {free} free"), values, _FREE_SOME, remedies)
    return Finding("ok", _("{free} free in {folder}"), values)


def _closed(place: Place, machine: Machine, values: dict[str, object]) -> Finding:
    what = _("{folder} cannot be written to: {detail}")
    if not place.variable:  # texts may well go elsewhere
        return Finding("note", what, values, _("Texts beside recordings here need -o FOLDER."))
    folder = Path(str(values["folder"]))
    if folder.is_dir():
        command = own(machine, folder)
    else:
        command = set_variable(machine, place.variable, str(Path.home() / "gigaam" / place.name))
    return Finding(place.worst, what, values, _elsewhere(place), (command,))


def _elsewhere(place: Place) -> str:
    return _("Another folder can be named in {variable}.") if place.variable else ""


def store(machine: Machine) -> Finding:
    """Look whether the state store is whole; nothing there is changed."""
    from gigaam_cli.store.database import FILE_NAME, Database, is_looked_over

    folder = state_folder()
    path = folder / FILE_NAME
    try:
        damage = Database.damage(folder)
    except StoreTooNewError as error:
        return explained("failed", error)
    except StoreError as error:
        command = own(machine, folder) if not os.access(folder, os.R_OK | os.W_OK | os.X_OK) else ""
        return explained("failed", error, *filter(None, [command]))
    values: dict[str, object] = {"path": path}
    if damage is not None:
        aside = (
            "gigaam status" if is_looked_over(path) else move(machine, path, path.with_suffix(".damaged-db"))
        )
        advice = _(
            "Set it aside while nothing else runs, then let gigaam adopt take in the texts that are there:"
        )
        return Finding(
            "failed", _("{path} is damaged: {detail}"), {**values, "detail": damage}, advice, (aside,)
        )
    if not path.exists():
        return Finding("ok", _("none yet: the first run makes {path}"), values)
    return Finding("ok", _("{path} is whole: {size}"), {**values, "size": Bytes(path.stat().st_size)})
