"""The rewritten model in gigaam's own sessions, with onnx-asr as the judge."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from gigaam_cli.core.errors import DeviceLostError
from gigaam_cli.core.model_errors import ModelDamagedError
from gigaam_cli.core.values import SAMPLE_RATE
from gigaam_cli.engines import native
from gigaam_cli.engines.devices import Device
from gigaam_cli.engines.inventory import named
from gigaam_cli.engines.models import find_model
from gigaam_cli.engines.native import NativeEngine
from gigaam_cli.engines.onnx import OnnxEngine
from gigaam_cli.engines.optimise.conformer import Precision
from gigaam_cli.engines.optimise.files import CTC, VOCABULARY
from gigaam_cli.engines.optimise.graphs import Build
from gigaam_cli.engines.optimise.make import make, read, write
from tests.conftest import DATA, Joined, listen

if TYPE_CHECKING:
    from gigaam_cli.core.values import Audio, Recognition

CPU = Device("cpu", None, "")
RECORDINGS = ("base.wav", "ru_0782.ogg", "ru_0784.ogg", "ru_0840.mp3")
Make = Callable[[str], NativeEngine]


@pytest.fixture(scope="module")
def spoken() -> list[Audio]:
    """Return real recordings, and what is hardly a recording."""
    recordings = [listen(DATA / name) for name in RECORDINGS]
    return [*recordings, recordings[0][:100], np.zeros(16_000, np.float32), np.zeros(0, np.float32)]


@pytest.fixture(scope="module", params=["demo", "demo_rnnt"])
def model_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def engine(model_name: str, tmp_path_factory: pytest.TempPathFactory) -> NativeEngine:
    """Return the demonstration model, rewritten in fp32."""
    model = find_model(model_name)
    folder = tmp_path_factory.mktemp(model_name)
    assert make(named(model.entry.name), model.folder, folder, "fp32").accepted
    return NativeEngine(model, folder, CPU, calls=2)


def test_it_says_what_onnx_asr_says(engine: NativeEngine, model_name: str, spoken: list[Audio]) -> None:
    judge = OnnxEngine(find_model(model_name), CPU)
    for audio in spoken:
        (wanted,), (found,) = judge.recognise([audio]), engine.recognise([audio])
        assert [token.text for token in found.tokens] == [token.text for token in wanted.tokens]
        for one, other in zip(found.tokens, wanted.tokens, strict=True):
            assert (one.start, one.end) == pytest.approx((other.start, other.end))
            assert one.confidence == pytest.approx(other.confidence, abs=1e-3)


def test_threads_change_nothing(engine: NativeEngine, spoken: list[Audio]) -> None:
    alone = list(engine.recognise(spoken))
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda audio: next(engine.recognise([audio])), spoken * 3))
    assert together == alone * 3


@pytest.fixture
def batching(model_name: str, tmp_path: Path) -> NativeEngine:
    """Return the engine that a GPU gets, on the CPU in fp32: with masks, for eight recordings at once."""
    model = find_model(model_name)
    entry = named(model.entry.name)
    write(read(entry, model.folder), tmp_path, Build(Precision("fp32"), masked=True))
    shutil.copyfile(model.folder / entry.vocabulary, tmp_path / VOCABULARY)
    return NativeEngine(model, tmp_path, CPU, calls=1, batch=8)


def told(recognitions: Iterable[Recognition]) -> list[list[tuple[str, float, float]]]:
    return [[(token.text, token.start, token.end) for token in found.tokens] for found in recognitions]


def test_a_batch_says_what_its_recordings_say_alone(
    batching: NativeEngine, engine: NativeEngine, spoken: list[Audio]
) -> None:
    assert batching.info.batch == 8
    together = list(batching.recognise(spoken * 2))
    assert told(together) == told(engine.recognise(spoken * 2))
    assert list(batching.recognise([])) == []


class Small:
    """A decoder with memory for so many recordings."""

    def __init__(self, decoder: Any, room: int, error: str) -> None:
        self.decoder, self.room, self.error, self.sizes = decoder, room, error, list[int]()
        self.longest = 1 << 30

    def decode(self, batch: Sequence[Audio]) -> Any:
        self.sizes.append(len(batch))
        if len(batch) > self.room or max(map(len, batch)) > self.longest:
            raise RuntimeError(self.error)
        return self.decoder.decode(batch)


def make_small(engine: NativeEngine, room: int, error: str, monkeypatch: pytest.MonkeyPatch) -> Small:
    small = Small(engine._decoder, room, error)
    monkeypatch.setattr(engine, "_decoder", small)
    return small


def test_without_memory_for_a_batch_it_is_halved_and_stays_so(
    batching: NativeEngine, spoken: list[Audio], monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = list(batching.recognise(spoken))
    small = make_small(batching, 2, "Failed to allocate memory for requested buffer", monkeypatch)
    assert list(batching.recognise(spoken)) == wanted
    assert small.sizes == [7, 3, 1, *[1] * 6]
    assert list(batching.recognise(spoken[:2])) == wanted[:2]
    assert small.sizes[-2:] == [1, 1]


def test_without_memory_for_a_recording_it_is_decoded_in_parts(
    batching: NativeEngine, joined: Joined, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parted where nobody speaks, it says what it says in one piece, at the same times."""
    audio = joined.audio[: 20 * SAMPLE_RATE]
    (wanted,) = batching.recognise([audio])
    small = make_small(batching, 8, "Failed to allocate memory for requested buffer", monkeypatch)
    small.longest = 8 * SAMPLE_RATE
    (found,) = batching.recognise([audio])
    assert "".join(token.text for token in found.tokens) == "".join(token.text for token in wanted.tokens)
    pairs = zip(found.tokens, wanted.tokens, strict=True)
    apart = [abs(one.start - other.start) for one, other in pairs if one.text.strip()]
    assert max(apart) <= 0.2


