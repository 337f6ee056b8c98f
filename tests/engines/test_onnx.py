"""The ONNX engine with the demonstration model, on real recordings."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from gigaam_cli.core.model_errors import ModelDamagedError
from gigaam_cli.core.paths import demo_folder
from gigaam_cli.core.values import SAMPLE_RATE, Recognition
from gigaam_cli.engines.devices import choose_devices, cores
from gigaam_cli.engines.load import EngineOptions, load_engine
from gigaam_cli.engines.models import find_model
from gigaam_cli.engines.protocol import Engine
from tests.conftest import DATA, Joined, listen

if TYPE_CHECKING:
    from gigaam_cli.core.values import Audio

REFERENCES: dict[str, str] = json.loads((DATA / "references.json").read_text(encoding="utf-8"))


def load(name: str, options: EngineOptions | None = None) -> Engine:
    return load_engine(find_model(name), choose_devices("cpu")[0], options or EngineOptions())


@pytest.fixture(scope="module")
def engine() -> Engine:
    return load("demo")


def text(recognition: Recognition) -> str:
    return "".join(token.text for token in recognition.tokens).strip()


def pieces(joined: Joined) -> list[Audio]:
    """Return the phrases of a recording, each with a little room."""
    return [
        joined.audio[int((phrase.start - 0.3) * SAMPLE_RATE) : int(phrase.end * SAMPLE_RATE)]
        for phrase in joined.phrases
    ]


def distance(one: str, other: str) -> int:
    """Return the edits of letters between two texts."""
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        before, row[0] = row[0], i
        for j, wanted in enumerate(other, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (letter != wanted))
    return row[-1]


def test_a_phrase_is_recognised(engine: Engine, base: Audio) -> None:
    (recognition,) = engine.recognise([base])
    assert text(recognition) == REFERENCES["base.wav"]


def test_phrases_are_recognised_in_their_order(engine: Engine, joined: Joined) -> None:
    recognitions = engine.recognise(pieces(joined))
    assert [text(recognition) for recognition in recognitions] == [phrase.text for phrase in joined.phrases]


@pytest.mark.parametrize("name", sorted(set(REFERENCES) - {"base.wav"}))
def test_sentences_that_the_model_never_heard_are_mostly_right(name: str, engine: Engine) -> None:
    (recognition,) = engine.recognise([listen(DATA / name)])
    reference = REFERENCES[name]
    assert distance(text(recognition), reference) / len(reference) < 0.2


def test_tokens_are_in_order_and_inside_their_segment(engine: Engine, joined: Joined, base: Audio) -> None:
    batch = [*pieces(joined), base]
    for audio, recognition in zip(batch, engine.recognise(batch), strict=True):
        tokens = recognition.tokens
        assert tokens
        assert all(0 <= token.start <= token.end <= len(audio) / SAMPLE_RATE for token in tokens)
        assert all(before.start <= behind.start for before, behind in pairwise(tokens))
        assert all(before.end <= behind.start for before, behind in pairwise(tokens))
        assert all(0 < token.confidence <= 1 for token in tokens)


def test_tokens_are_where_they_are_said(engine: Engine, joined: Joined) -> None:
    for phrase, recognition in zip(joined.phrases, engine.recognise(pieces(joined)), strict=True):
        spoken = [token for token in recognition.tokens if token.text.strip()]
        assert spoken[0].start - 0.3 == pytest.approx(0, abs=0.2)
        assert spoken[-1].end - 0.3 == pytest.approx(phrase.end - 0.5 - phrase.start, abs=0.25)


def test_a_batch_says_what_its_parts_say_alone(engine: Engine, joined: Joined, base: Audio) -> None:
    batch = [base, *pieces(joined)[:3], base[: 2 * SAMPLE_RATE], np.zeros(100, np.float32)]
    together = [text(recognition) for recognition in engine.recognise(batch)]
    alone = [text(recognition) for audio in batch for recognition in engine.recognise([audio])]
    assert together == alone


@pytest.mark.parametrize("length", [0, 1, 100, 319, 320, 1600])
def test_a_moment_says_nothing(length: int, engine: Engine) -> None:
    (recognition,) = engine.recognise([np.zeros(length, np.float32)])
    assert text(recognition) == ""
    assert all(token.end <= length / SAMPLE_RATE for token in recognition.tokens)


def test_silence_says_nothing(engine: Engine) -> None:
    (recognition,) = engine.recognise([np.zeros(5 * SAMPLE_RATE, np.float32)])
    assert recognition.tokens == ()


def test_an_empty_batch_gives_nothing(engine: Engine) -> None:
    assert list(engine.recognise([])) == []


def test_the_longest_segment_is_taken(engine: Engine, joined: Joined) -> None:
    (recognition,) = engine.recognise([joined.audio[: 25 * SAMPLE_RATE]])
    assert joined.phrases[0].text in text(recognition)


def test_samples_are_left_as_they_are(engine: Engine, base: Audio) -> None:
    audio = base.copy()
    list(engine.recognise([audio]))
    np.testing.assert_array_equal(audio, base)


def test_calls_at_once_do_not_disturb_each_other(engine: Engine, joined: Joined) -> None:
    batch = pieces(joined)

    def one(audio: Audio) -> str:
        return text(next(iter(engine.recognise([audio]))))

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(one, batch)) == [phrase.text for phrase in joined.phrases]


def test_what_the_engine_says_of_itself(engine: Engine) -> None:
    info = engine.info
    assert (info.engine, info.model, info.device, info.device_reason) == ("onnx", "demo", "cpu", "")
    assert (info.calls, info.batch) == (cores(), 1)
    chosen = load("demo", EngineOptions(threads=3, batch_size=4)).info
    assert (chosen.calls, chosen.batch) == (3, 4)


def test_a_closed_engine_gives_back_its_model() -> None:
    engine = load("demo")
    engine.close()
    with pytest.raises(AttributeError):
        list(engine.recognise([np.zeros(SAMPLE_RATE, np.float32)]))


def empty(content: bytes) -> bytes:
    return b""


def cut_in_half(content: bytes) -> bytes:
    return content[: len(content) // 2]


def noise(content: bytes) -> bytes:
    return np.random.default_rng(3).bytes(len(content))


def web_page(content: bytes) -> bytes:
    return b"<!DOCTYPE html><html><body>Not found</body></html>"


def pickle(content: bytes) -> bytes:
    return b"cos\nsystem\n(S'false'\ntR."


@pytest.mark.parametrize("damage", [empty, cut_in_half, noise, web_page, pickle])
def test_a_damaged_graph_is_not_loaded(damage: Callable[[bytes], bytes], tmp_path: Path) -> None:
    folder = Path(shutil.copytree(demo_folder() / "model", tmp_path / "model"))
    graph = folder / "v3_ctc.onnx"
    graph.write_bytes(damage(graph.read_bytes()))
    with pytest.raises(ModelDamagedError) as caught:
        load(str(folder))
    assert caught.value.values["folder"] == folder
    assert caught.value.values["detail"]


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"one two three\n", b"\n\n", "а 0\n<blk> 1\n".encode()], ids=ascii
)
def test_a_damaged_vocabulary_is_not_loaded(content: bytes, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(demo_folder() / "model", tmp_path / "model"))
    (folder / "v3_vocab.txt").write_bytes(content)
    with pytest.raises(ModelDamagedError):
        load(str(folder))


@pytest.mark.parametrize(
    "config",
    [{"version": "v9"}, {"features_size": 80}, {"subsampling_factor": "four"}],
    ids=str,
)
def test_a_config_that_does_not_fit_is_not_loaded(config: dict[str, object], tmp_path: Path) -> None:
    folder = Path(shutil.copytree(demo_folder() / "model", tmp_path / "model"))
    whole = {"model_type": "gigaam-v3-ctc", "version": "v3", **config}
    (folder / "config.json").write_text(json.dumps(whole), encoding="utf-8")
    with pytest.raises(ModelDamagedError):
        load(str(folder))
