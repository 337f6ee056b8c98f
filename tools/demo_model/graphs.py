"""The demo model's ONNX graphs, with the inputs and outputs of the official exports.

Shapes: B recordings, T feature frames, S encoder frames, D model width, V classes.
"""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto

from gigaam_cli.engines.optimise.builder import Array

from .conformer_graph import FEATURES, encode, encoded_lengths
from .onnx_graph import Graph, Weights, finish, linear, matrix

FLOAT, INT32, INT64 = TensorProto.FLOAT, TensorProto.INT32, TensorProto.INT64
STATE = 320
"""What onnx-asr keeps of a predictor's state; ours is smaller and leaves the rest at zero."""


def ctc(weights: Weights, *, packed: bool) -> onnx.ModelProto:
    """features [B, 64, T], feature_lengths [B] -> log_probs [B, S, V], encoded_lengths [B]; packed: int8."""
    graph = Graph(weights=weights, packed=packed, features="features", lengths="feature_lengths")
    logits = linear(graph, encode(graph), "head.decoder_layers.0")
    graph.op("LogSoftmax", logits, name="log_probs", axis=-1)
    encoded_lengths(graph, "encoded_lengths")
    classes = graph.weights["head.decoder_layers.0.bias"].size
    return finish(
        graph,
        "gigaam_demo_ctc",
        _features(graph),
        {
            "log_probs": (FLOAT, ["batch_size", "encoded_len", classes]),
            "encoded_lengths": (INT32, ["batch_size"]),
        },
    )


def encoder(weights: Weights, *, packed: bool) -> onnx.ModelProto:
    """audio_signal [B, 64, T], length [B] -> encoded [B, D, S], encoded_len [B]."""
    graph = Graph(weights=weights, packed=packed, features="audio_signal", lengths="length")
    graph.op("Transpose", encode(graph), name="encoded", perm=[0, 2, 1])
    encoded_lengths(graph, "encoded_len")
    width = graph.weights["encoder.layers.0.norm_out.weight"].size
    return finish(
        graph,
        "gigaam_demo_rnnt_encoder",
        _features(graph),
        {"encoded": (FLOAT, ["batch_size", width, "encoded_len"]), "encoded_len": (INT32, ["batch_size"])},
    )


def _features(graph: Graph) -> dict[str, tuple[int, list[str | int]]]:
    return {
        graph.features: (FLOAT, ["batch_size", FEATURES, "seq_len"]),
        graph.lengths: (INT64, ["batch_size"]),
    }


def decoder(weights: Weights, *, packed: bool) -> onnx.ModelProto:
    """x [1, 1] of a token, states h.1 and c.1 [1, 1, 320] -> dec [1, 1, P] and the states after it."""
    graph = Graph(weights=weights, packed=packed)
    table = graph.weight("decoder.embed.weight")
    token = graph.op("Transpose", graph.op("Gather", table, "x", axis=0), perm=[1, 0, 2])
    width = graph.weights["decoder.lstm.weight_hh_l0"].shape[1]
    states = [
        graph.op("Slice", name, graph.ints(0), graph.ints(width), graph.ints(2)) for name in ("h.1", "c.1")
    ]
    outputs = graph.lstm(token, [*_lstm_weights(graph), "", *states], width)
    graph.op("Squeeze", outputs[0], graph.ints(1), name="dec")
    padding = graph.ints(0, 0, 0, 0, 0, STATE - width)
    for state, name in zip(outputs[1:], ("h", "c"), strict=True):
        graph.op("Pad", state, padding, name=name)
    state_type: tuple[int, list[str | int]] = (FLOAT, [1, 1, STATE])
    return finish(
        graph,
        "gigaam_demo_rnnt_decoder",
        {"x": (INT64, [1, 1]), "h.1": state_type, "c.1": state_type},
        {"dec": (FLOAT, [1, 1, width]), "h": state_type, "c": state_type},
    )


def _lstm_weights(graph: Graph) -> list[str]:
    """The weights in the order of ONNX: gates i o f c in place of i f g o, input and recurrent biases together."""
    names = []
    for label, name in (("W", "weight_ih_l0"), ("R", "weight_hh_l0")):
        value = gates(graph.weights[f"decoder.lstm.{name}"])
        wide = matrix(graph, f"decoder.lstm.{label}", np.ascontiguousarray(value.T))
        names.append(graph.op("Unsqueeze", graph.op("Transpose", wide, perm=[1, 0]), graph.ints(0)))
    biases = [gates(graph.weights[f"decoder.lstm.{name}"]) for name in ("bias_ih_l0", "bias_hh_l0")]
    names.append(graph.constant("decoder.lstm.B", np.concatenate(biases)[None]))
    return names


def gates(value: Array) -> Array:
    """Bring an LSTM's gates from PyTorch's order (i f g o) into that of ONNX (i o f c)."""
    first, forget, cell, output = np.split(value, 4)
    return np.concatenate([first, output, forget, cell])


def joint(weights: Weights, *, packed: bool) -> onnx.ModelProto:
    """enc [1, D, 1], dec [1, P, 1] -> joint [1, 1, 1, V]: logits."""
    graph = Graph(weights=weights, packed=packed)
    sides = [
        linear(graph, graph.op("Transpose", name, perm=[0, 2, 1]), f"joint.{part}")
        for name, part in (("enc", "enc"), ("dec", "pred"))
    ]
    hidden = graph.op("Relu", graph.op("Add", *sides))
    graph.op("Unsqueeze", linear(graph, hidden, "joint.joint_net.1"), graph.ints(1), name="joint")
    width, predicted, classes = (
        graph.weights[f"joint.{name}"].shape[axis]
        for name, axis in (("enc.weight", 1), ("pred.weight", 1), ("joint_net.1.weight", 0))
    )
    return finish(
        graph,
        "gigaam_demo_rnnt_joint",
        {"enc": (FLOAT, [1, width, 1]), "dec": (FLOAT, [1, predicted, 1])},
        {"joint": (FLOAT, [1, 1, 1, classes])},
    )