@pytest.mark.parametrize(
    ("room", "error"), [(0, "Failed to allocate memory for requested buffer"), (2, "CUDNN failure")]
)
def test_other_failures_and_a_recording_that_needs_too_much_are_raised(
    room: int, error: str, batching: NativeEngine, spoken: list[Audio], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_small(batching, room, error, monkeypatch)
    with pytest.raises(RuntimeError, match=error):
        list(batching.recognise(spoken))


def test_it_says_what_it_is(engine: NativeEngine, model_name: str) -> None:
    assert engine.info.model == model_name
    assert engine.info.device == "cpu"
    assert (engine.info.calls, engine.info.batch) == (2, 1)


@pytest.mark.parametrize("vocabulary", ["", "а 0\n", "<html>", "а нуль\n<blk> 1\n"])
def test_a_damaged_vocabulary_is_not_loaded(vocabulary: str, tmp_path: Path) -> None:
    model = find_model("demo")
    make(named("v3_ctc"), model.folder, tmp_path, "fp32")
    (tmp_path / VOCABULARY).write_text(vocabulary, encoding="utf-8")
    with pytest.raises(ModelDamagedError):
        NativeEngine(model, tmp_path, CPU, calls=1)


def test_a_gpu_that_cannot_load_a_model_is_no_damaged_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_memory(_file: Path, _gpu: int | None) -> None:
        raise RuntimeError("CUDA failure 2: out of memory ; GPU=1")

    model = find_model("demo")
    make(named("v3_ctc"), model.folder, tmp_path, "fp32")
    monkeypatch.setattr(native, "open_session", no_memory)
    with pytest.raises(DeviceLostError, match="cuda:1"):
        NativeEngine(model, tmp_path, Device("cuda", 1, ""), calls=1)
    with pytest.raises(ModelDamagedError):
        NativeEngine(model, tmp_path, CPU, calls=1)


def test_a_damaged_graph_is_not_loaded(tmp_path: Path) -> None:
    model = find_model("demo")
    make(named("v3_ctc"), model.folder, tmp_path, "fp32")
    (tmp_path / CTC).write_bytes(b"no graph")
    with pytest.raises(ModelDamagedError):
        NativeEngine(replace(model, name="broken"), tmp_path, CPU, calls=1)
