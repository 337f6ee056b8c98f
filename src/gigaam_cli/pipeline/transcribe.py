"""The main job from end to end: what the command line, the menu and the server all call."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from gigaam_cli import __version__
from gigaam_cli.core.errors import GigaamError, NoMediaFoundError, NothingIncludedError
from gigaam_cli.core.events import Observer, nobody
from gigaam_cli.core.memory import uncollected
from gigaam_cli.engines.devices import cores
from gigaam_cli.engines.load import load_engines
from gigaam_cli.engines.protocol import Engine
from gigaam_cli.media import ffmpeg
from gigaam_cli.media.discover import EXTENSIONS, Found, Refused, Skipped, discover
from gigaam_cli.pipeline.control import Control
from gigaam_cli.pipeline.folders import check_folders
from gigaam_cli.pipeline.jobs import BatchReport, Pace
from gigaam_cli.pipeline.logbook import written_down
from gigaam_cli.pipeline.plan import Plan, Wish, make_plan, review
from gigaam_cli.pipeline.request import Choice, Request, choose, look_for
from gigaam_cli.pipeline.run import Setting, run
from gigaam_cli.pipeline.sinks import FolderSink
from gigaam_cli.store.history import Start
from gigaam_cli.store.store import Store

logger = logging.getLogger(__name__)

# Beside recognition, which takes fifty times as long as reading there.
_READERS_ON_CPU = 4


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


Load = Callable[[Prepared, Observer], Sequence[Engine]]


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
    choice = choose(request, store, observer) if _recordings_in(found) else None
    return prepare_found(request, found, choice, store)


def foresee(request: Request, store: Store) -> Foreseen:
    """Prepare a run as far as that goes without work: whatever is missing is told, and the rest is planned.

    Raises:
        NoMediaFoundError: the inputs hold no recording.
    """
    found = _discovered(request)
    choice, problems = look_for(request, store) if _recordings_in(found) else (None, ())
    prepared = prepare_found(request, found, choice, store)
    known = ((job.number, job.recognition) for job in prepared.plan.to_write)
    lengths = {number: store.seconds_of(recognition) for number, recognition in known if recognition}
    start = _start(prepared)
    return Foreseen(prepared, problems, lengths, store.history.speed(start.model, start.devices))


@uncollected
def _discovered(request: Request) -> list[Found | Skipped | Refused]:
    found = list(discover(request.inputs, request.rules))
    if not any(isinstance(item, Found | Refused) for item in found):
        raise nothing_found(request.inputs, found)
    return found


def _recordings_in(found: Iterable[Found | Skipped | Refused]) -> bool:
    return any(isinstance(item, Found) for item in found)


@uncollected
def prepare_found(
    request: Request, found: Sequence[Found | Skipped | Refused], choice: Choice | None, store: Store
) -> Prepared:
    """Plan a run over what was found; ``choice`` may be None where no recording is among that."""
    number = choice.digest if choice else ""
    wish = Wish(
        request.recipe,
        number,
        request.output,
        request.sink is not None,
        request.overwrite,
        request.force,
        request.template,
    )
    return Prepared(request, wish, make_plan(found, wish, store), choice)


def carry_out(
    prepared: Prepared,
    store: Store,
    observer: Observer = nobody,
    control: Control | None = None,
    load: Load = Prepared.load,
) -> BatchReport:
    """Do what was prepared; ``load`` gives the engines, which are closed at the end.

    Raises:
        OutputError: an output folder cannot be written to or has no room; nothing was done.
        EnvironmentFailure: FFmpeg is not there or the engine cannot be loaded; nothing was done.
    """
    control = control or Control()
    work = partial(_carried_out, prepared, store, observer, control, load)
    return written_down(work, _start(prepared), store.history, control)


def _carried_out(
    prepared: Prepared, store: Store, observer: Observer, control: Control, load: Load
) -> BatchReport:
    request, plan = prepared.request, prepared.plan
    check_folders(plan)
    if plan.to_recognise:
        logger.info("FFmpeg is %s", ffmpeg.binary())
    sink = request.sink(plan) if request.sink else FolderSink(store, request.recipe, request.overwrite)
    number = prepared.choice.digest if prepared.choice else ""
    engines = partial(load, prepared, observer)
    again = partial(review, wish=prepared.wish, store=store)
    setting = Setting(store, sink, request.recipe, number, engines, _pace(prepared), observer, again)
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


def _pace(prepared: Prepared) -> Pace:
    """Let readers have all cores where recognition does not need them: a GPU is faster than many of them."""
    on_cpu = prepared.choice is None or prepared.choice.devices[0].kind == "cpu"
    readers = min(cores(), _READERS_ON_CPU) if on_cpu else cores()
    request = prepared.request
    in_order = request.sink is not None
    return Pace(
        readers,
        in_order=in_order,
        begin_within=request.begin_within,
        waits=request.waits,
        retries=request.retries,
    )


def nothing_found(
    inputs: Sequence[str | Path], found: Sequence[Found | Skipped | Refused]
) -> NoMediaFoundError:
    """Return the error that says that no recording is among ``inputs``."""
    where = ", ".join(str(item) for item in inputs) or "[]"
    left_out = sum(isinstance(item, Skipped) for item in found)
    if left_out:
        return NothingIncludedError(where=where, left_out=left_out)
    return NoMediaFoundError(where=where, extensions=" ".join(sorted(name[1:] for name in EXTENSIONS)))
