"""From what a decoder found in frames to tokens with times."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gigaam_cli.core.values import Token

# CTC and RNN-T say where a token begins; a letter rarely sounds longer than this.
_LONGEST_TOKEN = 0.16


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """Tokens in order: their texts, the seconds at which they begin, and the logarithms of their probabilities."""

    texts: Sequence[str]
    starts: Sequence[float]
    log_probs: Sequence[float]


def timed(found: Hypothesis, seconds: float) -> Iterator[Token]:
    """Give each token of a segment of ``seconds`` an end: the next one's start, unless that is far away."""
    starts = [min(start, seconds) for start in found.starts]
    ends = _ends(starts, seconds)
    for text, start, end, log_prob in zip(found.texts, starts, ends, found.log_probs, strict=True):
        yield Token(text, start, min(end, start + _LONGEST_TOKEN), min(1.0, math.exp(log_prob)))


def _ends(starts: list[float], seconds: float) -> list[float]:
    """Return where each token ends at the latest: a transducer may hear several in one frame."""
    ends: list[float] = []
    following = seconds
    for start, after in zip(reversed(starts), reversed([*starts[1:], seconds][: len(starts)]), strict=True):
        following = after if after > start else following
        ends.append(following)
    return ends[::-1]
