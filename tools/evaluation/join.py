"""Clips in a row with pauses between them, and where each utterance came to lie."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from .sound import RATE, Samples, noise, silence
from .truth import Clip, Joined, Placed

SHORTEST_PAUSE, LONGEST_PAUSE = 0.6, 2.5
FAINT_DBFS = -65.0


@dataclass
class Tape:
    """Samples in the order in which they were put down."""

    parts: list[Samples] = field(default_factory=list)
    length: int = 0

    @property
    def seconds(self) -> float:
        """How long the tape is so far."""
        return round(self.length / RATE, 4)

    def add(self, samples: Samples) -> tuple[float, float]:
        """Put samples at the end and return the interval that they took."""
        begin = self.seconds
        self.parts.append(samples)
        self.length += len(samples)
        return begin, self.seconds


def join(
    file: str, clips: Sequence[tuple[Clip, Samples]], seed: int, *, background: str = "silence"
) -> tuple[Joined, Samples]:
    """Join clips of one kind, a seeded pause before each and after the last, on silence or faint noise."""
    rng = random.Random(seed)
    tape, placed = Tape(), []
    pauses = [tape.add(_pause(rng))]
    for clip, samples in clips:
        begin, end = tape.add(samples)
        placed.append(Placed(clip.file, clip.text, begin, round(begin + clip.start, 4), end))
        pauses.append(tape.add(_pause(rng)))
    audio = np.concatenate(tape.parts)
    if background == "noise":
        audio = audio + noise(len(audio) / RATE, FAINT_DBFS, np.random.default_rng(seed))
    truth = Joined(file, clips[0][0].kind, background, tape.seconds, tuple(placed), tuple(pauses))
    return truth, audio


def _pause(rng: random.Random) -> Samples:
    return silence(rng.uniform(SHORTEST_PAUSE, LONGEST_PAUSE))
