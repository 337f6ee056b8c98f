"""A second of real recognition on each device: what was said, and how fast that was found."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from difflib import SequenceMatcher
from functools import partial
from typing import TYPE_CHECKING

from gigaam_cli.core.errors import EnvironmentFailure
from gigaam_cli.core.i18n import mark as _
from gigaam_cli.engines.catalog import DEMO_MODEL, DEMO_MODELS
from gigaam_cli.engines.devices import Device, choose_devices
from gigaam_cli.pipeline.doctor.findings import Check, Finding
from gigaam_cli.pipeline.doctor.models import WantedModel
from gigaam_cli.pipeline.doctor.remedies import Machine, pip_install, set_variable

if TYPE_CHECKING:
    from gigaam_cli.core.values import Audio
    from gigaam_cli.engines.models import InstalledModel
    from gigaam_cli.engines.protocol import Engine

_SECONDS, _PATIENCE = 120.0, 10.0
_MEASURED_SECONDS = 1.0
# Letters that must be right; punctuation, capitals and digits are a model's own affair.
_ALIKE = 0.8
Measured = Callable[[str, str, float], object]
"""Is told of a model, a device and how many seconds of audio a second it recognises."""


def recognitions(machine: Machine, wanted: WantedModel, measured: Measured) -> list[Check]:
    """Return a check for each device with the demonstration model, and with the wanted one where it is here."""
    first, *others = choose_devices("all")
    devices = [Device("cpu", None, ""), *(device for device in (first, *others) if device.gpu is not None)]
    names = dict.fromkeys((DEMO_MODEL, *([wanted.name] if _is_there(wanted.name) else [])))
    return [
        Check(
            "recognition",
            _("Recognition: {about}"),
            partial(_recognised, machine, name, device, measured),
            about=f"{name}, {device.name}",
            seconds=_SECONDS,
            needed=device.gpu is None,
        )
        for device in devices
        for name in names
    ]


def _is_there(name: str) -> bool:
    from gigaam_cli.engines.models import find_model

    try:
        find_model(name, note=False)
    except EnvironmentFailure:
        return False
    return True


def _recognised(machine: Machine, name: str, device: Device, measured: Measured) -> Finding:
    from gigaam_cli.engines.optimise.probe import SAID

    model = _as_it_is(name, device)
    with _loaded(model, device) as engine:
        text, speed = measure(engine)
    values = {
        "model": name,
        "precision": model.precision,
        "device": device.name,
        "rtfx": round(speed, 1),
        "text": text,
        "expected": SAID,
        "right": alike(text, SAID) >= _ALIKE,
    }
    if values["right"]:
        measured(name, device.name, speed)
        return Finding("ok", _("right, {rtfx} times real time"), values)
    state = _("it heard “{text}” where “{expected}” was said")
    return Finding(
        "failed" if device.gpu is None else "warning", state, values, remedies=_remedy(machine, name, device)
    )


def _remedy(machine: Machine, name: str, device: Device) -> tuple[str, ...]:
    if device.gpu is not None:
        return (set_variable(machine, "GIGAAM_DEVICE", "cpu"),)
    if name in DEMO_MODELS:
        return (pip_install(machine, "--force-reinstall", "onnxruntime"),)
    return (f"gigaam models pull {name} --again",)


def _as_it_is(name: str, device: Device) -> InstalledModel:
    """Return a model, rewritten if that is done already: to do it here would take a minute."""
    from gigaam_cli.engines.models import as_it_came, find_model
    from gigaam_cli.engines.optimise.cache import known

    model = find_model(name, device=device.kind, note=False)
    folder = known(model)
    return replace(model, rewritten=folder) if folder is not None else as_it_came(model)


@contextmanager
def _loaded(model: InstalledModel, device: Device) -> Iterator[Engine]:
    """Load a model in a process of its own, which is ended where it does not answer: a driver may hang or crash."""
    from gigaam_cli.engines.devices import cores
    from gigaam_cli.engines.load import EngineOptions, load_engine
    from gigaam_cli.engines.separate import SeparateEngine

    calls = cores() if device.gpu is None else 1
    load = partial(load_engine, model, device, EngineOptions(threads=calls))
    engine = SeparateEngine(load, device.name, calls)
    end = threading.Timer(_SECONDS - _PATIENCE, engine.interrupt)
    end.daemon = True
    end.start()
    try:
        engine.ready()
        yield engine
    finally:
        end.cancel()
        engine.close()


def measure(engine: Engine) -> tuple[str, float]:
    """Return what an engine hears, and how many seconds of audio it recognises a second when all of it works."""
    from gigaam_cli.core.values import SAMPLE_RATE
    from gigaam_cli.engines.optimise.probe import probe

    sound = probe()
    (first,) = engine.recognise([sound])
    text = "".join(token.text for token in first.tokens).strip()
    batch = [sound] * engine.info.batch
    began = time.monotonic()
    with ThreadPoolExecutor(engine.info.calls, thread_name_prefix="measure") as pool:
        rounds = sum(
            pool.map(
                lambda _call: _rounds(engine, batch, began + _MEASURED_SECONDS), range(engine.info.calls)
            )
        )
    took = time.monotonic() - began
    return text, rounds * len(batch) * len(sound) / SAMPLE_RATE / took


def _rounds(engine: Engine, batch: Sequence[Audio], until: float) -> int:
    rounds = 0
    while rounds == 0 or time.monotonic() < until:
        list(engine.recognise(batch))
        rounds += 1
    return rounds


def alike(one: str, other: str) -> float:
    """Return how alike the letters of two texts are, from 0 to 1."""
    return SequenceMatcher(None, _letters(one), _letters(other), autojunk=False).ratio()


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold().replace("ё", "е") if letter.isalpha())
