"""Decoding a recording in one go, and comparing what is heard with the original."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gigaam_cli.core.errors import MediaError
from gigaam_cli.core.values import SAMPLE_RATE, MediaInfo
from gigaam_cli.media.decode import DecodeOptions, Decoder
from gigaam_cli.media.probe import choose_stream, probe

if TYPE_CHECKING:
    from gigaam_cli.core.values import Audio

DEFAULTS = DecodeOptions()


@dataclass(frozen=True)
class Heard:
    """All samples of a recording, and what was wrong with it."""

    audio: Audio
    error: MediaError | None
    info: MediaInfo

    @property
    def seconds(self) -> float:
        return len(self.audio) / SAMPLE_RATE


def hear(path: Path, options: DecodeOptions = DEFAULTS, stream: int | None = None) -> Heard:
    """Probe and decode ``path``."""
    info = probe(path)
    with Decoder(path, choose_stream(info, stream).number, info, options) as decoder:
        blocks = list(decoder)
    audio = np.concatenate([np.zeros(0, np.float32), *blocks])
    assert abs(decoder.seconds - len(audio) / SAMPLE_RATE) < 1e-6
    return Heard(audio, decoder.error, info)


def failure(path: Path) -> MediaError | None:
    """Return why ``path`` cannot be transcribed, wherever that is found out."""
    try:
        return hear(path).error
    except MediaError as error:
        return error


def likeness(audio: Audio, original: Audio) -> tuple[float, float]:
    """Return the correlation with the original (1 is the same) and by how many seconds ``audio`` is late."""
    size = 1 << (len(audio) + len(original)).bit_length()
    spectrum = np.fft.rfft(audio, size) * np.conj(np.fft.rfft(original, size))
    product = np.fft.irfft(spectrum, size)
    best = int(product.argmax())
    late = best if best < size // 2 else best - size
    loudness = float(np.linalg.norm(audio) * np.linalg.norm(original))
    return float(product[best]) / max(loudness, 1e-9), late / SAMPLE_RATE
