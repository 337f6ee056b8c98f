"""The main job from end to end: what the command line, the menu and the server all call."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from gigaam_cli import __version__
from gigaam_cli.core.errors import EnvironmentFailure, GigaamError, NoMediaFoundError, NothingIncludedError
from gigaam_cli.core.events import Observer, nobody
from gigaam_cli.core.files import sha256_of
from gigaam_cli.core.model_errors import ModelDamagedError
from gigaam_cli.engines.catalog import DEFAULT_MODEL
from gigaam_cli.engines.devices import Device, choose_devices, cores
from gigaam_cli.engines.load import EngineOptions, load_engines, settle
from gigaam_cli.engines.models import InstalledModel, find_model, model_digest
from gigaam_cli.engines.optimise.files import RECIPE
from gigaam_cli.engines.protocol import Engine
from gigaam_cli.media import ffmpeg
from gigaam_cli.media.discover import EXTENSIONS, Found, Refused, Rules, Skipped, discover
from gigaam_cli.pipeline.folders import check_folders
from gigaam_cli.pipeline.jobs import BatchReport, Pace, Recipe
from gigaam_cli.pipeline.logbook import written_down
from gigaam_cli.pipeline.outcomes import Sink
from gigaam_cli.pipeline.plan import Plan, Wish, look_again, make_plan
from gigaam_cli.pipeline.run import Control, Setting, run
from gigaam_cli.pipeline.sinks import FolderSink
from gigaam_cli.store.digest import digest
from gigaam_cli.store.history import Start
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
    retries: int = 0
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
    wish: Wish
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


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a run would begin with. ``problems`` are what would end it before: without a model or a device there is
    no choice, and none of the recordings can be said to be done.
    """

    prepared: Prepared
    problems: tuple[GigaamError, ...]
    lengths: Mapping[int, float]
    """Seconds of the recordings whose texts are in the store, by the number of the job."""
    speed: float | None = None
    """Seconds of audio a second that past runs reached with the same model and devices."""


def prepare(request: Request, store: Store, observer: Observer = nobody) -> Prepared:
    """Find the recordings, the model and the device, and plan the run; nothing is decoded or written.

    The model is rewritten for this machine where that is due.

    Raises:
        NoMediaFoundError: the inputs hold no recording.
        EnvironmentFailure: model or device are not there.
    """
    found = _discovered(request)
    choice = _choose(request, store, observer) if _recordings_in(found) else None
    return _planned(request, store, found, choice)


def foresee(request: Request, store: Store) -> Foreseen:
    """Prepare a run as far as that goes without work: whatever is missing is told, and the rest is planned.

    Raises:
        NoMediaFoundError: the inputs hold no recording.
    """
    found = _discovered(request)
    choice, problems = _look_for(request, store) if _recordings_in(found) else (None, ())
    prepared = _planned(request, store, found, choice)
    known = ((job.number, job.recognition) for job in prepared.plan.to_write)
    lengths = {number: store.seconds_of(recognition) for number, recognition in known if recognition}
    start = _start(prepared)
    return Foreseen(prepared, problems, lengths, store.history.speed(start.model, start.devices))


def _discovered(request: Request) -> list[Found | Skipped | Refused]:
    found = list(discover(request.inputs, request.rules))
    if not any(isinstance(item, Found | Refused) for item in found):
        raise nothing_found(request.inputs, found)
    return found


def _recordings_in(found: Iterable[Found | Skipped | Refused]) -> bool:
    return any(isinstance(item, Found) for item in found)


def _planned(
    request: Request, store: Store, found: Sequence[Found | Skipped | Refused], choice: Choice | None
) -> Prepared:
    number = choice.digest if choice else ""
    wish = Wish(
        request.recipe, number, request.output, request.sink is not None, request.overwrite, request.force
    )
    return Prepared(request, wish, make_plan(found, wish, store), choice)


def _look_for(request: Request, store: Store) -> tuple[Choice | None, tuple[GigaamError, ...]]:
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


def _choose(request: Request, store: Store, observer: Observer) -> Choice:
    devices = choose_devices(request.device)
    found = find_model(request.model, request.precision, devices[0].kind)
    return _choice(settle(found, devices[0], observer), devices, request, store)


def _choice(model: InstalledModel, devices: tuple[Device, ...], request: Request, store: Store) -> Choice:
    try:
        return Choice(model, devices, recognition_digest(model, request.recipe, store))
    except OSError as error:
        raise ModelDamagedError(folder=model.folder, detail=error.strerror or str(error)) from error


def carry_out(
    prepared: Prepared, store: Store, observer: Observer = nobody, control: Control | None = None
) -> BatchReport:
    """Do what was prepared.

    Raises:
        OutputError: an output folder cannot be written to or has no room; nothing was done.
        EnvironmentFailure: FFmpeg is not there or the engine cannot be loaded; nothing was done.
    """
    control = control or Control()
    return written_down(
        lambda: _carried_out(prepared, store, observer, control), _start(prepared), store.history, control
    )


def _carried_out(prepared: Prepared, store: Store, observer: Observer, control: Control) -> BatchReport:
    request, plan = prepared.request, prepared.plan
    check_folders(plan)
    if plan.to_recognise:
        logger.info("FFmpeg is %s", ffmpeg.binary())
    sink = request.sink(plan) if request.sink else FolderSink(store, request.recipe, request.overwrite)
    number = prepared.choice.digest if prepared.choice else ""
    load = partial(prepared.load, observer)
    again = partial(look_again, wish=prepared.wish, store=store)
    setting = Setting(store, sink, request.recipe, number, load, _pace(prepared), observer, again)
    return run(plan, setting, control)


def _start(prepared: Prepared) -> Start:
    request, choice = prepared.request, prepared.choice
    return Start(
        __version__,
        choice.model.name if choice else request.model,
        choice.model.precision if choice else request.precision,
        tuple(device.name for device in choice.devices) if choice else (),
        tuple(map(str, request.inputs)),
    )


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
    in_order = request.sink is not None
    return Pace(readers, in_order=in_order, begin_within=request.begin_within, retries=request.retries)


def nothing_found(
    inputs: Sequence[str | Path], found: Sequence[Found | Skipped | Refused]
) -> NoMediaFoundError:
    """Return the error that says that no recording is among ``inputs``."""
    where = ", ".join(str(item) for item in inputs) or "[]"
    left_out = sum(isinstance(item, Skipped) for item in found)
    if left_out:
        return NothingIncludedError(where=where, left_out=left_out)
    return NoMediaFoundError(where=where, extensions=" ".join(sorted(name[1:] for name in EXTENSIONS)))
