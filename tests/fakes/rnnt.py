"""A transducer that hears loudness: the file layout and the names of GigaAM's RNN-T, in a few kilobytes.

Each encoder frame (40 ms) that is loud says one piece: "▁да" after silence or ",", else ",". Its predictor
remembers nothing; what it is told of the last piece decides, as in the real one.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

PIECES = ("▁да", ",", "<blk>")
DA, COMMA, BLANK = range(3)
WIDTH = 320
FLOAT, INT64, INT32 = TensorProto.FLOAT, TensorProto.INT64, TensorProto.INT32
Shape = tuple[int | str, ...]


def write_rnnt(folder: Path, name: str = "v3_e2e_rnnt", vocabulary: str = "v3_e2e_rnnt_vocab.txt") -> Path:
    """Write the model's files into ``folder`` and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    for part, model in (("encoder", encoder()), ("decoder", decoder()), ("joint", joint())):
        onnx.save(model, folder / f"{name}_{part}.onnx")
    lines = "".join(f"{piece} {number}\n" for number, piece in enumerate(PIECES))
    (folder / vocabulary).write_text(lines, encoding="utf-8")
    (folder / "config.json").write_text('{"version": "v3"}', encoding="utf-8")
    return folder


def encoder() -> onnx.ModelProto:
    """Mean log-mel energy of four frames of features, above what counts as silence: [B, 1, T / 4]."""
    nodes = [
        node("ReduceMean", ["audio_signal", "one"], "energy", keepdims=1),
        node("AveragePool", ["energy"], "pooled", kernel_shape=[4], strides=[4], ceil_mode=1),
        node("Sub", ["pooled", "silence"], "encoded"),
        node("Sub", ["length", "one"], "less"),
        node("Div", ["less", "four"], "quarter"),
        node("Add", ["quarter", "one"], "long"),
        node("Cast", ["long"], "encoded_len", to=INT32),
    ]
    constants: dict[str, np.ndarray] = {
        "silence": np.array(-10, np.float32),
        "one": np.array([1], np.int64),
        "four": np.array([4], np.int64),
    }
    return model_of(
        nodes,
        constants,
        {"audio_signal": (FLOAT, ("b", 64, "t")), "length": (INT64, ("b",))},
        {"encoded": (FLOAT, ("b", 1, "u")), "encoded_len": (INT32, ("b",))},
    )


def decoder() -> onnx.ModelProto:
    """What the last piece was, in the first of 320 numbers; the state goes through."""
    table = np.zeros((len(PIECES), WIDTH), np.float32)
    table[DA, 0] = 1
    state: tuple[int, Shape] = (FLOAT, (1, 1, WIDTH))
    return model_of(
        [
            node("Gather", ["table", "x"], "dec", axis=0),
            node("Identity", ["h.1"], "h"),
            node("Identity", ["c.1"], "c"),
        ],
        {"table": table},
        {"x": (INT64, (1, 1)), "h.1": state, "c.1": state},
        {"dec": state, "h": state, "c": state},
    )


def joint() -> onnx.ModelProto:
    """Loudness speaks for a word, a word before for a comma, and silence for the blank."""
    from_loudness = np.array([[1.0, 0.5, -1.0]], np.float32)
    from_last = np.zeros((WIDTH, len(PIECES)), np.float32)
    from_last[0] = [-20, 5, 20]
    return model_of(
        [
            node("Transpose", ["enc"], "frames", perm=[0, 2, 1]),
            node("Transpose", ["dec"], "last", perm=[0, 2, 1]),
            node("MatMul", ["frames", "from_loudness"], "a"),
            node("MatMul", ["last", "from_last"], "b"),
            node("Add", ["a", "b"], "joint"),
        ],
        {"from_loudness": from_loudness, "from_last": from_last},
        {"enc": (FLOAT, (1, 1, 1)), "dec": (FLOAT, (1, WIDTH, 1))},
        {"joint": (FLOAT, (1, 1, len(PIECES)))},
    )


def node(kind: str, inputs: list[str], output: str, **attributes: object) -> onnx.NodeProto:
    made: onnx.NodeProto = helper.make_node(kind, inputs, [output], **attributes)
    return made


def model_of(
    nodes: list[onnx.NodeProto],
    constants: dict[str, np.ndarray],
    inputs: dict[str, tuple[int, Shape]],
    outputs: dict[str, tuple[int, Shape]],
) -> onnx.ModelProto:
    ends = [
        [helper.make_tensor_value_info(name, kind, shape) for name, (kind, shape) in side.items()]
        for side in (inputs, outputs)
    ]
    initializers = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "part", ends[0], ends[1], initializers)
    made: onnx.ModelProto = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9
    )
    return made
