"""What a GigaAM model hears, as a part of its graph: the log-mel spectrum of samples.

The values are those of torchaudio's ``MelSpectrogram(16000, n_fft=320, hop_length=160, n_mels=64, center=False)``
with its defaults (periodic Hann window, power 2, HTK mel scale from 0 to 8000 Hz, no normalisation), clamped to
1e-9..1e9 before the logarithm. GigaAM v3's checkpoints hold window and filters rounded to bfloat16.

Shapes: B recordings, N samples at 16 kHz, T = (N - 320) // 160 + 1 frames, one for each 10 ms.
"""

from __future__ import annotations

import numpy as np

from gigaam_cli.core.values import SAMPLE_RATE
from gigaam_cli.engines.optimise.builder import Array, Graph
from gigaam_cli.engines.optimise.files import HOP, WINDOW

BINS = 64
_FLOOR, _CEILING = 1e-9, 1e9
# The HTK mel scale.
_MEL_FACTOR, _MEL_CORNER = 2595.0, 700.0


def log_mel(graph: Graph, samples: str) -> str:
    """Features of samples f32 [B, N] -> f32 [B, 64, T].

    The Fourier transform of so few samples is a product like any other.
    """
    waves = graph.op("Unsqueeze", samples, graph.ints(1))
    spectrum = graph.op("Conv", waves, graph.constant("fourier", fourier()), strides=[HOP])
    real, imaginary = graph.ops("Split", [graph.op("Mul", spectrum, spectrum)], 2, axis=1)
    power = graph.op("Add", real, imaginary)
    mel = graph.op("MatMul", graph.constant("mel", mel_filters()), power)
    bounds = [graph.constant(f"mel.{value:g}", np.array(value, np.float32)) for value in (_FLOOR, _CEILING)]
    return graph.op("Log", graph.op("Clip", mel, *bounds))


def fourier() -> Array:
    """Cosines, then sines of 161 frequencies below the window: f32 [322, 1, 320]."""
    angles = 2 * np.pi / WINDOW * np.outer(np.arange(WINDOW // 2 + 1), np.arange(WINDOW))
    waves = np.concatenate([np.cos(angles), np.sin(angles)])
    return (waves * hann()).astype(np.float32)[:, None]


def hann() -> Array:
    """The window: f32 [320]."""
    return _bfloat16(np.hanning(WINDOW + 1)[:-1])


def mel_filters() -> Array:
    """Triangles of equal width in mel: f32 [64, 161]."""
    highest = _MEL_FACTOR * np.log10(1 + SAMPLE_RATE / 2 / _MEL_CORNER)
    corners = _MEL_CORNER * (10 ** (np.linspace(0, highest, BINS + 2) / _MEL_FACTOR) - 1)
    frequencies = np.linspace(0, SAMPLE_RATE / 2, WINDOW // 2 + 1)
    rising = (frequencies - corners[:-2, None]) / np.diff(corners)[:-1, None]
    falling = (corners[2:, None] - frequencies) / np.diff(corners)[1:, None]
    return _bfloat16(np.maximum(0, np.minimum(rising, falling)))


def _bfloat16(value: np.typing.NDArray[np.floating]) -> Array:
    """Round to the nearest bfloat16, to the even one of two."""
    bits = value.astype(np.float32).view(np.uint32)
    rounded = bits + 0x7FFF + ((bits >> 16) & 1)
    return (rounded & 0xFFFF0000).astype(np.uint32).view(np.float32)
