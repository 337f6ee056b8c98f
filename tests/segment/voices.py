"""Voice detectors that say what a test wants, and recordings whose samples know their place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from gigaam_cli.core.values import AudioSegment
from gigaam_cli.segment.segmenter import Segmenter
from gigaam_cli.segment.spans import SegmentOptions
from gigaam_cli.segment.vad import WINDOW

if TYPE_CHECKING:
    from gigaam_cli.core.values import Audio


class Scripted:
    """Says the probabilities that it was given, one for each window that it hears."""

    def __init__(self, probabilities: Iterable[float]) -> None:
        self._probabilities = iter(probabilities)
        self._rest = 0

    def probabilities(self, samples: Audio) -> Audio:
        windows, self._rest = divmod(self._rest + len(samples), WINDOW)
        return self._next(windows)

    def finish(self) -> Audio:
        return self._next(1 if self._rest else 0)

    def _next(self, windows: int) -> Audio:
        return np.array([next(self._probabilities, 0.0) for _ in range(windows)], np.float32)


def blocks(audio: Audio, sizes: Sequence[int]) -> Iterator[Audio]:
    """Yield ``audio`` in blocks of ``sizes``, over and over."""
    place = turn = 0
    while place < len(audio):
        size = sizes[turn % len(sizes)]
        yield audio[place : place + size]
        place, turn = place + size, turn + 1


def cut(audio: Audio, options: SegmentOptions, probabilities: Iterable[float]) -> list[AudioSegment]:
    """Return the segments of ``audio``, in which speech is where ``probabilities`` say."""
    return list(Segmenter(options, Scripted(probabilities)).segments(blocks(audio, [32_000])))


def numbered(windows: int) -> Audio:
    """Return a recording whose samples are their own positions, counted from 1: float32 holds them exactly."""
    return np.arange(1, windows * WINDOW + 1, dtype=np.float32)
