"""The seam between the pipeline and whatever recognises speech."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from gigaam_cli.core.values import SAMPLE_RATE

if TYPE_CHECKING:
    from gigaam_cli.core.values import Audio, Recognition


# Less has no whole frame of features in it.
_SHORTEST = SAMPLE_RATE // 10


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

    def interrupt(self) -> bool:
        """End the calls that are under way, so that they raise, and return True; False where that cannot be.

        Called from another thread, about a call that lasts too long.
        """

    def close(self) -> None:
        """Give back the device's memory."""


def long_enough(samples: Audio) -> Audio:
    """Return samples with silence behind them, if they are too few for a model to hear anything in."""
    return np.pad(samples, (0, max(0, _SHORTEST - len(samples))))
