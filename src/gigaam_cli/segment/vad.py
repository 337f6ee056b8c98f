"""The seam between segmentation and what detects speech."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from gigaam_cli.core.values import Audio

WINDOW = 512
"""Samples that one probability speaks for: 32 ms."""


class VadModel(Protocol):
    """Hears one recording from its start to its end; the state between blocks is inside."""

    def probabilities(self, samples: Audio) -> Audio:
        """Take the next samples, any number; return a speech probability for each whole window so far."""

    def finish(self) -> Audio:
        """Return the probability of the last, incomplete window (shape (0,) or (1,))."""


class Everything:
    """Calls everything speech: what ``--vad none`` means."""

    def __init__(self) -> None:
        self._rest = 0

    def probabilities(self, samples: Audio) -> Audio:
        """Return 1 for each whole window."""
        windows, self._rest = divmod(self._rest + len(samples), WINDOW)
        return np.ones(windows, np.float32)

    def finish(self) -> Audio:
        """Return 1 for the rest."""
        return np.ones(1 if self._rest else 0, np.float32)
