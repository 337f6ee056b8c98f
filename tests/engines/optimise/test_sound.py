"""The features in the graph are those that onnx-asr makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from onnx_asr.preprocessors.numpy_preprocessor import GigaamPreprocessorNumpy

from gigaam_cli.core.ort import cpu_session
from gigaam_cli.engines.optimise import graphs, sound

if TYPE_CHECKING:
    from gigaam_cli.core.values import Audio

ORACLE = GigaamPreprocessorNumpy("gigaam_v3")


def test_window_and_filters_are_the_checkpoints() -> None:
    np.testing.assert_array_equal(sound.hann(), ORACLE._window)
    np.testing.assert_array_equal(sound.mel_filters(), ORACLE._melscale_fbanks.T)


@pytest.mark.parametrize("samples", [320, 479, 480, 16_000])
def test_features_of_real_speech(base: Audio, samples: int) -> None:
    audio = base[8_000 : 8_000 + samples]
    session = cpu_session(graphs.features().model().SerializeToString())
    (found,) = session.run(None, {"samples": audio[None]})
    wanted, _ = ORACLE(audio[None], np.array([samples]))
    assert found.shape == wanted.shape
    np.testing.assert_allclose(found, wanted, atol=1e-3)


def test_silence_is_the_floor() -> None:
    session = cpu_session(graphs.features().model().SerializeToString())
    (found,) = session.run(None, {"samples": np.zeros((1, 3200), np.float32)})
    assert found == pytest.approx(np.log(1e-9))
