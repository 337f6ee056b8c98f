"""Reads the weights of a GigaAM model out of its ONNX exports, by the names of the official checkpoints.

The exporter keeps the names of biases, norms and convolutions and loses those of matrices, which are found by the
bias that is added to their product.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import onnx
from onnx import numpy_helper

from gigaam_cli.engines.optimise.builder import Array, Constant

BIAS, WEIGHT = ".bias", ".weight"
HEAD = "head.decoder_layers.0"
_FIRST_NORM = "encoder.layers.0.norm_out.weight"
_ROTARY_RANK, _CONVOLUTION_RANK = 3, 3


class UnknownModelError(Exception):
    """The graphs are not those of a GigaAM v3: there is nothing that this rewrite could do with them."""


@dataclass(frozen=True)
class Encoder:
    """``weights`` by name; matrices, those of 1x1 convolutions too, are f32 [in, out]."""

    weights: Mapping[str, Array]
    head_width: int

    @property
    def layers(self) -> int:
        """How many conformer layers there are."""
        return len({name.split(".")[2] for name in self.weights if name.startswith("encoder.layers.")})

    @property
    def width(self) -> int:
        """The model's width D."""
        return self.weights[_FIRST_NORM].size


@dataclass(frozen=True)
class Transducer:
    """A predictor's and a joint network's weights; ``gates`` are i, o, f, c, as ONNX orders them.

    ``embedding`` [V, E], ``inputs`` [E, 4 H], ``recurrent`` [H, 4 H], ``gates`` [4 H]; ``joint`` by the names enc,
    pred and out: a matrix [in, out] and its bias.
    """

    embedding: Array
    inputs: Array
    recurrent: Array
    gates: Array
    joint: Mapping[str, tuple[Array, Array]]


def read_encoder(model: onnx.ModelProto) -> Encoder:
    """Take the weights out of an encoder's export, or out of one with a CTC head.

    Raises:
        UnknownModelError: they are not where a GigaAM conformer has them.
    """
    export = Export(model)
    weights = {_full_name(name): value for name, value in (*export.named(), *export.matrices())}
    if _FIRST_NORM not in weights:
        raise UnknownModelError("it has no conformer layers")
    return Encoder(weights, export.head_width())


def read_transducer(decoder: onnx.ModelProto, joint: onnx.ModelProto) -> Transducer:
    """Take the weights out of the exports of a predictor and a joint network.

    Raises:
        UnknownModelError: they are not where GigaAM has them.
    """
    predictor, joined = Export(decoder), Export(joint)
    inputs, recurrent, biases = (predictor.input_of("LSTM", number)[0] for number in (1, 2, 3))
    weights = {name.removeprefix("joint."): value for name, value in (*joined.named(), *joined.matrices())}
    parts = {"enc": "enc", "pred": "pred", "out": "joint_net.1"}
    try:
        layers = {part: (weights[name + WEIGHT], weights[name + BIAS]) for part, name in parts.items()}
    except KeyError as error:
        raise UnknownModelError(f"its joint network has no {error.args[0]}") from error
    embedding = predictor.input_of("Gather", 0)
    return Transducer(embedding, inputs.T, recurrent.T, np.sum(np.split(biases, 2), axis=0), layers)


class Export:
    """An export's nodes by what they give, and the values of what is constant in it."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self._nodes = {output: node for node in model.graph.node for output in node.output}
        self._initialisers = {tensor.name: tensor for tensor in model.graph.initializer}

    def value(self, name: str) -> Constant | None:
        """Return what ``name`` always is, None where it depends on the input."""
        if name in self._initialisers:
            return _array(self._initialisers[name])
        node = self._nodes.get(name)
        if node is None or node.op_type not in _FOLDED:
            return None
        inputs = [self.value(each) for each in node.input]
        known = [each for each in inputs if each is not None]
        return _FOLDED[node.op_type](node, known) if len(known) == len(inputs) else None

    def named(self) -> Iterator[tuple[str, Array]]:
        """Yield what has a checkpoint's name."""
        aliases = (name for name, node in self._nodes.items() if node.op_type == "Identity")
        for name in (*self._initialisers, *aliases):
            value = self.value(name) if name.endswith((WEIGHT, BIAS, ".mean", ".scale")) else None
            if value is not None:
                yield name, _matrix(value)

    def matrices(self) -> Iterator[tuple[str, Array]]:
        """Yield the matrices by the names of the biases that are added to their products."""
        for node in self._nodes.values():
            if node.op_type != "Add":
                continue
            for bias, product in (node.input, reversed(node.input)):
                matrix = self._factor(product) if bias.endswith(BIAS) else None
                if matrix is not None:
                    yield bias.removesuffix(BIAS) + WEIGHT, _matrix(matrix)

    def head_width(self) -> int:
        """Return the channels of one attention head: those of the rotary table, which is cut to a length."""
        for node in self._nodes.values():
            table = self.value(node.input[0]) if node.op_type == "Slice" else None
            if table is not None and table.ndim >= _ROTARY_RANK:
                return int(table.shape[-1])
        raise UnknownModelError("it has no rotary table")

    def input_of(self, kind: str, number: int) -> Array:
        """Return a constant input of the first node of a kind."""
        for node in self._nodes.values():
            value = self.value(node.input[number]) if node.op_type == kind else None
            if value is not None:
                return np.asarray(value, np.float32)
        raise UnknownModelError(f"it has no {kind}")

    def _factor(self, product: str) -> Constant | None:
        node = self._nodes.get(product)
        return self.value(node.input[1]) if node is not None and node.op_type == "MatMul" else None


def _array(tensor: onnx.TensorProto) -> Constant:
    array: Constant = numpy_helper.to_array(tensor)
    return array


def _attribute(node: onnx.NodeProto) -> onnx.AttributeProto:
    return node.attribute[0]


_FOLDED: dict[str, Callable[[onnx.NodeProto, list[Constant]], Constant]] = {
    "Constant": lambda node, _: _array(_attribute(node).t),
    "Identity": lambda _, inputs: inputs[0],
    "Mul": lambda _, inputs: np.multiply(*inputs),
    "Transpose": lambda node, inputs: np.transpose(inputs[0], _attribute(node).ints),
    "Unsqueeze": lambda _, inputs: np.expand_dims(inputs[0], tuple(inputs[1])),
    "Cast": lambda node, inputs: inputs[0].astype(onnx.helper.tensor_dtype_to_np_dtype(_attribute(node).i)),
}


def _full_name(name: str) -> str:
    """Some exports are of the encoder alone."""
    return f"encoder.{name}" if name.startswith(("layers.", "pre_encode.")) else name


def _matrix(value: Constant) -> Array:
    """Bring the weight of a 1x1 convolution [out, in, 1] into a matrix's shape [in, out]."""
    array = np.asarray(value, np.float32)
    return array[:, :, 0].T if array.ndim == _CONVOLUTION_RANK and array.shape[2] == 1 else array
