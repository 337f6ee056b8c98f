"""ONNX graphs out of a checkpoint's weights, and the layers that every network has.

Shapes: B recordings, S frames, D channels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import onnx
from onnx import TensorProto

from gigaam_cli.engines.optimise import builder
from gigaam_cli.engines.optimise.builder import Array, Ends

Weights = Mapping[str, Array]

INT8_MAX = 127
NORM_EPSILON = 1e-5


@dataclass
class Graph(builder.Graph):
    """A graph in the making, with the checkpoint's weights; ``packed``: to be stored as int8."""

    weights: Weights = field(default_factory=dict)
    packed: bool = False
    features: str = ""
    """The name of the input with features, where there is one."""
    lengths: str = ""

    def split(self, x: str) -> list[str]:
        """Both halves of the last axis."""
        return self.ops("Split", [x], 2, axis=-1)

    def lstm(self, x: str, inputs: list[str], width: int) -> list[str]:
        """Add a one-layer LSTM over x [1, 1, D]; return its output and both states. ``inputs`` follow x."""
        return self.ops("LSTM", [x, *inputs], 3, hidden_size=width)

    def scalar(self, value: float) -> str:
        """An f32 scalar."""
        return self.constant(f"scalar.{value:g}", np.array(value, np.float32))

    def weight(self, name: str) -> str:
        """Store a checkpoint's weight as it is."""
        return self.constant(name, self.weights[name])


def matrix(graph: Graph, label: str, value: Array) -> str:
    """A weight matrix f32 [in, out]; in a packed graph int8 with a scale for each column.

    The runtime folds codes and scales into f32 once, when it loads the model. Activations stay f32: with
    activations quantised too, their range spans the batch, and each recording's text depends on the others.
    """
    if not graph.packed:
        return graph.constant(label, value)
    scale = np.abs(value).max(axis=0) / np.float32(INT8_MAX)
    codes = graph.constant(f"{label}.codes", np.rint(value / scale).astype(np.int8))
    factor = graph.constant(f"{label}.scale", scale)
    return graph.op("Mul", graph.op("Cast", codes, to=TensorProto.FLOAT), factor)


def linear(graph: Graph, x: str, name: str) -> str:
    """A linear or 1x1 convolution layer: [B, S, in] -> [B, S, out]."""
    weight, bias = graph.weights[f"{name}.weight"], graph.weights[f"{name}.bias"]
    product = graph.op("MatMul", x, matrix(graph, f"{name}.weight", weight.reshape(len(bias), -1).T))
    return graph.op("Add", product, graph.constant(f"{name}.bias", bias))


def layer_norm(graph: Graph, x: str, name: str) -> str:
    """Layer norm over the last axis: [B, S, D] -> [B, S, D]."""
    weight, bias = graph.weight(f"{name}.weight"), graph.weight(f"{name}.bias")
    return graph.op("LayerNormalization", x, weight, bias, axis=-1, epsilon=NORM_EPSILON)


def silu(graph: Graph, x: str) -> str:
    """x * sigmoid(x)."""
    return graph.op("Mul", x, graph.op("Sigmoid", x))


def finish(graph: Graph, name: str, inputs: Ends, outputs: Ends) -> onnx.ModelProto:
    """Wrap the nodes as a checked model; ``inputs`` and ``outputs`` give types and shapes by name."""
    model = builder.Draft(name, graph, inputs, outputs).model()
    onnx.checker.check_model(model, full_check=True)
    return model
