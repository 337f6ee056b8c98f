"""Which segments travel to a device together. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

# Padding is wasted work: a segment joins a batch when it fills at least this share of the longest one.
_FILL = 0.7


def choose_batch(seconds: Sequence[float], size: int) -> list[int]:
    """Return the indices, in order, of up to ``size`` segments: the oldest and those nearest to it in length."""
    if size <= 1:
        return [0]
    first = seconds[0]
    near = sorted(range(len(seconds)), key=lambda index: (abs(seconds[index] - first), index))
    similar = [i for i in near if min(seconds[i], first) >= _FILL * max(seconds[i], first)]
    return sorted(similar[:size])


def choose_last_batch(seconds: Sequence[float], size: int, takers: int) -> list[int]:
    """Return the indices, in order, of what to take when no more segments will come, by ``takers`` in turn.

    The longest first, and no more than a fair share of all audio: so all devices end at about the same time
    (guided self-scheduling: Polychronopoulos and Kuck, 1987).
    """
    by_length = sorted(range(len(seconds)), key=lambda index: (-seconds[index], index))
    longest, fair = seconds[by_length[0]], sum(seconds) / takers
    similar = [index for index in by_length[:size] if seconds[index] >= _FILL * longest]
    reached = accumulate(seconds[index] for index in similar)
    return sorted(index for index, total in zip(similar, reached, strict=True) if total <= max(fair, longest))
