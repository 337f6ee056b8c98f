"""Greedy decoding: of CTC in one look, of a transducer for a whole batch at once.

Shapes: B recordings, S frames of 40 ms, J the joint network's width, V classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]

# The most tokens that a transducer may say in one frame: the official decoder's limit.
MOST_IN_A_FRAME = 10
# Frames that are joined with what was said before in one call: at 12 tokens a second every second one speaks.
CHUNK = 8


@dataclass(slots=True)
class Path:
    """What was found in one recording: classes, the frames they begin in, the logarithms of their probabilities."""

    classes: list[int] = field(default_factory=list)
    frames: list[int] = field(default_factory=list)
    log_probs: list[float] = field(default_factory=list)


def joined(first: Path, second: Path, frames: int) -> Path:
    """Return two paths as one, of which the first has so many ``frames``."""
    return Path(
        first.classes + second.classes,
        first.frames + [frames + frame for frame in second.frames],
        first.log_probs + second.log_probs,
    )


def ctc(log_probs: Floats, blank: int) -> Path:
    """Take the best class of each frame f32 [S, V], without blanks and repetitions.

    A token's probability is the product of those of all frames that say it.
    """
    best = log_probs.argmax(axis=-1)
    spoken = best != blank
    first = np.flatnonzero(spoken & (np.diff(best, prepend=blank) != 0))
    if not first.size:
        return Path()
    votes = np.where(spoken, log_probs[np.arange(len(best)), best], np.float32(0))
    return Path(best[first].tolist(), first.tolist(), np.add.reduceat(votes, first).tolist())


class TransducerSteps(Protocol):
    """The two small networks of a transducer."""

    def predict(self, classes: Integers, hidden: Floats, cell: Floats) -> tuple[Floats, Floats, Floats]:
        """Take the class [B] said last and the state [B, H]; return what to join [B, J], and the next state."""

    def join(self, heard: Floats, said: Floats) -> tuple[Integers, Floats]:
        """Join frames [B, K, J] with what was said [B, J]: the best classes [B, K], their log probabilities."""

    @property
    def width(self) -> int:
        """H, the width of the state."""


def transducer(frames: Floats, lengths: Integers, steps: TransducerSteps, blank: int) -> Sequence[Path]:
    """Decode frames f32 [B, S, J], of which ``lengths`` i64 [B] are speech; each recording as if it were alone."""
    beam = _Beam(frames, lengths, steps, blank)
    while beam.unfinished.size:
        beam.advance()
    return beam.paths


class _Beam:
    """Where the decoder stands in each recording."""

    def __init__(self, frames: Floats, lengths: Integers, steps: TransducerSteps, blank: int) -> None:
        count = len(frames)
        self.paths = [Path() for _ in range(count)]
        self._frames, self._lengths, self._steps, self._blank = frames, lengths, steps, blank
        self._at = np.zeros(count, np.int64)
        self._said_here = np.zeros(count, np.int64)
        nothing = np.zeros((count, steps.width), np.float32)
        self._said, self._hidden, self._cell = steps.predict(
            np.full(count, blank, np.int64), nothing, nothing
        )

    @property
    def unfinished(self) -> Integers:
        """The recordings that are not at their end."""
        return np.flatnonzero(self._at < self._lengths)

    def advance(self) -> None:
        """Go on in each unfinished recording: to the next token, or past the frames that were looked at."""
        rows = self.unfinished
        ahead = self._at[rows, None] + np.arange(CHUNK)
        seen = np.minimum(ahead, self._frames.shape[1] - 1)
        best, log_probs = self._steps.join(self._frames[rows[:, None], seen], self._said[rows])
        spoken = (best != self._blank) & (ahead < self._lengths[rows, None])
        found = spoken.any(axis=1)
        steps = np.where(found, spoken.argmax(axis=1), CHUNK)
        self._at[rows] += steps
        self._said_here[rows[steps > 0]] = 0
        speaking = np.flatnonzero(found)
        if speaking.size:
            self._say(rows[speaking], best[speaking, steps[speaking]], log_probs[speaking, steps[speaking]])

    def _say(self, rows: Integers, classes: Integers, log_probs: Floats) -> None:
        for row, number, log_prob in zip(rows.tolist(), classes.tolist(), log_probs.tolist(), strict=True):
            path = self.paths[row]
            path.classes.append(number)
            path.frames.append(int(self._at[row]))
            path.log_probs.append(log_prob)
        self._said_here[rows] += 1
        full = rows[self._said_here[rows] == MOST_IN_A_FRAME]
        self._at[full] += 1
        self._said_here[full] = 0
        said, hidden, cell = self._steps.predict(classes, self._hidden[rows], self._cell[rows])
        self._said[rows], self._hidden[rows], self._cell[rows] = said, hidden, cell
