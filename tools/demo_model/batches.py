"""Batches to learn from: utterances of all shards in rows of one length, with what can happen to sound.

Everything is done to features, so that it costs little: a row is utterances with pauses between, each at another
pace, then another voice's formants, loudness and tone, noise below it, and SpecAugment's masks above it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from . import corpus, noises
from .alphabet import encode
from .features import BINS, SILENCE, Features

# Rows and frames of a batch: each holds some 64 s. No segment that gigaam cuts is longer than the last.
SHAPES = ((16, 400), (8, 800), (4, 1600), (3, 2300))
SHAPE_WEIGHTS = (0.2, 0.35, 0.3, 0.15)


@dataclass(frozen=True)
class Plan:
    """What rows are like in the course of a phase.

    ``mixture`` gives the share of rows that each kind of speech has, at the beginning and at the end;
    ``disturbance`` the progress until which nothing is done to rows, that from which on everything is, and how
    often it is then.
    """

    mixture: dict[str, tuple[float, float]]
    disturbance: tuple[float, float, float]
    short_until: float = 0.0


# All voices and noises. The first steps are made easy: short rows, and nothing done to them; then more and more.
BROAD = Plan(
    {
        "espeak_numbers": (0.20, 0.15),
        "espeak_sentences": (0.28, 0.22),
        "espeak_words": (0.06, 0.04),
        "festival_sentences": (0.22, 0.14),
        "festival_numbers": (0.05, 0.03),
        "real": (0.14, 0.37),
    },
    disturbance=(0.04, 0.15, 1.0),
    short_until=0.07,
)
# Then all words there are, sentences and the human voice above all, and clearer.
CLOSE = Plan(
    {
        "espeak_numbers": (0.04, 0.04),
        "espeak_sentences": (0.22, 0.22),
        "espeak_tales": (0.13, 0.13),
        "espeak_phrases": (0.10, 0.10),
        "espeak_words": (0.08, 0.08),
        "festival_sentences": (0.11, 0.09),
        "festival_numbers": (0.01, 0.01),
        "real": (0.31, 0.33),
    },
    disturbance=(0.0, 0.0, 0.35),
)
# At last the voice that the examination speaks with, as it comes, beside what was learnt.
PLAIN = Plan(
    {
        "espeak_plain": (0.40, 0.40),
        "espeak_numbers": (0.06, 0.06),
        "espeak_sentences": (0.07, 0.07),
        "espeak_tales": (0.04, 0.04),
        "espeak_phrases": (0.03, 0.03),
        "espeak_words": (0.02, 0.02),
        "festival_sentences": (0.08, 0.08),
        "festival_numbers": (0.01, 0.01),
        "real": (0.29, 0.29),
    },
    disturbance=(0.0, 0.0, 0.3),
)
NOTHING = 0.05  # of rows: noise without a word
MISSES, CHANGE_OF_VOICE = 4, 0.4
NOISES, NOISE_SEED = 160, 4
DECIBEL = float(np.log(10) / 10)  # in units of log power
LOOK_AGAIN_SECONDS = 60.0

Generator = np.random.Generator


@dataclass(frozen=True)
class Batch:
    """``features`` f32 [B, 64, T]; the labels of all rows in a row, and how many each row has, i64."""

    features: Features
    labels: NDArray[np.int64]
    counts: NDArray[np.int64]


class Mixer:
    """Draws batches from the shards in a folder; shards that appear later join in."""

    def __init__(self, folder: Path, seed: int, plan: Plan) -> None:
        self._folder, self._rng, self._plan = folder, np.random.default_rng(seed), plan
        self._shards: dict[str, list[corpus.Shard]] = {}
        self._known: set[str] = set()
        self._strength = 0.0
        self._looked = -LOOK_AGAIN_SECONDS
        self._noises = list(noises.bank(NOISE_SEED, NOISES))

    def batch(self, progress: float) -> Batch:
        """Return a batch for a moment of the training between 0 and 1."""
        self._look()
        short = progress < self._plan.short_until
        rows, frames = SHAPES[0] if short else SHAPES[self._rng.choice(len(SHAPES), p=SHAPE_WEIGHTS)]
        begin, end, most = self._plan.disturbance
        self._strength = most * float(np.interp(progress, (begin, end), (0, 1))) if begin < end else most
        drawn = [self._row(frames, progress) for _ in range(rows)]
        labels = [encode(text) for _, text in drawn]
        return Batch(
            np.stack([features.T for features, _ in drawn]),
            np.concatenate(labels),
            np.array([len(label) for label in labels]),
        )

    def _look(self) -> None:
        if time.monotonic() - self._looked < LOOK_AGAIN_SECONDS:
            return
        self._looked = time.monotonic()
        for file in sorted(self._folder.glob("*.json")):
            if file.stem not in self._known:
                self._known.add(file.stem)
                shard = corpus.read(self._folder, file.stem)
                self._shards.setdefault(shard.kind, []).append(shard)

    def _row(self, frames: int, progress: float) -> tuple[Features, str]:
        row = np.full((frames, BINS), SILENCE, np.float32)
        said = list(self._fill(row, progress)) if self._rng.random() > NOTHING else []
        if not said or self._rng.random() < self._strength:
            row = disturb(self._rng, row, self._noise(frames), bool(said))
        return row, " ".join(said)

    def _fill(self, row: Features, progress: float) -> Iterator[str]:
        """Put utterances of one kind into a row until no more fit; yield their texts."""
        at, kind, misses = int(self._rng.integers(5, 60)), self._kind(progress), 0
        while misses < MISSES:
            piece, text = self._utterance(kind)
            if at + len(piece) > len(row) - 3:
                misses += 1
                if self._rng.random() < CHANGE_OF_VOICE:
                    kind = self._kind(progress)
                continue
            row[at : at + len(piece)] = piece
            yield text
            at += len(piece) + int(self._rng.exponential(40)) + 10

    def _kind(self, progress: float) -> str:
        kinds = [kind for kind in self._plan.mixture if kind in self._shards]
        weights = np.array([np.interp(progress, (0, 1), self._plan.mixture[kind]) for kind in kinds])
        return kinds[self._rng.choice(len(kinds), p=weights / weights.sum())]

    def _utterance(self, kind: str) -> tuple[Features, str]:
        shards = self._shards[kind]
        shard = shards[self._rng.integers(len(shards))]
        begin, end, text = shard.utterances[self._rng.integers(len(shard.utterances))]
        piece = shard.frames[begin:end].astype(np.float32)
        factor = self._rng.uniform(0.85, 1.2) if self._rng.random() < 0.7 * self._strength else 1.0
        loudness = self._rng.uniform(-6, 6) * DECIBEL
        return np.maximum(stretched(piece, factor) + loudness, SILENCE), text

    def _noise(self, frames: int) -> Features:
        noise = self._noises[self._rng.integers(len(self._noises))]
        repeats = -(-frames // len(noise)) + 1
        begin = self._rng.integers(len(noise))
        return np.tile(noise, (repeats, 1))[begin : begin + frames]


def stretched(piece: Features, factor: float) -> Features:
    """Say the same in ``factor`` times the time."""
    count = round(len(piece) * factor)
    position = np.linspace(0, len(piece) - 1.001, count)
    below = position.astype(int)
    part = (position - below)[:, None].astype(np.float32)
    return np.asarray(piece[below] * (1 - part) + piece[below + 1] * part)


def disturb(rng: Generator, row: Features, noise: Features, speech: bool) -> Features:
    """Put noise below a row, and change its voice, loudness and tone."""
    if rng.random() < 0.5:
        row = warped(row, rng.uniform(0.9, 1.12))
    loud = float(np.quantile(row.mean(axis=1), 0.9)) if speech else float(rng.uniform(SILENCE, 3))
    if rng.random() < (0.65 if speech else 0.9):
        below = rng.uniform(5, 45) if speech else 0.0
        row = np.logaddexp(row, noise - noise.mean() + loud - below * DECIBEL)
    if rng.random() < 0.5:
        row = row + np.linspace(-1, 1, BINS, dtype=np.float32) * rng.uniform(-1.2, 1.2)
    row = np.maximum(row + rng.uniform(-14, 8) * DECIBEL, SILENCE)
    if rng.random() < 0.12:
        row[:, rng.integers(40, 60) :] = SILENCE  # what a telephone or a codec leaves out
    return masked(rng, row).astype(np.float32)


def warped(row: Features, factor: float) -> Features:
    """Move formants as another length of the vocal tract would."""
    position = np.minimum(np.arange(BINS) * factor, BINS - 1.001)
    below = position.astype(int)
    part = (position - below).astype(np.float32)
    return np.asarray(row[:, below] * (1 - part) + row[:, below + 1] * part)


def masked(rng: Generator, row: Features) -> Features:
    """Hide some bins and some moments, as SpecAugment does."""
    middle = row.mean()
    for _ in range(rng.integers(0, 3)):
        begin = rng.integers(0, BINS)
        row[:, begin : begin + rng.integers(1, 10)] = middle
    for _ in range(rng.integers(0, 2 + len(row) // 250)):
        begin = rng.integers(0, len(row))
        row[begin : begin + rng.integers(2, 16)] = middle
    return row


def statistics(folder: Path, names: Sequence[str]) -> tuple[Features, Features]:
    """Return mean and standard deviation of each bin over some shards, silence left out."""
    frames = np.concatenate([corpus.read(folder, name).frames[::50] for name in names]).astype(np.float32)
    loud = frames[frames.mean(axis=1) > SILENCE + 1]
    return loud.mean(axis=0), loud.std(axis=0)


def endless(folder: Path, seed: int, plan: Plan, progress: Iterator[float]) -> Iterator[Batch]:
    """Yield a batch for each moment of ``progress``."""
    mixer = Mixer(folder, seed, plan)
    for moment in progress:
        yield mixer.batch(moment)
