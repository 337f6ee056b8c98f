"""The seam between the pipeline and whatever recognises speech."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from gigaam_cli.core.values import Audio, Recognition


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """What an engine is and how it wants to be called."""

    engine: str
    model: str
    precision: str
    device: str
    device_reason: str
    calls: int = 1
    """Calls to ``recognise`` that may run at once, and gain from it."""
    batch: int = 1
    """Segments that a call takes at best."""


class Engine(Protocol):
    """Recognises segments. Safe to call from ``info.calls`` threads at once."""

    @property
    def info(self) -> EngineInfo:
        """What this engine is."""

    def recognise(self, batch: Sequence[Audio]) -> Iterator[Recognition]:
        """Yield what is said in each of ``batch`` (at most 25 s each), in its order."""

    def close(self) -> None:
        """Give back the device's memory."""
