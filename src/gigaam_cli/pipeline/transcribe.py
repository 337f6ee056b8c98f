"""The main job from end to end: what the command line, the menu and the server all call."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from gigaam_cli.core.errors import ModelDamagedError, NoMediaFoundError, NothingIncludedError
from gigaam_cli.core.events import Observer, nobody
from gigaam_cli.core.files import sha256_of
from gigaam_cli.engines.catalog import DEFAULT_MODEL
from gigaam_cli.engines.devices import Device, choose_devices, cores
from gigaam_cli.engines.load import EngineOptions, load_engines, settle
from gigaam_cli.engines.models import InstalledModel, find_model, model_digest
from gigaam_cli.engines.optimise.files import RECIPE
from gigaam_cli.engines.protocol import Engine
from gigaam_cli.media import ffmpeg
from gigaam_cli.media.discover import EXTENSIONS, Found, Refused, Rules, Skipped, discover
from gigaam_cli.pipeline.jobs import BatchReport, Pace, Recipe
from gigaam_cli.pipeline.ledger import Sink
from gigaam_cli.pipeline.plan import Plan, Wish, check_folders, make_plan
from gigaam_cli.pipeline.run import Control, Setting, run
from gigaam_cli.pipeline.sinks import FolderSink
from gigaam_cli.store.digest import digest
from gigaam_cli.store.store import Store

logger = logging.getLogger(__name__)

# Beside recognition, which takes fifty times as long as reading there.
_READERS_ON_CPU = 4


@dataclass(frozen=True, slots=True)
class Request:
    """What a user asks for. ``sink`` replaces files as the place where texts go; it gets the jobs in order.

    No recording is begun later than ``begin_within`` seconds after the run began.
    """

    inputs: tuple[str | Path, ...]
    rules: Rules = field(default_factory=Rules)
    recipe: Recipe = field(default_factory=Recipe)
    model: str = DEFAULT_MODEL
    device: str = "auto"
    precision: str = "auto"
    engine: EngineOptions = field(default_factory=EngineOptions)
    output: Path | None = None
    overwrite: bool = False
    force: bool = False
    begin_within: float | None = None
    sink: Callable[[Plan], Sink] | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """What will recognise. ``digest`` identifies everything that a text depends on, apart from the recording."""

    model: InstalledModel
    devices: tuple[Device, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request with everything looked up that can be without work; ``choice`` is None where no input is there."""

    request: Request
    plan: Plan
    choice: Choice | None

    def load(self, observer: Observer = nobody) -> Sequence[Engine]:
        """Load the engines."""
        if self.choice is None:
            return []
        began = time.monotonic()
        engines = load_engines(self.choice.model, self.choice.devices, self.request.engine, observer)
        logger.info("loaded %s in %.2f s", self.choice.model.folder, time.monotonic() - began)
        return engines


Load = Callable[[Prepared, Observer], Sequence[Engine]]


def prepare(request: Request, store: Store, observer: Observer = nobody, *, work: bool = True) -> Prepared:
    """Find the recordings, the model and the device, and plan the run; nothing is decoded or written.

    The model is rewritten for this machine where that is due, unless no ``work`` is to be done.

    Raises:
        NoMediaFoundError: the inputs hold no recording.
        EnvironmentFailure: model or device are not there.
    """
    found = list(discover(request.inputs, request.rules))
    if not any(isinstance(item, Found | Refused) for item in found):
        raise _nothing_found(request, found)
    there = any(isinstance(item, Found) for item in found)
    choice = choose(request, store, observer if work else None) if there else None
    return prepare_found(request, found, choice, store)


def prepare_found(
    request: Request, found: Sequence[Found | Skipped | Refused], choice: Choice | None, store: Store
) -> Prepared:
    """Plan a run over what was found; ``choice`` may be None where no recording is among that."""
    number = choice.digest if choice else ""
    wish = Wish(
        request.recipe, number, request.output, request.sink is not None, request.overwrite, request.force
    )
    return Prepared(request, make_plan(found, wish, store), choice)


def choose(
    request: Request,
    store: Store,
    observer: Observer | None = nobody,
    devices: tuple[Device, ...] | None = None,
) -> Choice:
    """Find the model, and the devices where none are named; no ``observer``, no model rewritten.

    Raises:
        EnvironmentFailure: model or device are not there.
    """
    devices = devices or choose_devices(request.device)
    found = find_model(request.model, request.precision, devices[0].kind)
    model = found if observer is None else settle(found, devices[0], observer)
    try:
        return Choice(model, devices, recognition_digest(model, request.recipe, store))
    except OSError as error:
        raise ModelDamagedError(folder=model.folder, detail=error.strerror or str(error)) from error


def carry_out(
    prepared: Prepared,
    store: Store,
    observer: Observer = nobody,
    control: Control | None = None,
    load: Load = Prepared.load,
) -> BatchReport:
    """Do what was prepared; ``load`` gives the engines, which are closed at the end.

    Raises:
        OutputError: an output folder cannot be written to; nothing was done.
        EnvironmentFailure: FFmpeg is not there or the engine cannot be loaded; nothing was done.
    """
    request, plan = prepared.request, prepared.plan
    check_folders(plan)
    if plan.to_recognise:
        logger.info("FFmpeg is %s", ffmpeg.binary())
    sink = request.sink(plan) if request.sink else FolderSink(store, request.recipe, request.overwrite)
    number = prepared.choice.digest if prepared.choice else ""
    engines = partial(load, prepared, observer)
    setting = Setting(store, sink, request.recipe, number, engines, _pace(prepared), observer)
    return run(plan, setting, control)


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


def _pace(prepared: Prepared) -> Pace:
    """Let readers have all cores where recognition does not need them: a GPU is faster than many of them."""
    on_cpu = prepared.choice is None or prepared.choice.devices[0].kind == "cpu"
    readers = min(cores(), _READERS_ON_CPU) if on_cpu else cores()
    request = prepared.request
    return Pace(readers, in_order=request.sink is not None, begin_within=request.begin_within)


def _nothing_found(request: Request, found: Sequence[Found | Skipped | Refused]) -> NoMediaFoundError:
    where = ", ".join(str(item) for item in request.inputs) or "[]"
    left_out = sum(isinstance(item, Skipped) for item in found)
    if left_out:
        return NothingIncludedError(where=where, left_out=left_out)
    return NoMediaFoundError(where=where, extensions=" ".join(sorted(name[1:] for name in EXTENSIONS)))
