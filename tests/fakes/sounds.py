"""Recordings whose every beep carries a number, so that a test can tell which sound was recognised as what."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gigaam_cli.core.values import SAMPLE_RATE

if TYPE_CHECKING:
    from gigaam_cli.core.values import Audio

PERIOD_SECONDS = 1.0
"""Every beep has this long to itself; the silence in it is enough for a segment of its own."""
BEEP_SECONDS = 0.2
QUIETEST = 1000
"""The smallest number: below it is silence."""
_FULL_SCALE = 32768


def beeps(codes: list[int]) -> Audio:
    """Return a beep for each of ``codes``, as loud as the number says, with silence around it."""
    period = np.zeros((len(codes), round(PERIOD_SECONDS * SAMPLE_RATE)), np.float32)
    sounding = slice(round(0.4 * SAMPLE_RATE), round((0.4 + BEEP_SECONDS) * SAMPLE_RATE))
    square = np.where(np.arange(round(BEEP_SECONDS * SAMPLE_RATE)) % 2, -1, 1)
    for row, code in zip(period, codes, strict=True):
        assert QUIETEST <= code < _FULL_SCALE
        row[sounding] = square * (code / _FULL_SCALE)
    return period.reshape(-1)


def silence(seconds: float) -> Audio:
    """Return nothing to hear."""
    return np.zeros(round(seconds * SAMPLE_RATE), np.float32)


def code_of(audio: Audio) -> int:
    """Return the number of the loudest beep in ``audio``, 0 for silence."""
    return round(float(np.abs(audio).max(initial=0.0)) * _FULL_SCALE)


def write_wav(path: Path, audio: Audio) -> Path:
    """Write ``audio`` as 16-bit WAV; return ``path``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes((audio * _FULL_SCALE).round().astype("<i2").tobytes())
    return path


def beeps_in(audio: Audio) -> list[tuple[int, float]]:
    """Return the number of each beep that is whole in ``audio``, and when it begins (seconds)."""
    loud = np.concatenate([[False], np.abs(audio) * _FULL_SCALE >= QUIETEST - 1, [False]])
    begins, ends = (np.flatnonzero(np.diff(loud.astype(np.int8)) == step) for step in (1, -1))
    whole = round(BEEP_SECONDS * SAMPLE_RATE) - 1
    return [
        (code_of(audio[begin:end]), begin / SAMPLE_RATE)
        for begin, end in zip(begins, ends, strict=True)
        if end - begin >= whole
    ]
