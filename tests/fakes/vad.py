"""A VAD that hears exactly what ``fakes.sounds`` makes audible."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gigaam_cli.segment.vad import WINDOW
from tests.fakes.sounds import QUIETEST

if TYPE_CHECKING:
    from gigaam_cli.core.values import Audio

_AUDIBLE = (QUIETEST - 1) / 32768


class LoudnessVad:
    """Calls a window speech when any sample in it is loud."""

    def __init__(self) -> None:
        self._rest = np.zeros(0, np.float32)

    def probabilities(self, samples: Audio) -> Audio:
        """Return 1 for each loud window, 0 for the others."""
        heard = np.concatenate([self._rest, samples])
        whole = len(heard) // WINDOW * WINDOW
        self._rest = heard[whole:]
        loud = np.abs(heard[:whole].reshape(-1, WINDOW)).max(axis=1, initial=0.0) > _AUDIBLE
        probabilities: Audio = loud.astype(np.float32)
        return probabilities

    def finish(self) -> Audio:
        """Call the rest silence."""
        return np.zeros(1 if len(self._rest) else 0, np.float32)
