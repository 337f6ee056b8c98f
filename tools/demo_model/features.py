"""GigaAM v3's features as onnx-asr makes them: f32 [frames, 64], log-mel of 20 ms windows every 10 ms."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx_asr.preprocessors.numpy_preprocessor import GigaamPreprocessorNumpy

from tools.evaluation.sound import Samples

Features = NDArray[np.float32]

BINS = 64
HOP = 160
SILENCE = float(np.log(1e-9))  # what the features of no sound at all are


@cache
def _preprocessor() -> Any:
    return GigaamPreprocessorNumpy("gigaam_v3")


def log_mel(samples: Samples) -> Features:
    """Return the features of samples, of which there must be 320 at the least."""
    frames, _ = _preprocessor()(samples[None], np.array([len(samples)]))
    return np.ascontiguousarray(frames[0].T)
