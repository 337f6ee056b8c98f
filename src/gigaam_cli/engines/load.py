"""From a model's name and a device's to an engine that is ready to work."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from gigaam_cli.core.events import Observer, nobody
from gigaam_cli.core.i18n import mark as _
from gigaam_cli.core.model_errors import ModelDamagedError
from gigaam_cli.engines.devices import Device, cores
from gigaam_cli.engines.models import InstalledModel, as_it_came
from gigaam_cli.engines.protocol import Engine
from gigaam_cli.engines.separate import SeparateEngine

logger = logging.getLogger(__name__)

# What a batch gains on a GPU levels off here; memory allows far more.
_GPU_BATCH = 32
# While one call computes, another one's audio travels and its result is decoded.
_GPU_CALLS = 2


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """How much an engine does at once; None leaves it to the machine."""

    threads: int | None = None
    batch_size: int | None = None


def settle(model: InstalledModel, device: Device, observer: Observer = nobody) -> InstalledModel:
    """Rewrite a model for ``device`` where that is due and not done; return what is to be loaded.

    Raises:
        PrecisionMissingError: it cannot be rewritten, and is not there in the precision that was asked for.
    """
    from gigaam_cli.engines.optimise.cache import ready

    folder = ready(model, observer, device.gpu)
    return replace(model, rewritten=folder) if folder is not None else as_it_came(model)


def load_engines(
    model: InstalledModel,
    devices: Sequence[Device],
    options: EngineOptions,
    observer: Observer = nobody,
) -> list[Engine]:
    """Load a ``model`` that is settled on each of ``devices``, at once where they have processes of their own.

    Raises:
        ModelDamagedError: the files cannot be loaded.
        DeviceLostError: a process ended while it loaded them.
    """
    if devices[0].number is None:
        return [load_engine(model, devices[0], options, observer)]
    calls = options.threads or _usual_calls(devices[0], sharing=len(devices))
    each = replace(options, threads=calls)
    engines = [
        SeparateEngine(partial(load_engine, model, device, each), device.name, calls) for device in devices
    ]
    with ExitStack() as unfinished:
        for engine in engines:
            unfinished.callback(engine.close)
        for engine in engines:
            engine.ready()
        unfinished.pop_all()
    return list(engines)


def _usual_calls(device: Device, sharing: int = 1) -> int:
    return _GPU_CALLS if device.gpu is not None else max(1, cores() // sharing)


def load_engine(
    model: InstalledModel, device: Device, options: EngineOptions, observer: Observer = nobody
) -> Engine:
    """Load a ``model`` that is settled on ``device``.

    Raises:
        ModelDamagedError: the files cannot be loaded.
    """
    from gigaam_cli.engines.native import NativeEngine
    from gigaam_cli.engines.onnx import OnnxEngine

    calls = options.threads or _usual_calls(device)
    batch = options.batch_size or (1 if device.gpu is None else _GPU_BATCH)
    if model.rewritten is None:
        return OnnxEngine(model, device, calls, batch)
    if device.gpu is None:
        batch = 1  # whatever was asked for: its graph has no masks, and more gains nothing
    try:
        return NativeEngine(model, model.rewritten, device, calls, batch)
    except ModelDamagedError as error:
        logger.warning("making it anew: %s", error)
    return NativeEngine(model, _made_anew(model, device, observer), device, calls, batch)


def _made_anew(model: InstalledModel, device: Device, observer: Observer) -> Path:
    """Make a rewritten model again that was damaged, by a power failure or a disk; return its folder."""
    from gigaam_cli.engines.optimise.cache import discard, ready

    assert model.rewritten is not None  # noqa: S101 - it was loaded from there
    discard(model.rewritten)
    folder = ready(model, observer, device.gpu)
    if folder is None:
        raise ModelDamagedError(folder=model.rewritten, detail=_("it cannot be rewritten again"))
    return folder
