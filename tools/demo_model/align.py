"""Forced alignment: at which frame the CTC head says each character of a text that is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from .alphabet import BLANK

NEVER = -1e9
MOST_AT_ONCE = 3  # characters in a frame, as onnx-asr's greedy decoding allows


def align(log_probs: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the first frame of each label on the likeliest path: i64 [U].

    ``log_probs`` is f32 [S, V]. The states of CTC are the labels with a blank around each, 2 U + 1 of them.

    Raises:
        ValueError: the text has more characters than there are frames to say them in.
    """
    states = np.full(2 * len(labels) + 1, BLANK)
    states[1::2] = labels
    steps, state = _forward(log_probs[:, states], states)
    first = np.zeros(len(states), np.int64)
    for frame in range(len(steps) - 1, -1, -1):
        first[state] = frame
        state -= int(steps[frame, state])
    return first[1::2]


def _forward(emissions: NDArray[np.float32], states: NDArray[np.int64]) -> tuple[NDArray[np.int8], int]:
    """Return by how many states the best path to each state had moved on at each frame, and where it ends."""
    count = len(states)
    may_skip = np.zeros(count, bool)
    may_skip[3::2] = states[3::2] != states[1:-2:2]
    score = np.full(count, NEVER)
    score[:2] = emissions[0, :2]
    steps = np.zeros(emissions.shape, np.int8)
    for frame in range(1, len(emissions)):
        one = np.concatenate([[NEVER], score[:-1]])
        two = np.where(may_skip, np.concatenate([[NEVER, NEVER], score])[:count], NEVER)
        choices = np.stack([score, one, two])
        steps[frame] = choices.argmax(axis=0)
        score = choices.max(axis=0) + emissions[frame]
    end = count - 1 if count == 1 or score[-1] >= score[-2] else count - 2
    if score[end] < NEVER / 2:
        raise ValueError("the text does not fit into the frames")
    return steps, end


def greedy_decisions(
    firsts: Sequence[int], labels: Sequence[int], frames: int
) -> Iterator[tuple[int, int, int]]:
    """Yield what greedy decoding decides to say ``labels`` at ``firsts``: frame, labels so far, what is said."""
    said = 0
    for frame in range(frames):
        at_once = 0
        while said < len(labels) and firsts[said] <= frame and at_once < MOST_AT_ONCE:
            yield frame, said, labels[said]
            said, at_once = said + 1, at_once + 1
        if at_once < MOST_AT_ONCE:
            yield frame, said, BLANK
