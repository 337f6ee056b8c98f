"""A small builder of ONNX graphs out of a checkpoint's weights, and the layers that every network has.

Shapes: B recordings, S frames, D channels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

Array = npt.NDArray[np.float32]
Weights = Mapping[str, Array]
Attribute = int | float | list[int] | str
Ends = Mapping[str, tuple[int, list[str | int]]]

INT8_MAX = 127
OPSET = 17
IR_VERSION = 8
NORM_EPSILON = 1e-5


@dataclass
class Graph:
    """Nodes and constants in the making; what adds a node returns the name of its output."""

    weights: Weights
    packed: bool
    features: str = ""
    """The name of the input with features, where there is one."""
    lengths: str = ""
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: dict[str, npt.NDArray[np.generic]] = field(default_factory=dict)

    def split(self, x: str) -> list[str]:
        """Both halves of the last axis."""
        names = [f"split.{len(self.nodes)}.{half}" for half in ("first", "second")]
        self.nodes.append(helper.make_node("Split", [x], names, names[0], axis=-1))
        return names

    def op(self, kind: str, *inputs: str, name: str = "", **attributes: Attribute) -> str:
        """Add a node with one output."""
        name = name or f"{kind.lower()}.{len(self.nodes)}"
        node = helper.make_node(kind, list(inputs), [name], name)
        node.attribute.extend(helper.make_attribute(key, value) for key, value in attributes.items())
        self.nodes.append(node)
        return name

    def lstm(self, x: str, inputs: list[str], width: int) -> list[str]:
        """Add a one-layer LSTM over x [1, 1, D]; return its output and both states. ``inputs`` follow x."""
        names = [f"lstm.{len(self.nodes)}.{part}" for part in ("output", "hidden", "cell")]
        self.nodes.append(helper.make_node("LSTM", [x, *inputs], names, names[0], hidden_size=width))
        return names

    def constant(self, name: str, value: npt.NDArray[np.generic]) -> str:
        """Store an array under `name`; storing the same one again changes nothing."""
        self.constants[name] = value
        return name

    def ints(self, *values: int) -> str:
        """A one-dimensional i64 constant: a shape, axes or bounds."""
        return self.constant("ints." + ".".join(map(str, values)), np.array(values, np.int64))

    def integer(self, value: int) -> str:
        """An i64 scalar."""
        return self.constant(f"integer.{value}", np.array(value, np.int64))

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


def linear(graph: Graph, x: str, name: str, scale: float = 1.0) -> str:
    """A linear or 1x1 convolution layer, times `scale`: [B, S, in] -> [B, S, out]."""
    weight, bias = (graph.weights[f"{name}.{part}"] * np.float32(scale) for part in ("weight", "bias"))
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
    ends = [
        [helper.make_tensor_value_info(end, kind, shape) for end, (kind, shape) in side.items()]
        for side in (inputs, outputs)
    ]
    constants = [numpy_helper.from_array(value, label) for label, value in graph.constants.items()]
    model = helper.make_model(
        helper.make_graph(graph.nodes, name, *ends, constants),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="gigaam-cli",
    )
    onnx.checker.check_model(model, full_check=True)
    return model
