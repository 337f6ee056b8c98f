"""Engines that stay loaded from one run to the next: loading takes seconds, and a watch has many runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from gigaam_cli.core.events import Observer, nobody
from gigaam_cli.engines.devices import Device
from gigaam_cli.engines.protocol import Engine, EngineInfo
from gigaam_cli.pipeline.request import Choice, Request, choose
from gigaam_cli.pipeline.transcribe import Load, Prepared
from gigaam_cli.store.store import Store

if TYPE_CHECKING:
    from gigaam_cli.core.values import Audio, Recognition


class Keeper:
    """Loads engines when they are first needed, and anew where another model is asked for or one of them failed.

    What it lends is closed by ``close`` alone.
    """

    def __init__(self, load: Load = Prepared.load) -> None:
        self._load = load
        self._choice: Choice | None = None
        self._devices: tuple[Device, ...] | None = None
        self._engines: list[Engine] = []
        self._spoilt = False

    def choose(self, request: Request, store: Store, observer: Observer = nobody) -> Choice:
        """Choose model and devices; the devices once, for to try one takes seconds.

        Raises:
            EnvironmentFailure: model or device are not there.
        """
        choice = choose(request, store, observer, None if self._spoilt else self._devices)
        self._devices = choice.devices
        return choice

    def lend(self, prepared: Prepared, observer: Observer) -> Sequence[Engine]:
        """Return engines for what was prepared; their ``close`` does nothing.

        Raises:
            EnvironmentFailure: they cannot be loaded.
        """
        if self._spoilt or prepared.choice != self._choice:
            self.close()
            self._spoilt = True
            self._engines = list(self._load(prepared, observer))
            self._choice, self._spoilt = prepared.choice, False
        return [_Lent(engine, self.forget) for engine in self._engines]

    def forget(self) -> None:
        """Load anew when engines are needed next: one failed. Safe to call from any thread."""
        self._spoilt = True

    def close(self) -> None:
        """Close what is loaded."""
        engines, self._engines = self._engines, []
        self._choice = None
        for engine in engines:
            engine.close()


class _Lent:
    """An engine that stays; ``failed`` is called when it did not answer a batch to its end, or is stuck."""

    def __init__(self, engine: Engine, failed: Callable[[], None]) -> None:
        self._engine, self._failed = engine, failed

    @property
    def info(self) -> EngineInfo:
        """What this engine is."""
        return self._engine.info

    def recognise(self, batch: Sequence[Audio]) -> Iterator[Recognition]:
        """Yield what is said in each of ``batch``."""
        answered = False
        try:
            yield from self._engine.recognise(batch)
            answered = True
        finally:
            if not answered:
                self._failed()

    def interrupt(self) -> bool:
        """End the calls that are under way, where that can be; an engine in which they go on is of no more use."""
        ended = self._engine.interrupt()
        if not ended:
            self._failed()
        return ended

    def close(self) -> None:
        """Leave it loaded."""
