"""The graphs that gigaam's own sessions run, from samples to what a decoder needs.

Shapes: B recordings, N samples, S encoder frames, D model width, H and J the widths of predictor and joint network,
K frames looked at together, V classes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from onnx import TensorProto

from gigaam_cli.engines.optimise.builder import Draft, Ends, Graph
from gigaam_cli.engines.optimise.conformer import Masks, Network, Precision, encoded, masks, product
from gigaam_cli.engines.optimise.files import HOP, WINDOW
from gigaam_cli.engines.optimise.sound import BINS, log_mel
from gigaam_cli.engines.optimise.weights import HEAD, Encoder, Transducer

FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64
# The last layers are a thousandth of the work, and a vote between letters is where rounding would show.
EXACT = Precision("fp32")


@dataclass(frozen=True)
class Build:
    """How an encoder's graph is built; ``masked``: for batches of recordings that differ in length."""

    precision: Precision
    masked: bool = False


def features() -> Draft:
    """samples f32 [B, N] -> features f32 [B, 64, T], what exports of models begin with."""
    graph = Graph()
    graph.op("Identity", log_mel(graph, "samples"), name="features")
    return _finished(graph, Build(EXACT), {"features": (FLOAT, ["batch", BINS, "frames"])})


def ctc(encoder: Encoder, build: Build) -> Draft:
    """samples f32 [B, N] (and counts i64 [B] of samples where masked) -> log_probs f32 [B, S, V]."""
    graph = Graph()
    layer = (encoder.weights[f"{HEAD}.weight"], encoder.weights[f"{HEAD}.bias"])
    logits = product(graph, _heard(graph, encoder, build), HEAD, layer, EXACT)
    graph.op("LogSoftmax", logits, name="log_probs", axis=-1)
    return _finished(graph, build, {"log_probs": (FLOAT, ["batch", "encoded", layer[1].size])})


def transducer_encoder(encoder: Encoder, transducer: Transducer, build: Build) -> Draft:
    """samples f32 [B, N] (and counts i64 [B] where masked) -> frames f32 [B, S, J], ready to be joined."""
    graph = Graph()
    layer = transducer.joint["enc"]
    projected = product(graph, _heard(graph, encoder, build), "joint.enc", layer, EXACT)
    graph.op("Identity", projected, name="frames")
    return _finished(graph, build, {"frames": (FLOAT, ["batch", "encoded", layer[1].size])})


def predictor(transducer: Transducer) -> Draft:
    """tokens i64 [B] and states f32 [B, H] -> the next states, and said f32 [B, J], ready to be joined."""
    graph = Graph()
    width = len(transducer.recurrent)
    # A token's share of the gates is looked up, not multiplied.
    table = transducer.embedding @ transducer.inputs + transducer.gates
    looked_up = graph.op("Gather", graph.constant("gates", table.astype(np.float32)), "tokens")
    recurrent = graph.op("MatMul", "hidden", graph.constant("recurrent", transducer.recurrent))
    gates = graph.ops("Split", [graph.op("Add", looked_up, recurrent)], 4, axis=-1)
    into, out, forget = (graph.op("Sigmoid", gate) for gate in gates[:3])
    kept, new = graph.op("Mul", forget, "cell"), graph.op("Mul", into, graph.op("Tanh", gates[3]))
    cell = graph.op("Add", kept, new, name="next_cell")
    hidden = graph.op("Mul", out, graph.op("Tanh", cell), name="next_hidden")
    said = product(graph, hidden, "joint.pred", transducer.joint["pred"], EXACT)
    graph.op("Identity", said, name="said")
    state: tuple[int, list[str | int]] = (FLOAT, ["batch", width])
    joined: tuple[int, list[str | int]] = (FLOAT, ["batch", transducer.joint["pred"][1].size])
    inputs: Ends = {"tokens": (INT64, ["batch"]), "hidden": state, "cell": state}
    return Draft("predictor", graph, inputs, {"said": joined, "next_hidden": state, "next_cell": state})


def joint(transducer: Transducer) -> Draft:
    """heard f32 [B, K, J] and said f32 [B, J] -> the best token of each frame i64 [B, K], its log probability."""
    graph = Graph()
    both = graph.op("Relu", graph.op("Add", "heard", graph.op("Unsqueeze", "said", graph.ints(1))))
    logits = product(graph, both, "joint.out", transducer.joint["out"], EXACT)
    log_probs = graph.op("LogSoftmax", logits, axis=-1)
    graph.op("ArgMax", log_probs, name="best", axis=-1, keepdims=0)
    graph.op("ReduceMax", log_probs, name="log_prob", axes=[-1], keepdims=0)
    width = transducer.joint["pred"][1].size
    inputs: Ends = {"heard": (FLOAT, ["batch", "chunk", width]), "said": (FLOAT, ["batch", width])}
    frames: list[str | int] = ["batch", "chunk"]
    return Draft("joint", graph, inputs, {"best": (INT64, frames), "log_prob": (FLOAT, frames)})


def _heard(graph: Graph, encoder: Encoder, build: Build) -> str:
    features = log_mel(graph, "samples")
    valid: Masks | None = None
    if build.masked:
        whole = graph.op("Sub", "counts", graph.integer(WINDOW))
        frames = graph.op("Add", graph.op("Div", whole, graph.integer(HOP)), graph.integer(1))
        valid = masks(graph, frames, features, build.precision.kind)
    return encoded(Network(encoder, build.precision, graph), features, valid)


def _finished(graph: Graph, build: Build, outputs: Ends) -> Draft:
    samples: Ends = {"samples": (FLOAT, ["batch", "length"])}
    counts: Ends = {"counts": (INT64, ["batch"])} if build.masked else {}
    return Draft("encoder", graph, {**samples, **counts}, outputs)
