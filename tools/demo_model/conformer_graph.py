"""The demo model's encoder in ONNX: a GigaAM v3 conformer.

Shapes: B recordings, T feature frames (10 ms), S encoder frames (40 ms, S = ceil(T / 4)), D model width,
H heads.
Masks follow `feature_lengths`, so that a padded recording in a batch reads the same as alone.
Every product with weights is a MatMul (1x1 convolutions too), so that all of them can be stored as int8.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from onnx import TensorProto

from gigaam_cli.engines.optimise.builder import Array

from .onnx_graph import Graph, Weights, layer_norm, linear, silu

FEATURES = 64
HEADS = 4
CONV_PADDING = 2  # kernel 5 throughout
ROTARY_BASE = 5000.0
MAX_FRAMES = 1000  # rows of the rotary table: 40 s
MASKED_SCORE = 1e4


def every_second(graph: Graph, x: str) -> str:
    """Each second element of the last axis: [B, 1, N] -> [B, 1, ceil(N / 2)]."""
    end = graph.ints(np.iinfo(np.int64).max)
    return graph.op("Slice", x, graph.ints(0), end, graph.ints(2), graph.ints(2))


def valid_frames(graph: Graph) -> str:
    """1 where a feature frame belongs to its recording, else 0: f32 [B, 1, T]."""
    count = graph.op("Gather", graph.op("Shape", graph.features), graph.integer(2))
    frames = graph.op("Range", graph.integer(0), count, graph.integer(1))
    lengths = graph.op("Unsqueeze", graph.lengths, graph.ints(1, 2))
    return graph.op("Cast", graph.op("Less", frames, lengths), to=TensorProto.FLOAT)


def strided_conv(graph: Graph, x: str, valid: str, name: str) -> str:
    """Half the frames: f32 [B, C, N], mask [B, 1, N] -> [B, D, ceil(N / 2)] after ReLU."""
    weight, bias = graph.weight(f"{name}.weight"), graph.weight(f"{name}.bias")
    masked = graph.op("Mul", x, valid)
    return graph.op("Relu", graph.op("Conv", masked, weight, bias, strides=[2], pads=[CONV_PADDING] * 2))


def normalised(graph: Graph) -> str:
    """Features less their mean and divided by their spread, as in the training: [B, 64, T]."""
    mean, scale = (
        graph.constant(f"encoder.pre_encode.{name}", graph.weights[f"encoder.pre_encode.{name}"][:, None])
        for name in ("mean", "scale")
    )
    return graph.op("Mul", graph.op("Sub", graph.features, mean), scale)


def subsample(graph: Graph) -> tuple[str, str]:
    """Features [B, 64, T] -> encoder input [B, S, D] and its mask [B, 1, S]."""
    valid, x = valid_frames(graph), normalised(graph)
    for index in (0, 2):
        x = strided_conv(graph, x, valid, f"encoder.pre_encode.conv.{index}")
        valid = every_second(graph, valid)
    return graph.op("Transpose", x, perm=[0, 2, 1]), valid


def rotary_angles(head_width: int) -> Array:
    """Angle of each frame and pair of channels: f32 [MAX_FRAMES, head_width / 2]."""
    frequencies = ROTARY_BASE ** (-np.arange(0, head_width, 2, dtype=np.float32) / head_width)
    return np.outer(np.arange(MAX_FRAMES, dtype=np.float32), frequencies.astype(np.float32))


@dataclass(frozen=True)
class Shared:
    """What all layers need: a mask [B, S, 1], one to add to scores [B, 1, 1, S], tables [S, 1, D / H]."""

    keep: str
    score_mask: str
    cosine: str
    sine: str


def rotary_tables(graph: Graph, x: str) -> list[str]:
    """Cosines and sines of the angles for x [B, S, D], the first half's sines negative: two of [S, 1, D / H]."""
    angles = rotary_angles(graph.weights["encoder.layers.0.norm_out.weight"].size // HEADS)[:, None]
    cosine, sine = np.cos(angles), np.sin(angles)
    count = graph.op("Slice", graph.op("Shape", x), graph.ints(1), graph.ints(2))
    tables = (
        graph.constant("rotary.cosine", np.concatenate([cosine, cosine], axis=-1)),
        graph.constant("rotary.sine", np.concatenate([-sine, sine], axis=-1)),
    )
    return [graph.op("Slice", table, graph.ints(0), count) for table in tables]


def shared_tensors(graph: Graph, x: str, valid: str) -> Shared:
    """Derive from the encoder input [B, S, D] and its mask [B, 1, S] what all layers share."""
    cosine, sine = rotary_tables(graph, x)
    penalty = graph.op("Mul", graph.op("Sub", valid, graph.scalar(1.0)), graph.scalar(MASKED_SCORE))
    keep = graph.op("Transpose", valid, perm=[0, 2, 1])
    return Shared(keep, graph.op("Unsqueeze", penalty, graph.ints(1)), cosine, sine)


def rotate(graph: Graph, x: str, shared: Shared) -> str:
    """Turn each head's channel pairs by their frame's angle: [B, S, D] -> [B, S, D]."""
    heads = graph.op("Reshape", x, graph.ints(0, 0, HEADS, -1))
    first, second = graph.split(heads)
    swapped = graph.op("Concat", second, first, axis=-1)
    turned = graph.op("Add", graph.op("Mul", heads, shared.cosine), graph.op("Mul", swapped, shared.sine))
    return graph.op("Reshape", turned, graph.ints(0, 0, -1))


def by_head(graph: Graph, x: str, perm: list[int]) -> str:
    """[B, S, D] -> [B, S, H, D / H], its axes then permuted."""
    return graph.op("Transpose", graph.op("Reshape", x, graph.ints(0, 0, HEADS, -1)), perm=perm)


def attention(graph: Graph, x: str, name: str, shared: Shared) -> str:
    """Self-attention with the rotation before the projections: [B, S, D] -> [B, S, D]."""
    turned = rotate(graph, x, shared)
    scale = (graph.weights[f"{name}.linear_q.bias"].size // HEADS) ** -0.5
    query = by_head(graph, linear(graph, turned, f"{name}.linear_q"), [0, 2, 1, 3])
    key = by_head(graph, linear(graph, turned, f"{name}.linear_k"), [0, 2, 3, 1])
    value = by_head(graph, linear(graph, x, f"{name}.linear_v"), [0, 2, 1, 3])
    alike = graph.op("Mul", graph.op("MatMul", query, key), graph.scalar(scale))
    scores = graph.op("Add", alike, shared.score_mask)
    mixed = graph.op("MatMul", graph.op("Softmax", scores, axis=-1), value)
    merged = graph.op("Reshape", graph.op("Transpose", mixed, perm=[0, 2, 1, 3]), graph.ints(0, 0, -1))
    return linear(graph, merged, f"{name}.linear_out")


def depthwise_conv(graph: Graph, x: str, name: str) -> str:
    """Each channel over time: [B, S, D] -> [B, S, D]."""
    weight, bias = graph.weight(f"{name}.weight"), graph.weight(f"{name}.bias")
    channels = graph.weights[f"{name}.bias"].size
    by_channel = graph.op("Transpose", x, perm=[0, 2, 1])
    convolved = graph.op("Conv", by_channel, weight, bias, group=channels, pads=[CONV_PADDING] * 2)
    return graph.op("Transpose", convolved, perm=[0, 2, 1])


def convolution(graph: Graph, x: str, name: str, shared: Shared) -> str:
    """A conformer's gated convolution module: [B, S, D] -> [B, S, D]."""
    content, gate = graph.split(linear(graph, x, f"{name}.pointwise_conv1"))
    gated = graph.op("Mul", graph.op("Mul", content, graph.op("Sigmoid", gate)), shared.keep)
    convolved = depthwise_conv(graph, gated, f"{name}.depthwise_conv")
    normed = layer_norm(graph, convolved, f"{name}.batch_norm")
    return linear(graph, silu(graph, normed), f"{name}.pointwise_conv2")


def feed_forward(graph: Graph, x: str, name: str) -> str:
    """Half of a conformer's feed-forward output: [B, S, D] -> [B, S, D]."""
    whole = linear(graph, silu(graph, linear(graph, x, f"{name}.linear1")), f"{name}.linear2")
    return graph.op("Mul", whole, graph.scalar(0.5))


def conformer_layer(graph: Graph, x: str, name: str, shared: Shared) -> str:
    """One layer, four residual blocks and a norm: [B, S, D] -> [B, S, D]."""

    def normed(norm: str) -> str:
        return layer_norm(graph, x, f"{name}.{norm}")

    x = graph.op("Add", x, feed_forward(graph, normed("norm_feed_forward1"), f"{name}.feed_forward1"))
    x = graph.op("Add", x, attention(graph, normed("norm_self_att"), f"{name}.self_attn", shared))
    x = graph.op("Add", x, convolution(graph, normed("norm_conv"), f"{name}.conv", shared))
    x = graph.op("Add", x, feed_forward(graph, normed("norm_feed_forward2"), f"{name}.feed_forward2"))
    return normed("norm_out")


def encoded_lengths(graph: Graph, name: str) -> None:
    """Output the encoder frames of each recording, i32 [B]: ceil(T / 4)."""
    quarter = graph.op("Div", graph.op("Add", graph.lengths, graph.integer(3)), graph.integer(4))
    graph.op("Cast", quarter, name=name, to=TensorProto.INT32)


def layer_count(weights: Weights) -> int:
    """The number of conformer layers in a checkpoint."""
    return len({name.split(".")[2] for name in weights if name.startswith("encoder.layers.")})


def encode(graph: Graph) -> str:
    """The whole encoder: features [B, 64, T] -> [B, S, D]."""
    x, valid = subsample(graph)
    shared = shared_tensors(graph, x, valid)
    for index in range(layer_count(graph.weights)):
        x = conformer_layer(graph, x, f"encoder.layers.{index}", shared)
    return x
