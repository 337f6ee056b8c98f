"""Sounds without a word: to put under speech, and to learn that they have no text."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from tools.evaluation.sound import RATE, Samples

from . import features

SECONDS = 12
COUNT = SECONDS * RATE
Wave = NDArray[np.float64]
Generator = np.random.Generator


def coloured(rng: Generator, slope: float) -> Wave:
    """Noise whose power falls with the frequency to the power of ``slope``: 0 white, 1 pink, 2 brown."""
    spectrum = np.fft.rfft(rng.standard_normal(COUNT))
    frequency = np.maximum(np.fft.rfftfreq(COUNT, 1 / RATE), 30.0)
    return np.fft.irfft(spectrum * frequency ** (-slope / 2), COUNT)


def hum(rng: Generator) -> Wave:
    """Mains hum or an engine: a low tone that drifts, with its harmonics."""
    base = rng.uniform(45, 180) * (1 + 0.02 * drift(rng, 2.0))
    phase = 2 * np.pi * np.cumsum(base) / RATE
    waves = (np.sin(k * phase + rng.uniform(0, 6)) / k ** rng.uniform(0.5, 2) for k in range(1, 12))
    return sum(waves, np.zeros(COUNT)) + 0.05 * rng.standard_normal(COUNT)


def drift(rng: Generator, rate: float) -> Wave:
    """A curve between about -1 and 1 that turns ``rate`` times a second."""
    knots = rng.uniform(-1, 1, int(SECONDS * rate) + 2)
    return np.interp(np.linspace(0, len(knots) - 1, COUNT), np.arange(len(knots)), knots)


def swells(rng: Generator) -> Wave:
    """Wind or waves: noise that comes and goes."""
    return coloured(rng, rng.uniform(0.5, 2)) * np.exp(2.5 * drift(rng, rng.uniform(0.3, 3)))


def knocks(rng: Generator) -> Wave:
    """Clicks, steps and knocks on a faint noise."""
    wave = 0.01 * rng.standard_normal(COUNT)
    for start in rng.integers(0, COUNT - RATE // 2, rng.integers(5, 60)):
        length = int(rng.uniform(0.005, 0.25) * RATE)
        decay = np.exp(-np.linspace(0, 6, length))
        tone = np.sin(2 * np.pi * rng.uniform(80, 3000) * np.arange(length) / RATE)
        wave[start : start + length] += rng.uniform(0.2, 1) * decay * (tone + rng.standard_normal(length)) / 2
    return wave


def music(rng: Generator) -> Wave:
    """Chords and a tune of plucked, blown or bowed tones, now and then with a beat."""
    wave = np.zeros(COUNT)
    beat, root = rng.uniform(0.18, 0.6), rng.uniform(70, 220)
    scale = np.array([0, 2, 3, 5, 7, 8, 10] if rng.random() < 0.5 else [0, 2, 4, 5, 7, 9, 11])
    timbre, sustain = rng.uniform(0.4, 2.2), rng.uniform(0.3, 6)
    for index, start in enumerate(np.arange(0, SECONDS - 1, beat)):
        top = int(rng.integers(0, 14))
        steps = [top] if index % 4 else [0, 2, 4, top]
        for step in steps:
            pitch = root * 2 ** ((scale[step % 7] + 12 * (step // 7)) / 12)
            _strike(wave, int(start * RATE), _tone(rng, pitch, timbre, sustain))
        if rng.random() < 0.3:
            _strike(wave, int(start * RATE), rng.standard_normal(2000) * np.exp(-np.linspace(0, 7, 2000)))
    return wave


def _tone(rng: Generator, pitch: float, timbre: float, sustain: float) -> Wave:
    length = int(rng.uniform(0.3, 1.2) * RATE)
    time = np.arange(length) / RATE
    vibrato = 0.004 * np.sin(2 * np.pi * rng.uniform(4, 7) * time) * (rng.random() < 0.4)
    phase = 2 * np.pi * pitch * (time + vibrato)
    partials = (np.sin(k * phase) / k**timbre for k in range(1, 10) if k * pitch < RATE / 2)
    envelope = np.minimum(1, time * rng.uniform(15, 300)) * np.exp(-time * sustain)
    return np.asarray(sum(partials, np.zeros(length)) * envelope)


def _strike(wave: Wave, start: int, tone: Wave) -> None:
    end = min(len(wave), start + len(tone))
    wave[start:end] += tone[: end - start]


def sweeps(rng: Generator) -> Wave:
    """Sirens, whistles and beeps."""
    pitch = 900 * 2 ** (1.5 * drift(rng, rng.uniform(0.3, 6)))
    wave = np.sin(2 * np.pi * np.cumsum(pitch) / RATE)
    gate = drift(rng, rng.uniform(0.5, 5)) > rng.uniform(-1.2, 0.5)
    return wave * gate + 0.01 * rng.standard_normal(COUNT)


KINDS: tuple[Callable[[Generator], Wave], ...] = (
    lambda rng: coloured(rng, rng.uniform(0, 0.3)),
    lambda rng: coloured(rng, rng.uniform(0.3, 2.2)),
    hum,
    swells,
    knocks,
    music,
    music,
    sweeps,
)


def bank(seed: int, count: int) -> Iterator[features.Features]:
    """Yield the features of ``count`` sounds, each kind in turn, at a root mean square of 1."""
    rng = np.random.default_rng(seed)
    for index in range(count):
        yield features.log_mel(at_full_level(KINDS[index % len(KINDS)](rng)))


def at_full_level(wave: Wave) -> Samples:
    """Return the sound at a root mean square of 1."""
    return np.asarray(wave / np.sqrt(np.mean(wave**2)), np.float32)
