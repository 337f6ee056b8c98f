"""Which segments travel to a device together. Pure."""

from __future__ import annotations

from collections.abc import Sequence

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
