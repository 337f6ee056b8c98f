"""What a user asks for, and what will recognise it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from gigaam_cli.core.errors import EnvironmentFailure, GigaamError
from gigaam_cli.core.events import Observer, nobody
from gigaam_cli.core.files import sha256_of
from gigaam_cli.core.model_errors import ModelDamagedError
from gigaam_cli.engines.catalog import DEFAULT_MODEL
from gigaam_cli.engines.devices import Device, choose_devices
from gigaam_cli.engines.load import EngineOptions, settle
from gigaam_cli.engines.models import InstalledModel, find_model, model_digest
from gigaam_cli.engines.optimise.files import RECIPE
from gigaam_cli.media.discover import Rules
from gigaam_cli.pipeline.jobs import Recipe
from gigaam_cli.pipeline.outcomes import Sink
from gigaam_cli.pipeline.plan import Plan
from gigaam_cli.pipeline.template import Template
from gigaam_cli.store.digest import digest
from gigaam_cli.store.store import Store


@dataclass(frozen=True, slots=True)
class Request:
    """What a user asks for. ``sink`` replaces files as the place where texts go; it gets the jobs in order.

    No recording is begun later than ``begin_within`` seconds after the run began. Unless it ``waits``, what other
    runs are at is left alone, and what failed is not tried again.
    """

    inputs: tuple[str | Path, ...]
    rules: Rules = field(default_factory=Rules)
    recipe: Recipe = field(default_factory=Recipe)
    model: str = DEFAULT_MODEL
    device: str = "auto"
    precision: str = "auto"
    engine: EngineOptions = field(default_factory=EngineOptions)
    output: Path | None = None
    template: Template | None = None
    overwrite: bool = False
    force: bool = False
    begin_within: float | None = None
    retries: int = 0
    waits: bool = True
    sink: Callable[[Plan], Sink] | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """What will recognise. ``digest`` identifies everything that a text depends on, apart from the recording."""

    model: InstalledModel
    devices: tuple[Device, ...]
    digest: str


def look_for(request: Request, store: Store) -> tuple[Choice | None, tuple[GigaamError, ...]]:
    """Return what would recognise, or what is missing for that: the model is looked for without a device, too."""
    problems: list[GigaamError] = []
    devices: tuple[Device, ...] = ()
    try:
        devices = choose_devices(request.device)
    except EnvironmentFailure as error:
        problems.append(error)
    kind = devices[0].kind if devices else "cuda" if request.device.startswith("cuda") else "cpu"
    try:
        model = find_model(request.model, request.precision, kind, note=False)
        if not problems:
            return _choice(model, devices, request, store), ()
    except EnvironmentFailure as error:
        problems.append(error)
    return None, tuple(problems)


def choose(
    request: Request, store: Store, observer: Observer = nobody, devices: tuple[Device, ...] | None = None
) -> Choice:
    """Find the model, and the devices where none are named; the model is rewritten where that is due.

    Raises:
        EnvironmentFailure: model or device are not there.
    """
    devices = devices or choose_devices(request.device)
    found = find_model(request.model, request.precision, devices[0].kind)
    return _choice(settle(found, devices[0], observer), devices, request, store)


def _choice(model: InstalledModel, devices: tuple[Device, ...], request: Request, store: Store) -> Choice:
    try:
        return Choice(model, devices, recognition_digest(model, request.recipe, store))
    except OSError as error:
        raise ModelDamagedError(folder=model.folder, detail=error.strerror or str(error)) from error


def recognition_digest(model: InstalledModel, recipe: Recipe, store: Store) -> str:
    """Return what identifies everything that a text depends on, apart from the recording."""
    options = {
        "model": model_digest(model, lambda file: store.file_hash(file, sha256_of)),
        "precision": model.precision,
        "segment": recipe.segment,
        "cut": recipe.decode.cut,
        "audio_stream": recipe.audio_stream,
    }
    return digest(options | ({"rewrite": RECIPE} if model.rewrite else {}))
