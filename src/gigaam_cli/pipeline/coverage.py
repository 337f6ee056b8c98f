"""Compares what was said with how much speech there was: an engine that fell silent must not pass unnoticed. Pure.

The measure of speech is the VAD's, which hears none in noise and music. A cough or a word that nobody can make out
is speech without text, too, so only more than that is suspicious.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from gigaam_cli.store.values import Spoken

LONG_SECONDS = 30.0
"""Speech without a word between two words, or before the first or behind the last, that is suspicious anywhere."""
SHARE, LEAST_SECONDS = 0.5, 5.0
"""So much of all speech without a word is suspicious, if it is this long at least."""

Gap = tuple[float, float]


def unheard(segments: Iterable[Spoken]) -> tuple[Gap, ...]:
    """Return from when to when of a recording there is suspiciously much speech and no word of it.

    ``segments`` come in order of time.
    """
    runs = [(silent, list(run)) for silent, run in groupby(segments, key=lambda segment: not segment.words)]
    gaps = [(run[0].start, run[-1].end, _speech(run)) for silent, run in runs if silent]
    lost = sum(speech for _start, _end, speech in gaps)
    everywhere = lost >= max(LEAST_SECONDS, SHARE * sum(_speech(run) for _silent, run in runs))
    return tuple((start, end) for start, end, speech in gaps if everywhere or speech >= LONG_SECONDS)


def _speech(run: Iterable[Spoken]) -> float:
    return sum(segment.speech for segment in run)
