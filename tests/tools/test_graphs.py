"""The demo model's graphs say what the network says, whoever else is in the batch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from tools.demo_model import graphs
from tools.demo_model.export import SHARED_FILE, write_model
from tools.demo_model.graphs import STATE

WIDTH, CLASSES, LAYERS, PREDICTOR = 16, 34, 2, 8


def shapes() -> dict[str, tuple[int, ...]]:
    """Return the shapes of a small network's weights, by their official names."""
    found: dict[str, tuple[int, ...]] = {
        "encoder.pre_encode.mean": (64,),
        "encoder.pre_encode.scale": (64,),
        "head.decoder_layers.0.weight": (CLASSES, WIDTH),
        "decoder.embed.weight": (CLASSES, PREDICTOR),
        "joint.enc.weight": (PREDICTOR, WIDTH),
        "joint.pred.weight": (PREDICTOR, PREDICTOR),
        "joint.joint_net.1.weight": (CLASSES, PREDICTOR),
        "encoder.pre_encode.conv.0.weight": (WIDTH, 64, 5),
        "encoder.pre_encode.conv.2.weight": (WIDTH, WIDTH, 5),
    }
    for layer in range(LAYERS):
        name = f"encoder.layers.{layer}"
        for norm in ("feed_forward1", "self_att", "conv", "feed_forward2", "out"):
            found[f"{name}.norm_{norm}.weight"] = (WIDTH,)
        for part in ("q", "k", "v", "out"):
            found[f"{name}.self_attn.linear_{part}.weight"] = (WIDTH, WIDTH)
        for block in ("feed_forward1", "feed_forward2"):
            found[f"{name}.{block}.linear1.weight"] = (4 * WIDTH, WIDTH)
            found[f"{name}.{block}.linear2.weight"] = (WIDTH, 4 * WIDTH)
        found[f"{name}.conv.pointwise_conv1.weight"] = (2 * WIDTH, WIDTH)
        found[f"{name}.conv.depthwise_conv.weight"] = (WIDTH, 1, 5)
        found[f"{name}.conv.batch_norm.weight"] = (WIDTH,)
        found[f"{name}.conv.pointwise_conv2.weight"] = (WIDTH, WIDTH)
    biases = {name.replace(".weight", ".bias"): (shape[0],) for name, shape in found.items()}
    lstm: dict[str, tuple[int, ...]] = {f"weight_{side}h_l0": (4 * PREDICTOR, PREDICTOR) for side in "ih"}
    lstm |= {f"bias_{side}h_l0": (4 * PREDICTOR,) for side in "ih"}
    return {**found, **biases, **{f"decoder.lstm.{name}": shape for name, shape in lstm.items()}}


@pytest.fixture(scope="module")
def weights() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(11)
    return {name: rng.normal(0, 0.3, shape).astype(np.float32) for name, shape in shapes().items()}


@pytest.fixture(scope="module", params=["fp32", "int8"])
def folder(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, weights: dict[str, np.ndarray]
) -> Path:
    """Return a folder with the small network's files."""
    target = tmp_path_factory.mktemp(request.param)
    write_model(weights, target, request.param)
    return target


def session(folder: Path, name: str) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(folder / f"{name}.onnx", providers=["CPUExecutionProvider"])


