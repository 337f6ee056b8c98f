"""A rewritten model says what the original says, or is not used."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from gigaam_cli.core.ort import cpu_session
from gigaam_cli.core.paths import demo_folder
from gigaam_cli.engines.catalog import CatalogEntry
from gigaam_cli.engines.inventory import named
from gigaam_cli.engines.optimise import conformer, graphs, judge, make, weights
from gigaam_cli.engines.optimise.conformer import Precision
from gigaam_cli.engines.optimise.files import CTC, ENCODER
from tests.conftest import DATA, listen
from tests.fakes.rnnt import write_rnnt

DEMO = demo_folder() / "model"
ENTRIES = [named("v3_ctc"), named("v3_rnnt")]
RECORDINGS = ("base.wav", "ru_0782.ogg", "ru_0784.ogg", "ru_0803.ogg", "ru_0840.mp3", "ru_0841.mp3")
SAME_CLASSES = 0.99
both = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)


def graph(entry: CatalogEntry) -> str:
    return ENCODER if entry.name == "v3_rnnt" else CTC


def size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.iterdir())


@both
def test_in_fp32_it_says_the_same(entry: CatalogEntry, tmp_path: Path) -> None:
    assert make.make(entry, DEMO, tmp_path, "fp32").accepted
    transducer = make.read(entry, DEMO)[1]
    wanted = judge.original(entry, DEMO, transducer)
    assert judge.furthest(wanted, judge.rewritten(entry, tmp_path)) < make.LARGEST_DIFFERENCE
    if transducer is not None:
        assert judge.joined_apart(entry, DEMO, tmp_path, transducer) < make.LARGEST_DIFFERENCE


@both
def test_in_int8_it_is_near_and_small(entry: CatalogEntry, tmp_path: Path) -> None:
    for precision in ("fp32", "int8"):
        assert make.make(entry, DEMO, tmp_path / precision, precision).accepted
    wanted = judge.original(entry, DEMO, make.read(entry, DEMO)[1])
    apart = judge.spread_apart(wanted, judge.rewritten(entry, tmp_path / "int8"))
    assert 0 < apart < make.SHARE_OF_SPREAD["int8"] / 4
    assert size(tmp_path / "int8") < 0.4 * size(tmp_path / "fp32")


@both
def test_in_fp16_it_is_nearer_and_takes_batches(entry: CatalogEntry, tmp_path: Path) -> None:
    """As a GPU computes it: here the CPU does, with values rounded between the operators."""
    for precision in ("fp32", "fp16"):
        assert make.make(entry, DEMO, tmp_path / precision, precision).accepted
    wanted = judge.original(entry, DEMO, make.read(entry, DEMO)[1])
    apart = judge.spread_apart(wanted, judge.rewritten(entry, tmp_path / "fp16"))
    assert 0 < apart < make.SHARE_OF_SPREAD["fp16"] / 4
    assert size(tmp_path / "fp16") < 0.7 * size(tmp_path / "fp32")
    session = cpu_session(tmp_path / "fp16" / graph(entry))
    assert [value.name for value in session.get_inputs()] == ["samples", "counts"]


def test_large_constants_lie_beside_the_graph(tmp_path: Path) -> None:
    make.make(ENTRIES[0], DEMO, tmp_path, "int8")
    assert (tmp_path / CTC).stat().st_size < (tmp_path / f"{CTC}.data").stat().st_size / 4


def test_in_int8_frames_vote_for_the_same_letters(tmp_path: Path) -> None:
    votes = {}
    for precision in ("fp32", "int8"):
        make.make(ENTRIES[0], DEMO, tmp_path, precision)
        session = cpu_session(tmp_path / CTC)
        recordings = [listen(DATA / name) for name in RECORDINGS]
        votes[precision] = np.concatenate(
            [session.run(None, {"samples": audio[None]})[0][0].argmax(axis=-1) for audio in recordings]
        )
    assert len(votes["fp32"]) > 500
    assert np.mean(votes["fp32"] == votes["int8"]) >= SAME_CLASSES


def test_a_padded_recording_reads_as_if_alone() -> None:
    encoder = weights.read_encoder(onnx.load(DEMO / "v3_ctc.onnx"))
    precision = Precision("fp32")
    alone, together = (
        cpu_session(graphs.ctc(encoder, graphs.Build(precision, masked)).model().SerializeToString())
        for masked in (False, True)
    )
    recordings = [listen(DATA / name) for name in RECORDINGS[:3]]
    counts = np.array([len(audio) for audio in recordings])
    padded = np.zeros((len(recordings), counts.max()), np.float32)
    for row, audio in zip(padded, recordings, strict=True):
        row[: len(audio)] = audio
    batch = together.run(None, {"samples": padded, "counts": counts})[0]
    for audio, found in zip(recordings, batch, strict=True):
        (wanted,) = alone.run(None, {"samples": audio[None]})[0]
        np.testing.assert_allclose(found[: len(wanted)], wanted, atol=make.LARGEST_DIFFERENCE)


@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_what_says_something_else_is_refused(
    precision: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conformer, "ROTARY_BASE", 4000.0)
    outcome = make.make(ENTRIES[0], DEMO, tmp_path, precision)
    assert (outcome.accepted, outcome.reason) == (False, "rewritten it would say something else")


def test_a_predictor_that_says_something_else_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = weights.read_transducer

    def forgetful(*models: onnx.ModelProto) -> weights.Transducer:
        transducer = read(*models)
        return replace(transducer, recurrent=transducer.recurrent * np.float32(0.9))

    monkeypatch.setattr(weights, "read_transducer", forgetful)
    outcome = make.make(ENTRIES[1], DEMO, tmp_path, "int8")
    assert (outcome.accepted, outcome.reason) == (False, "rewritten it would say something else")


def test_rounding_too_coarse_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(make, "CODES", (4, 3))
    outcome = make.make(ENTRIES[0], DEMO, tmp_path, "int8")
    assert not outcome.accepted
    assert outcome.detail.endswith("of its spread in int8")


def test_no_number_is_as_far_as_can_be() -> None:
    wanted, nothing = np.ones((3, 2), np.float32), np.full((3, 2), np.nan, np.float32)
    assert judge.furthest(wanted, nothing) == judge.spread_apart(wanted, nothing) == np.inf
    assert judge.furthest(wanted, wanted[:2]) == np.inf


@pytest.mark.parametrize(
    ("config", "vocabulary"),
    [
        ('{"features_size": 80}', None),
        ('{"subsampling_factor": "four"}', None),
        ("{}", "а 0\n<blk> 1\n"),
        ("{", None),
    ],
)
def test_what_does_not_fit_the_graph_is_refused(config: str, vocabulary: str | None, tmp_path: Path) -> None:
    source = Path(shutil.copytree(DEMO, tmp_path / "source"))
    (source / "config.json").write_text(config, encoding="utf-8")
    if vocabulary:
        (source / "v3_vocab.txt").write_text(vocabulary, encoding="utf-8")
    assert not make.make(ENTRIES[0], source, tmp_path / "out", "int8").accepted


def test_another_kind_of_network_is_refused(tmp_path: Path) -> None:
    source = write_rnnt(tmp_path / "source")
    outcome = make.make(named("v3_e2e_rnnt"), source, tmp_path / "out", "int8")
    assert not outcome.accepted
    assert outcome.reason == "its graphs are of a kind that gigaam cannot rewrite"


def test_weights_are_found_as_the_official_exporter_leaves_them() -> None:
    """1x1 convolutions, equal norms stored once, matrices without names, an encoder without its prefix."""
    rng = np.random.default_rng(1)
    stored = {
        "layers.0.norm_out.weight": rng.random(8),
        "layers.0.conv.pointwise_conv1.weight": rng.random((16, 8, 1)),
        "layers.0.feed_forward1.linear1.bias": rng.random(32),
        "onnx::MatMul_7": rng.random((8, 32)),
        "onnx::Slice_9": rng.random((100, 1, 1, 4)),
    }
    nodes = [
        helper.make_node("Identity", ["layers.0.norm_out.weight"], ["layers.1.norm_out.weight"]),
        helper.make_node("MatMul", ["x", "onnx::MatMul_7"], ["product"]),
        helper.make_node("Add", ["layers.0.feed_forward1.linear1.bias", "product"], ["sum"]),
        helper.make_node("Slice", ["onnx::Slice_9", "zero", "count"], ["table"]),
    ]
    arrays = [numpy_helper.from_array(value.astype(np.float32), name) for name, value in stored.items()]
    model = helper.make_model(helper.make_graph(nodes, "export", [], [], arrays))
    encoder = weights.read_encoder(model)
    assert (encoder.layers, encoder.width, encoder.head_width) == (2, 8, 4)
    found = {name.removeprefix("encoder."): value for name, value in encoder.weights.items()}
    np.testing.assert_array_equal(found["layers.1.norm_out.weight"], found["layers.0.norm_out.weight"])
    assert found["layers.0.conv.pointwise_conv1.weight"].shape == (8, 16)
    assert found["layers.0.feed_forward1.linear1.weight"].shape == (8, 32)


def test_constants_are_computed_as_the_graph_would() -> None:
    codes = numpy_helper.from_array(np.array([[1, -2], [3, 4]], np.int8), "codes")
    scale = numpy_helper.from_array(np.array([0.5, 2], np.float32), "scale")
    axes = numpy_helper.from_array(np.array([0], np.int64), "axes")
    nodes = [
        helper.make_node("Cast", ["codes"], ["cast"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["cast", "scale"], ["matrix"]),
        helper.make_node("Transpose", ["matrix"], ["turned"], perm=[1, 0]),
        helper.make_node("Unsqueeze", ["turned", "axes"], ["deep"]),
        helper.make_node("Relu", ["deep"], ["relu"]),
    ]
    export = weights.Export(
        helper.make_model(helper.make_graph(nodes, "export", [], [], [codes, scale, axes]))
    )
    np.testing.assert_array_equal(export.value("deep"), [[[0.5, 1.5], [-4, 8]]])
    assert export.value("relu") is None
