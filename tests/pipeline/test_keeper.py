"""Engines that stay loaded: lent, never closed before the end, and loaded anew where that is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from gigaam_cli.core.errors import DeviceLostError
from gigaam_cli.core.events import Observer, nobody
from gigaam_cli.engines.devices import Device
from gigaam_cli.engines.models import find_model
from gigaam_cli.engines.protocol import Engine
from gigaam_cli.pipeline import request
from gigaam_cli.pipeline.jobs import Recipe
from gigaam_cli.pipeline.keeper import Keeper
from gigaam_cli.pipeline.plan import Plan, Wish
from gigaam_cli.pipeline.request import Choice, Request
from gigaam_cli.pipeline.transcribe import Prepared
from gigaam_cli.store.store import Store
from tests.fakes.engines import FakeEngine, fails_at

SOUND = [np.zeros(1600, np.float32)]
CHOICE = Choice(find_model("demo"), (Device("cpu", None, ""),), "digest")
PREPARED = Prepared(Request(()), Wish(Recipe(), "digest"), Plan((), ()), CHOICE)


class Loads:
    """Makes engines and counts them; the first ``broken`` attempts fail."""

    def __init__(self, engine: type[FakeEngine] = FakeEngine, broken: int = 0) -> None:
        self.engines: list[FakeEngine] = []
        self.kind, self.broken = engine, broken

    def __call__(self, prepared: Prepared, observer: Observer) -> Sequence[Engine]:
        if self.broken:
            self.broken -= 1
            raise DeviceLostError(device="cuda:0", detail="no answer")
        self.engines.append(self.kind())
        return self.engines[-1:]


def test_an_engine_outlives_the_runs_that_close_it() -> None:
    loads = Loads()
    keeper = Keeper(loads)
    for _ in range(3):
        (engine,) = keeper.lend(PREPARED, nobody)
        list(engine.recognise(SOUND))
        engine.close()
    assert len(loads.engines) == 1
    assert engine.info == loads.engines[0].info
    assert not loads.engines[0].closed
    keeper.close()
    assert loads.engines[0].closed


def test_another_model_takes_the_place_of_the_first() -> None:
    loads = Loads()
    keeper = Keeper(loads)
    keeper.lend(PREPARED, nobody)
    keeper.lend(replace(PREPARED, choice=replace(CHOICE, digest="another")), nobody)
    assert [engine.closed for engine in loads.engines] == [True, False]


class Failing(FakeEngine):
    def __init__(self) -> None:
        super().__init__(fails_at(2))


def test_an_engine_that_failed_is_loaded_anew() -> None:
    loads = Loads(Failing)
    keeper = Keeper(loads)
    (engine,) = keeper.lend(PREPARED, nobody)
    list(engine.recognise(SOUND))
    assert len(keeper.lend(PREPARED, nobody)) == len(loads.engines) == 1
    with pytest.raises(RuntimeError):
        list(engine.recognise(SOUND))
    keeper.lend(PREPARED, nobody)
    assert [engine.closed for engine in loads.engines] == [True, False]


@pytest.mark.parametrize("ends", [False, True])
def test_an_engine_that_is_stuck_is_loaded_anew(ends: bool) -> None:
    """Its call never comes back to say that it failed."""

    class Stuck(FakeEngine):
        def interrupt(self) -> bool:
            return ends

    loads = Loads(Stuck)
    keeper = Keeper(loads)
    (engine,) = keeper.lend(PREPARED, nobody)
    assert engine.interrupt() == ends
    keeper.lend(PREPARED, nobody)
    assert len(loads.engines) == (1 if ends else 2)


def test_an_engine_that_could_not_be_loaded_is_tried_again() -> None:
    keeper = Keeper(Loads(broken=1))
    with pytest.raises(DeviceLostError):
        keeper.lend(PREPARED, nobody)
    assert len(keeper.lend(PREPARED, nobody)) == 1


def test_devices_are_tried_once_and_again_after_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    def choose_devices(wanted: str) -> tuple[Device, ...]:
        tried.append(wanted)
        return (Device("cpu", None, ""),)

    monkeypatch.setattr(request, "choose_devices", choose_devices)
    keeper, store = Keeper(Loads()), Store.in_memory()
    wanted = Request((), model="demo")
    for _ in range(3):
        keeper.choose(wanted, store)
    assert tried == ["auto"]
    keeper.forget()
    keeper.choose(wanted, store)
    assert tried == ["auto", "auto"]
