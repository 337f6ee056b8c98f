"""The demonstration model as it ships: small, with two heads, and silent where nobody speaks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from jiwer import cer

from gigaam_cli.core.files import sha256_of
from gigaam_cli.core.paths import demo_folder
from gigaam_cli.core.values import SAMPLE_RATE
from gigaam_cli.engines.catalog import DEMO_MODELS
from gigaam_cli.engines.devices import Device
from gigaam_cli.engines.models import find_model, model_digest
from gigaam_cli.engines.onnx import OnnxEngine
from tests.conftest import DATA

if TYPE_CHECKING:
    from gigaam_cli.core.values import Audio

LARGEST = 8_000_000
REFERENCES: dict[str, str] = json.loads((DATA / "references.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module", params=sorted(DEMO_MODELS))
def engine(request: pytest.FixtureRequest) -> OnnxEngine:
    """Return each head, ready to listen."""
    return OnnxEngine(find_model(request.param), Device("cpu", None, ""))


def text(engine: OnnxEngine, audio: Audio) -> str:
    (heard,) = engine.recognise([audio])
    return "".join(token.text for token in heard.tokens).strip()


def test_it_is_small() -> None:
    assert sum(file.stat().st_size for file in (demo_folder() / "model").iterdir()) < LARGEST


def test_both_heads_share_the_encoders_weights() -> None:
    shared = [
        {file.name for file in find_model(name).files if file.name.endswith(".data")} for name in DEMO_MODELS
    ]
    assert shared[0] == shared[1] != set()
    assert len({model_digest(find_model(name), sha256_of) for name in DEMO_MODELS}) == len(DEMO_MODELS)


def test_each_head_says_what_is_said(engine: OnnxEngine, base: Audio) -> None:
    assert cer(REFERENCES["base.wav"], text(engine, base)) < 0.05


@pytest.mark.parametrize("level", [-80, -60, -40, -20])
def test_noise_has_no_text(engine: OnnxEngine, level: int) -> None:
    noise = np.random.default_rng(3).standard_normal(5 * SAMPLE_RATE) * 10 ** (level / 20)
    assert text(engine, noise.astype(np.float32)) == ""


def test_silence_has_no_text(engine: OnnxEngine) -> None:
    assert text(engine, np.zeros(5 * SAMPLE_RATE, np.float32)) == ""
