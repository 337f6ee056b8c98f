"""Transducers: found, loaded and decoded through the same engine, with pieces that begin words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gigaam_cli.core.model_errors import ModelDamagedError, ModelMissingError
from gigaam_cli.core.values import SAMPLE_RATE, Recognition
from gigaam_cli.engines.devices import choose_devices
from gigaam_cli.engines.models import find_model
from gigaam_cli.engines.onnx import OnnxEngine
from tests.fakes.rnnt import write_rnnt

RNG = np.random.default_rng(1)


def beeps(*starts: float, seconds: float = 4.0) -> np.ndarray:
    """Silence with noise of 35 ms at each of ``starts``."""
    audio = np.zeros(round(seconds * SAMPLE_RATE), np.float32)
    for start in starts:
        first = round(start * SAMPLE_RATE)
        audio[first : first + 560] = RNG.uniform(-0.5, 0.5, 560)
    return audio


@pytest.fixture
def engine(tmp_path: Path) -> OnnxEngine:
    return OnnxEngine(find_model(str(write_rnnt(tmp_path / "model"))), choose_devices("cpu")[0])


def texts(recognition: Recognition) -> list[str]:
    return [token.text for token in recognition.tokens]


def test_it_is_found_by_its_files(tmp_path: Path) -> None:
    e2e = find_model(str(write_rnnt(tmp_path / "e2e")))
    assert (e2e.entry.name, len(e2e.files)) == ("v3_e2e_rnnt", 5)
    plain = find_model(str(write_rnnt(tmp_path / "plain", "v3_rnnt", "v3_vocab.txt")))
    assert plain.entry.name == "v3_rnnt"


@pytest.mark.parametrize("vocabulary", ["", "▁да 0\n", "<html>"])
def test_a_damaged_vocabulary_is_not_loaded(tmp_path: Path, vocabulary: str) -> None:
    folder = write_rnnt(tmp_path / "model")
    (folder / "v3_e2e_rnnt_vocab.txt").write_text(vocabulary, encoding="utf-8")
    with pytest.raises(ModelDamagedError):
        OnnxEngine(find_model(str(folder)), choose_devices("cpu")[0])


def test_the_default_model_is_found_where_it_is_said_to_belong(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GIGAAM_MODELS_DIR", str(tmp_path))
    with pytest.raises(ModelMissingError):
        find_model("v3_e2e_rnnt")
    write_rnnt(tmp_path / "v3_e2e_rnnt")
    assert find_model("v3_e2e_rnnt").name == "v3_e2e_rnnt"


def test_pieces_come_when_they_are_heard(engine: OnnxEngine) -> None:
    (heard,) = engine.recognise([beeps(0.4, 1.6, 3.2)])
    words = [token for token in heard.tokens if token.text == " да"]
    assert sorted({round(token.start, 1) for token in words}) == [0.4, 1.6, 3.2]
    assert [token.start for token in heard.tokens] == sorted(token.start for token in heard.tokens)
    assert all(0 < token.confidence <= 1 and token.start < token.end <= 4.0 for token in heard.tokens)


def test_silence_is_silent(engine: OnnxEngine) -> None:
    assert texts(next(engine.recognise([beeps()]))) == []


def test_a_batch_says_what_each_segment_says_alone(engine: OnnxEngine) -> None:
    batch = [beeps(0.4), beeps(0.8, 1.6, seconds=2.0), beeps(seconds=1.0)]
    assert list(engine.recognise(batch)) == [next(engine.recognise([audio])) for audio in batch]
