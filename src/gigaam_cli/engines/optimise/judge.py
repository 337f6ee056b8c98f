"""Compares what a rewritten model says of some seconds of sound with what the original says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gigaam_cli.core.ort import cpu_session, open_session
from gigaam_cli.engines.catalog import CatalogEntry
from gigaam_cli.engines.optimise import graphs, weights
from gigaam_cli.engines.optimise.files import CTC, ENCODER, JOINT, PREDICTOR, is_transducer
from gigaam_cli.engines.optimise.probe import probe

_TOKENS, _FRAMES = 12, 40

Floats = npt.NDArray[np.float32]


def original(entry: CatalogEntry, source: Path, transducer: weights.Transducer | None) -> Floats:
    """Return what the original makes of the probe: log probabilities, or frames ready to be joined, f32 [S, C]."""
    session = cpu_session(source / f"{entry.graphs[0]}.onnx")
    sound = cpu_session(graphs.features().model().SerializeToString())
    features = sound.run(None, {"samples": probe()[None]})[0]
    names = [value.name for value in session.get_inputs()]
    inputs = dict(zip(names, (features, np.array([features.shape[2]], np.int64)), strict=True))
    output = np.asarray(session.run(None, inputs)[0][0], np.float32)
    if transducer is None:
        return output
    matrix, bias = transducer.joint["enc"]
    return np.asarray(output.T @ matrix + bias, np.float32)


def rewritten(entry: CatalogEntry, out: Path, gpu: int | None = None) -> Floats:
    """Return what the rewritten graph makes of the probe, as ``original`` does."""
    session, samples = open_session(out / (ENCODER if is_transducer(entry) else CTC), gpu), probe()
    given: dict[str, npt.NDArray[Any]] = {
        "samples": samples[None],
        "counts": np.array([len(samples)], np.int64),
    }
    inputs = {value.name: given[value.name] for value in session.get_inputs()}
    output = "frames" if is_transducer(entry) else "log_probs"
    return np.asarray(session.run([output], inputs)[0][0], np.float32)


def furthest(wanted: Floats, found: Floats) -> float:
    """Return the largest difference between two outputs; infinite where they cannot be compared."""
    if wanted.shape != found.shape or not np.isfinite(found).all():
        return float("inf")
    return float(np.abs(wanted - found).max())


def spread_apart(wanted: Floats, found: Floats) -> float:
    """Return how far apart two outputs are on the whole, as a share of the first one's own spread."""
    if wanted.shape != found.shape or not np.isfinite(found).all():
        return float("inf")
    spread = wanted - wanted.mean(axis=0)
    return float(np.sqrt(np.mean((wanted - found) ** 2) / np.mean(spread**2)))


def joined_apart(entry: CatalogEntry, source: Path, out: Path, transducer: weights.Transducer) -> float:
    """Return the largest difference of log probabilities between both transducers' last networks.

    Both hear the same made-up frames, and say one token after another.
    """
    rng = np.random.default_rng(1)
    heard = rng.standard_normal((_FRAMES, len(transducer.joint["enc"][0]))).astype(np.float32)
    matrix, bias = transducer.joint["enc"]
    frames = np.asarray(heard @ matrix + bias, np.float32)
    pairs = zip(_original_steps(entry, source, heard), _rewritten_steps(out, frames), strict=True)
    return max(furthest(wanted, found) for wanted, found in pairs)


def _original_steps(entry: CatalogEntry, source: Path, heard: Floats) -> Iterator[Floats]:
    decoder, joint = (cpu_session(source / f"{graph}.onnx") for graph in entry.graphs[1:])
    token, *state = (value.name for value in decoder.get_inputs())
    shape = [size if isinstance(size, int) else 1 for size in decoder.get_inputs()[1].shape]
    states = [np.zeros(shape, np.float32) for _ in state]
    enc, dec = (value.name for value in joint.get_inputs())
    for number in range(_TOKENS):
        said, *states = decoder.run(
            None, {token: np.array([[number]]), **dict(zip(state, states, strict=True))}
        )
        said = said.transpose(0, 2, 1)
        logits = np.array(
            [joint.run(None, {enc: frame[None, :, None], dec: said})[0].ravel() for frame in heard]
        )
        yield (logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))).max(axis=-1)


def _rewritten_steps(out: Path, frames: Floats) -> Iterator[Floats]:
    predictor, joint = cpu_session(out / PREDICTOR), cpu_session(out / JOINT)
    hidden = cell = np.zeros((1, predictor.get_inputs()[1].shape[1]), np.float32)
    for number in range(_TOKENS):
        inputs = {"tokens": np.array([number]), "hidden": hidden, "cell": cell}
        said, hidden, cell = predictor.run(["said", "next_hidden", "next_cell"], inputs)
        (log_probs,) = joint.run(["log_prob"], {"heard": frames[None], "said": said})
        yield log_probs[0]
