"""The conformer of GigaAM v3 as onnxruntime runs it fastest.

Shapes: B recordings, T feature frames (10 ms), S encoder frames (40 ms, S = ceil(T / 4)), D model width.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from onnx import TensorProto

from gigaam_cli.engines.optimise.builder import Array, Constant, Graph
from gigaam_cli.engines.optimise.weights import Encoder

PADDING = 2  # kernel 5 throughout
ROTARY_BASE = 5000.0
MAX_FRAMES = 1000  # rows of the rotary tables: 40 s
NORM_EPSILON = 1e-5


@dataclass(frozen=True)
class Precision:
    """How products with weights are made: in fp32 or fp16, or with int8 weights and inputs rounded on the way.

    ``codes`` is the largest absolute value of a weight's code.
    """

    name: str
    codes: int = 127

    @property
    def kind(self) -> int:
        """The element type of what travels between layers."""
        return int(TensorProto.FLOAT16 if self.name == "fp16" else TensorProto.FLOAT)

    def stored(self, value: Array) -> Constant:
        """Return a weight in the type of what it meets."""
        return value.astype(np.float16) if self.name == "fp16" else value


@dataclass
class Network:
    """A graph in the making, and what it is made from."""

    encoder: Encoder
    precision: Precision
    graph: Graph

    def weight(self, name: str) -> str:
        """Store a weight as it is."""
        return self.graph.constant(name, self.precision.stored(self.encoder.weights[name]))

    def linear(self, x: str, *names: str, scale: float = 1.0) -> str:
        """Linear layers side by side, times ``scale``: [B, S, in] -> [B, S, out]."""
        weight, bias = (self._beside(names, part, np.float32(scale)) for part in ("weight", "bias"))
        return product(self.graph, x, "+".join(names), (weight, bias), self.precision)

    def _beside(self, names: tuple[str, ...], part: str, scale: np.float32) -> Array:
        parts = [self.encoder.weights[f"{name}.{part}"] for name in names]
        if scale == 1 and len(parts) == 1:
            return parts[0]  # without a copy
        return np.asarray(np.concatenate(parts, axis=-1) * scale, np.float32)

    def norm(self, x: str, name: str) -> str:
        """Layer norm over the last axis."""
        weight, bias = self.weight(f"{name}.weight"), self.weight(f"{name}.bias")
        return self.graph.op("LayerNormalization", x, weight, bias, axis=-1, epsilon=NORM_EPSILON)

    def silu(self, x: str) -> str:
        """x * sigmoid(x)."""
        return self.graph.fused("QuickGelu", x, alpha=1.0)


def product(graph: Graph, x: str, label: str, layer: tuple[Array, Array], precision: Precision) -> str:
    """x [..., in] times a weight [in, out], plus a bias [out]."""
    weight, bias = layer
    added = graph.constant(f"{label}.bias", precision.stored(bias))
    if precision.name != "int8":
        factor = graph.constant(f"{label}.weight", precision.stored(weight))
        return graph.op("Add", graph.op("MatMul", x, factor), added)
    scale = np.abs(weight).max(axis=0) / np.float32(precision.codes)
    codes = np.rint(weight / np.where(scale > 0, scale, 1)).astype(np.int8)
    factors = (graph.constant(f"{label}.codes", codes), graph.constant(f"{label}.scale", scale))
    return graph.fused("DynamicQuantizeMatMul", x, *factors, "", added)


@dataclass(frozen=True)
class Masks:
    """What belongs to each recording of a batch: frames as 0 or 1 [B, 1, n], at the encoder's end i32 [B]."""

    features: str
    halves: str
    quarters: str
    lengths: str


def masks(graph: Graph, lengths: str, features: str, kind: int) -> Masks:
    """Make masks of type ``kind`` for recordings of ``lengths`` i64 [B] frames in features [B, 64, T]."""
    count = graph.op("Gather", graph.op("Shape", features), graph.integer(2))
    halves, quarters = _halved(graph, lengths), _quarter(graph, lengths)
    return Masks(
        _before(graph, lengths, count, kind),
        _before(graph, halves, _halved(graph, count), kind),
        _before(graph, quarters, _quarter(graph, count), kind),
        graph.op("Cast", quarters, to=TensorProto.INT32),
    )


def _halved(graph: Graph, count: str) -> str:
    return graph.op("Div", graph.op("Add", count, graph.integer(1)), graph.integer(2))


def _quarter(graph: Graph, count: str) -> str:
    return _halved(graph, _halved(graph, count))


def _before(graph: Graph, lengths: str, count: str, kind: int) -> str:
    frames = graph.op("Range", graph.integer(0), count, graph.integer(1))
    before = graph.op("Less", frames, graph.op("Unsqueeze", lengths, graph.ints(1, 2)))
    return graph.op("Cast", before, to=kind)


def subsampled(net: Network, features: str, valid: Masks | None) -> str:
    """Every fourth frame, from convolutions over time: [B, 64, T] -> [B, S, D]."""
    graph, x = net.graph, cast(net.graph, _normalised(net, features), net.precision.kind)
    for index, mask in ((0, valid and valid.features), (2, valid and valid.halves)):
        name = f"encoder.pre_encode.conv.{index}"
        weight, bias = net.weight(f"{name}.weight"), net.weight(f"{name}.bias")
        x = graph.op("Mul", x, mask) if mask else x
        x = graph.op("Relu", graph.op("Conv", x, weight, bias, strides=[2], pads=[PADDING] * 2))
    return graph.op("Transpose", x, perm=[0, 2, 1])


