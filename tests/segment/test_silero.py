"""Silero hears speech where it is, and the same however the recording comes in."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pytest

from gigaam_cli.core.model_errors import ModelDamagedError
from gigaam_cli.core.values import SAMPLE_RATE
from gigaam_cli.segment import silero
from gigaam_cli.segment.silero import SileroVad
from gigaam_cli.segment.vad import WINDOW
from tests.conftest import Joined
from tests.segment.voices import blocks

if TYPE_CHECKING:
    from gigaam_cli.core.values import Audio


def probabilities(audio: Audio, sizes: Sequence[int]) -> Audio:
    vad = SileroVad()
    heard = [vad.probabilities(block) for block in blocks(audio, sizes)]
    return np.concatenate([*heard, vad.finish()])


def test_speech_is_heard_where_it_is(joined: Joined) -> None:
    heard = probabilities(joined.audio, [len(joined.audio)])
    middle = (np.arange(len(heard)) + 0.5) * WINDOW / SAMPLE_RATE
    near = np.zeros(len(heard), bool)
    inside = np.zeros(len(heard), bool)
    for phrase in joined.phrases:
        near |= (middle > phrase.start - 0.3) & (middle < phrase.end + 0.3)
        inside |= (middle > phrase.start) & (middle < phrase.end - 0.5)
    assert (heard[inside] > 0.5).mean() > 0.9
    assert (heard[~near] < 0.5).mean() > 0.95
    assert ((heard >= 0) & (heard <= 1)).all()


@pytest.mark.parametrize("sizes", [[1000], [32_000], [512], [1, 700, 5000]], ids=str)
def test_a_stream_gives_what_the_whole_gives(sizes: list[int], joined: Joined) -> None:
    audio = joined.audio[: 8 * SAMPLE_RATE + 100]
    whole = probabilities(audio, [len(audio)])
    assert len(whole) == -(-len(audio) // WINDOW)
    np.testing.assert_allclose(probabilities(audio, sizes), whole, atol=1e-4)


def test_recordings_do_not_hear_each_other(joined: Joined) -> None:
    audio = joined.audio[: 6 * SAMPLE_RATE]
    alone = probabilities(audio, [len(audio)])
    one, other = SileroVad(), SileroVad()
    heard = []
    for block in blocks(audio, [5_000]):
        heard.append(one.probabilities(block))
        other.probabilities(block[::-1].copy())
    np.testing.assert_allclose(np.concatenate([*heard, one.finish()]), alone, atol=1e-4)


@pytest.mark.parametrize("length", [0, 1, WINDOW - 1, WINDOW, WINDOW + 1])
def test_the_end_is_heard_once(length: int) -> None:
    vad = SileroVad()
    whole = vad.probabilities(np.zeros(length, np.float32))
    assert len(whole) == length // WINDOW
    assert len(vad.finish()) == (1 if length % WINDOW else 0)
    assert len(vad.finish()) == 0


def test_a_missing_model_file_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    silero._session.cache_clear()
    monkeypatch.setattr(silero, "find_spec", lambda name: None)
    with pytest.raises(ModelDamagedError, match="silero_vad"):
        SileroVad()
    monkeypatch.setattr(silero, "find_spec", importlib.util.find_spec)
    SileroVad()
