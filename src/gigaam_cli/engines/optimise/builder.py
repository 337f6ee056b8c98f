"""Builds ONNX graphs node by node.

Shapes: B recordings, S frames, D channels.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper

Array = npt.NDArray[np.float32]
Constant = npt.NDArray[np.generic]
Attribute = int | float | list[int] | str
Ends = Mapping[str, tuple[int, list[str | int]]]
"""Inputs or outputs by name: their element type and shape."""

FUSED = "com.microsoft"
"""The domain of onnxruntime's own operators."""
OPSET, FUSED_OPSET, IR_VERSION = 17, 1, 8
DATA_SUFFIX = ".data"
_LARGE, _ALIGNED = 4096, 64
_EXTERNAL = onnx.TensorProto.EXTERNAL


@dataclass
class Graph:
    """Nodes and constants in the making; what adds a node returns the name of its output."""

    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: dict[str, Constant] = field(default_factory=dict)

    def op(self, kind: str, *inputs: str, name: str = "", **attributes: Attribute) -> str:
        """Add a node with one output."""
        return self._node(kind, inputs, [name or self._new(kind)], "", attributes)[0]

    def fused(self, kind: str, *inputs: str, **attributes: int | float) -> str:
        """Add one of onnxruntime's own operators, with one output."""
        name = self._new(kind)
        return self._node(kind, inputs, [name], FUSED, attributes)[0]

    def ops(self, kind: str, inputs: list[str], outputs: int, **attributes: Attribute) -> list[str]:
        """Add a node with several outputs."""
        base = self._new(kind)
        return self._node(kind, inputs, [f"{base}.{number}" for number in range(outputs)], "", attributes)

    def constant(self, name: str, value: Constant) -> str:
        """Store an array under ``name``; storing the same one again changes nothing."""
        self.constants[name] = value
        return name

    def ints(self, *values: int) -> str:
        """A one-dimensional i64 constant: a shape, axes or bounds."""
        return self.constant("ints." + ".".join(map(str, values)), np.array(values, np.int64))

    def integer(self, value: int) -> str:
        """An i64 scalar."""
        return self.constant(f"integer.{value}", np.array(value, np.int64))

    def _new(self, kind: str) -> str:
        return f"{kind.lower()}.{len(self.nodes)}"

    def _node(
        self,
        kind: str,
        inputs: Iterable[str],
        outputs: list[str],
        domain: str,
        attributes: Mapping[str, Attribute],
    ) -> list[str]:
        node = helper.make_node(kind, list(inputs), outputs, outputs[0], domain=domain)
        node.attribute.extend(helper.make_attribute(key, value) for key, value in attributes.items())
        self.nodes.append(node)
        return outputs


@dataclass(frozen=True)
class Draft:
    """A graph with its inputs and outputs: what a model is made from."""

    name: str
    graph: Graph
    inputs: Ends
    outputs: Ends

    def model(self) -> onnx.ModelProto:
        """Return the model with its constants inside."""
        constants = self.graph.constants.items()
        return self._wrapped([numpy_helper.from_array(value, label) for label, value in constants])

    def save(self, file: Path) -> None:
        """Write the model; its large constants go into a file beside it, without a copy in memory."""
        tensors = []
        with file.with_name(file.name + DATA_SUFFIX).open("wb") as data:
            for label, value in self.graph.constants.items():
                if value.nbytes < _LARGE:
                    tensors.append(numpy_helper.from_array(value, label))
                    continue
                data.write(bytes(-data.tell() % _ALIGNED))
                tensors.append(_reference(label, value, file.name + DATA_SUFFIX, data.tell()))
                data.write(np.ascontiguousarray(value).data)
            _sync(data)
        with file.open("wb") as stream:
            stream.write(self._wrapped(tensors).SerializeToString())
            _sync(stream)

    def _wrapped(self, constants: list[onnx.TensorProto]) -> onnx.ModelProto:
        ends = [
            [helper.make_tensor_value_info(end, kind, shape) for end, (kind, shape) in side.items()]
            for side in (self.inputs, self.outputs)
        ]
        return helper.make_model(
            helper.make_graph(self.graph.nodes, self.name, *ends, constants),
            opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid(FUSED, FUSED_OPSET)],
            ir_version=IR_VERSION,
            producer_name="gigaam-cli",
        )


def _reference(label: str, value: Constant, file: str, offset: int) -> onnx.TensorProto:
    """Return a tensor whose values are in another file."""
    kind = helper.np_dtype_to_tensor_dtype(value.dtype)
    tensor = onnx.TensorProto(name=label, dims=value.shape, data_type=kind, data_location=_EXTERNAL)
    for key, entry in {"location": file, "offset": offset, "length": value.nbytes}.items():
        tensor.external_data.add(key=key, value=str(entry))
    return tensor


def _sync(stream: IO[bytes]) -> None:
    """Bring a file to the disk: it must not be found half empty after the power failed."""
    stream.flush()
    os.fsync(stream.fileno())
