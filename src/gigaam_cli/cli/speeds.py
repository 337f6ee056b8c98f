"""How fast models are here: from past runs, and where there are none from ``gigaam doctor``."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass

from gigaam_cli.core.errors import EnvironmentFailure
from gigaam_cli.core.paths import state_folder
from gigaam_cli.store.speeds import read_speeds, write_speed


@dataclass(frozen=True, slots=True)
class Speed:
    """Seconds of audio a second on ``devices``; ``source`` is ``runs`` or ``doctor``."""

    rtfx: float
    devices: tuple[str, ...]
    source: str


def note_speed(model: str, device: str, rtfx: float) -> None:
    """Note what was measured; where that cannot be written down, it is not worth an error."""
    with contextlib.suppress(OSError):
        write_speed(state_folder(), model, device, rtfx)


def speeds_of(models: Iterable[str]) -> dict[str, Speed]:
    """Return what is known of each model's speed on this machine; nothing is made or changed by asking."""
    names = tuple(models)
    return {**_from_doctor(names), **_from_runs(names)}


def _from_runs(models: Iterable[str]) -> dict[str, Speed]:
    from gigaam_cli.store.store import Store

    try:
        store = Store.open_to_read(state_folder())
    except EnvironmentFailure:  # which gigaam doctor tells of
        return {}
    try:
        found = {model: store.history.latest_speed(model) for model in models}
    except EnvironmentFailure:
        return {}
    finally:
        store.close()
    return {model: Speed(*speed, "runs") for model, speed in found.items() if speed is not None}


def _from_doctor(models: Iterable[str]) -> dict[str, Speed]:
    """Return the fastest device's where several were measured."""
    measured = sorted(read_speeds(state_folder()).values(), key=lambda speed: speed.rtfx)
    fastest = {speed.model: Speed(speed.rtfx, (speed.device,), "doctor") for speed in measured}
    return {model: fastest[model] for model in models if model in fastest}