def features(*lengths: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a batch of features, padded with nonsense."""
    batch = np.random.default_rng(5).normal(-5, 4, (len(lengths), 64, max(lengths))).astype(np.float32)
    return batch, np.array(lengths, np.int64)


def test_a_text_never_depends_on_its_neighbours(folder: Path) -> None:
    ctc = session(folder, "v3_ctc")
    batch, lengths = features(90, 203, 7)
    together, counts = ctc.run(None, {"features": batch, "feature_lengths": lengths})
    assert counts.tolist() == [23, 51, 2]
    for row, length in enumerate(lengths):
        alone, _ = ctc.run(
            None, {"features": batch[row : row + 1, :, :length], "feature_lengths": lengths[row : row + 1]}
        )
        np.testing.assert_allclose(together[row, : counts[row]], alone[0], atol=2e-5)


def test_both_graphs_have_one_encoder(folder: Path, weights: dict[str, np.ndarray]) -> None:
    batch, lengths = features(120)
    log_probs, _ = session(folder, "v3_ctc").run(None, {"features": batch, "feature_lengths": lengths})
    encoded, _ = session(folder, "v3_rnnt_encoder").run(None, {"audio_signal": batch, "length": lengths})
    weight, bias = (weights[f"head.decoder_layers.0.{part}"] for part in ("weight", "bias"))
    logits = encoded[0].T @ weight.T + bias
    expected = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    tolerance = 1e-4 if folder.name.startswith("fp32") else 0.1
    np.testing.assert_allclose(log_probs[0], expected, atol=tolerance)


def test_the_encoders_weights_are_stored_once(folder: Path) -> None:
    graph_sizes = [(folder / f"v3_{name}.onnx").stat().st_size for name in ("ctc", "rnnt_encoder")]
    shared = (folder / SHARED_FILE).stat().st_size
    largest = 4 * WIDTH * WIDTH * (1 if folder.name.startswith("int8") else 4)
    assert shared > 2 * LAYERS * largest
    assert shared < 1.5 * sum(4 * np.prod(shape) for shape in shapes().values())  # tables of angles, too
    assert max(graph_sizes) < 80_000


def test_the_predictor_is_an_lstm(folder: Path, weights: dict[str, np.ndarray]) -> None:
    decoder = session(folder, "v3_rnnt_decoder")
    hidden = cell = np.zeros((1, 1, STATE), np.float32)
    own_hidden = own_cell = np.zeros(PREDICTOR, np.float32)
    for token in (33, 4, 4, 17):
        said, hidden, cell = decoder.run(["dec", "h", "c"], {"x": [[token]], "h.1": hidden, "c.1": cell})
        own_hidden, own_cell = step(weights, token, own_hidden, own_cell)
    tolerance = 1e-5 if folder.name.startswith("fp32") else 0.05
    np.testing.assert_allclose(said[0, 0], own_hidden, atol=tolerance)
    np.testing.assert_allclose(hidden[0, 0, :PREDICTOR], own_hidden, atol=tolerance)
    np.testing.assert_allclose(cell[0, 0, :PREDICTOR], own_cell, atol=tolerance)
    assert not hidden[0, 0, PREDICTOR:].any()


def step(
    weights: dict[str, np.ndarray], token: int, hidden: np.ndarray, cell: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Advance an LSTM as PyTorch defines it: gates i f g o."""
    x = weights["decoder.embed.weight"][token]
    gates = sum(
        weights[f"decoder.lstm.weight_{side}h_l0"] @ value + weights[f"decoder.lstm.bias_{side}h_l0"]
        for side, value in (("i", x), ("h", hidden))
    )
    first, forget, candidate, output = np.split(np.asarray(gates), 4)
    kept = sigmoid(forget) * cell + sigmoid(first) * np.tanh(candidate)
    return sigmoid(output) * np.tanh(kept), kept


def sigmoid(value: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-value)))


def test_the_joint_adds_both_sides(folder: Path, weights: dict[str, np.ndarray]) -> None:
    rng = np.random.default_rng(2)
    encoded, said = rng.normal(0, 1, WIDTH).astype(np.float32), rng.normal(0, 1, PREDICTOR).astype(np.float32)
    (logits,) = session(folder, "v3_rnnt_joint").run(
        ["joint"], {"enc": encoded[None, :, None], "dec": said[None, :, None]}
    )
    sides = [
        weights[f"joint.{name}.weight"] @ value + weights[f"joint.{name}.bias"]
        for name, value in (("enc", encoded), ("pred", said))
    ]
    hidden = np.maximum(sides[0] + sides[1], 0)
    expected = weights["joint.joint_net.1.weight"] @ hidden + weights["joint.joint_net.1.bias"]
    assert logits.shape == (1, 1, 1, CLASSES)
    np.testing.assert_allclose(
        logits.reshape(-1), expected, atol=1e-5 if folder.name.startswith("fp32") else 0.1
    )


def test_the_graphs_take_what_the_official_ones_take(weights: dict[str, np.ndarray]) -> None:
    model = graphs.encoder(weights, packed=False)
    assert [end.name for end in model.graph.input] == ["audio_signal", "length"]
    assert [end.name for end in model.graph.output] == ["encoded", "encoded_len"]