def cast(graph: Graph, x: str, kind: int) -> str:
    """Return f32 values in another type."""
    return x if kind == TensorProto.FLOAT else graph.op("Cast", x, to=kind)


def _normalised(net: Network, features: str) -> str:
    """Features less their mean and divided by their spread, where the model wants it."""
    weights = net.encoder.weights
    if "encoder.pre_encode.mean" not in weights:
        return features
    mean, scale = (
        net.graph.constant(f"encoder.pre_encode.{name}", weights[f"encoder.pre_encode.{name}"].reshape(-1, 1))
        for name in ("mean", "scale")
    )
    return net.graph.op("Mul", net.graph.op("Sub", features, mean), scale)


@dataclass(frozen=True)
class Shared:
    """What all layers need: the first position i64 [1], tables [MAX_FRAMES, head width / 2], and masks."""

    position: str
    cosine: str
    sine: str
    keep: str
    lengths: str


def shared(net: Network, valid: Masks | None) -> Shared:
    """Make what turns channels by their frame's angle, and what hides padding."""
    graph, width = net.graph, net.encoder.head_width
    frequencies = ROTARY_BASE ** (-np.arange(0, width, 2, dtype=np.float32) / width)
    angles = np.outer(np.arange(MAX_FRAMES, dtype=np.float32), frequencies.astype(np.float32))
    return Shared(
        graph.ints(0),
        graph.constant("rotary.cosine", net.precision.stored(np.cos(angles))),
        graph.constant("rotary.sine", net.precision.stored(np.sin(angles))),
        graph.op("Transpose", valid.quarters, perm=[0, 2, 1]) if valid else "",
        valid.lengths if valid else "",
    )


def attention(net: Network, x: str, name: str, common: Shared) -> str:
    """Self-attention, the rotation before the projections: [B, S, D] -> [B, S, D]."""
    graph, heads = net.graph, net.encoder.width // net.encoder.head_width
    tables = (common.position, common.cosine, common.sine)
    turned = graph.fused("RotaryEmbedding", x, *tables, num_heads=heads)
    both = net.linear(turned, f"{name}.linear_q", f"{name}.linear_k")
    query, key = graph.ops("Split", [both], 2, axis=-1)
    value = net.linear(x, f"{name}.linear_v")
    mask = ("", common.lengths) if common.lengths else ()
    mixed = graph.fused("MultiHeadAttention", query, key, value, *mask, num_heads=heads)
    return net.linear(mixed, f"{name}.linear_out")


def convolution(net: Network, x: str, name: str, common: Shared) -> str:
    """The gated convolution module: [B, S, D] -> [B, S, D]."""
    graph = net.graph
    content, gate = graph.ops("Split", [net.linear(x, f"{name}.pointwise_conv1")], 2, axis=-1)
    gated = graph.op("Mul", content, graph.op("Sigmoid", gate))
    kept = graph.op("Mul", gated, common.keep) if common.keep else gated
    by_channel = graph.op("Transpose", kept, perm=[0, 2, 1])
    weight, bias = net.weight(f"{name}.depthwise_conv.weight"), net.weight(f"{name}.depthwise_conv.bias")
    convolved = graph.op("Conv", by_channel, weight, bias, group=net.encoder.width, pads=[PADDING] * 2)
    normed = net.norm(graph.op("Transpose", convolved, perm=[0, 2, 1]), f"{name}.batch_norm")
    return net.linear(net.silu(normed), f"{name}.pointwise_conv2")


def feed_forward(net: Network, x: str, name: str) -> str:
    """Half of a feed-forward module's output: [B, S, D] -> [B, S, D]."""
    return net.linear(net.silu(net.linear(x, f"{name}.linear1")), f"{name}.linear2", scale=0.5)


def layer(net: Network, x: str, name: str, common: Shared) -> str:
    """One conformer layer, four residual modules and a norm: [B, S, D] -> [B, S, D]."""

    def normed(norm: str) -> str:
        return net.norm(x, f"{name}.norm_{norm}")

    # onnxruntime's fused sum and norm (SkipLayerNormalization) takes twice as long on a CPU as the two.
    x = net.graph.op("Add", x, feed_forward(net, normed("feed_forward1"), f"{name}.feed_forward1"))
    x = net.graph.op("Add", x, attention(net, normed("self_att"), f"{name}.self_attn", common))
    x = net.graph.op("Add", x, convolution(net, normed("conv"), f"{name}.conv", common))
    x = net.graph.op("Add", x, feed_forward(net, normed("feed_forward2"), f"{name}.feed_forward2"))
    return normed("out")


def encoded(net: Network, features: str, valid: Masks | None = None) -> str:
    """The whole encoder: f32 [B, 64, T] -> f32 [B, S, D]; without masks no recording of a batch may be padded."""
    x = subsampled(net, features, valid)
    common = shared(net, valid)
    for index in range(net.encoder.layers):
        x = layer(net, x, f"encoder.layers.{index}", common)
    exact = net.precision.kind == TensorProto.FLOAT
    return x if exact else net.graph.op("Cast", x, to=TensorProto.FLOAT)
