"""Rewrites a model, and says whether it may be used."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import onnx

from gigaam_cli.core.i18n import mark as _
from gigaam_cli.core.ort import failures, is_a_devices_fault
from gigaam_cli.engines.catalog import CONFIG, CatalogEntry
from gigaam_cli.engines.optimise import graphs, judge, weights
from gigaam_cli.engines.optimise.conformer import Precision
from gigaam_cli.engines.optimise.files import (
    CTC,
    ENCODER,
    FOR_GPUS,
    JOINT,
    PREDICTOR,
    SUBSAMPLING,
    VOCABULARY,
    Outcome,
    is_transducer,
)
from gigaam_cli.engines.optimise.sound import BINS
from gigaam_cli.engines.vocabulary import read_vocabulary

# The largest code of a weight. Processors without VNNI add two products in 16 bits, which can overflow beyond 64.
CODES = (127, 112, 96, 64)
LARGEST_DIFFERENCE = 1e-3
"""Of log probabilities in fp32: sums are made in another order, no more."""
SHARE_OF_SPREAD = {"int8": 0.2, "fp16": 0.03}
"""Of all outputs. The demonstration model's six layers make 0.02 of it in int8 and 0.001 in fp16, sixteen layers of
random weights, which add up what training would even out, 0.11 and 0.006."""
_UNKNOWN = _("its graphs are of a kind that gigaam cannot rewrite")
_DIFFERENT = _("rewritten it would say something else")
_NO_MEMORY = _("to rewrite it would take too much memory")

_REFUSALS: tuple[type[Exception], ...] = (
    weights.UnknownModelError,
    LookupError,
    ValueError,
    TypeError,
    *failures(),
)

Parts = tuple[weights.Encoder, weights.Transducer | None]


class _DifferentError(Exception):
    """The rewritten model says something else."""


def make(entry: CatalogEntry, source: Path, out: Path, precision: str, gpu: int | None = None) -> Outcome:
    """Write the model's rewritten graphs into ``out``, and say whether they may be used.

    In fp32 they must say what the original says: that proves how they are wired. In int8, which is for CPUs, and in
    fp16, which is for GPUs and takes batches of any lengths, they must be near it.

    ``gpu`` is where graphs for GPUs are judged, None for the CPU.

    Raises:
        OSError: they cannot be written.
        RuntimeError: the GPU fails.
    """
    out.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source / entry.vocabulary, out / VOCABULARY)
    try:
        return _made(entry, source, out, precision, gpu)
    except _DifferentError as error:
        return Outcome(accepted=False, reason=_DIFFERENT, detail=str(error))
    except MemoryError:
        return Outcome(accepted=False, reason=_NO_MEMORY)
    except _REFUSALS as error:
        if gpu is not None and is_a_devices_fault(error):
            raise RuntimeError(str(error)) from error
        reason = _NO_MEMORY if "bad_alloc" in str(error) else _UNKNOWN
        return Outcome(accepted=False, reason=reason, detail=f"{type(error).__name__}: {error}")


def _made(entry: CatalogEntry, source: Path, out: Path, precision: str, gpu: int | None) -> Outcome:
    _check_config(source / CONFIG)
    parts = read(entry, source)
    transducer = parts[1]
    _check_vocabulary(parts, out / VOCABULARY)
    wanted = judge.original(entry, source, transducer)
    write(parts, out, _build(Precision("fp32"), precision))
    exact = judge.furthest(wanted, judge.rewritten(entry, out))
    if transducer is not None:
        exact = max(exact, judge.joined_apart(entry, source, out, transducer))
    if not exact <= LARGEST_DIFFERENCE:
        raise _DifferentError(f"by {exact:.2g} in fp32")
    if precision == "fp32":
        return Outcome(accepted=True, detail=f"fp32 differs by {exact:.2g} at most")

    def apart_from(way: Precision) -> float:
        write(parts, out, _build(way, precision))
        return judge.spread_apart(wanted, judge.rewritten(entry, out, gpu))

    apart, chosen = _rounded(precision, apart_from)
    if not apart <= SHARE_OF_SPREAD[precision]:
        raise _DifferentError(f"by {apart:.2g} of its spread in {precision}")
    return Outcome(accepted=True, detail=f"{chosen}, {apart:.3f} of its spread from fp32")


def _rounded(precision: str, apart_from: Callable[[Precision], float]) -> tuple[float, Precision]:
    """Write the rounded graph that does best on this machine; return how far from fp32 it is, and which it is."""
    if precision in FOR_GPUS:
        return apart_from(Precision(precision)), Precision(precision)
    ways = [Precision(precision, codes) for codes in CODES]
    found = [apart_from(way) for way in ways]
    best = min(range(len(ways)), key=lambda number: found[number])
    if best != len(ways) - 1:
        apart_from(ways[best])
    return found[best], ways[best]


def _build(way: Precision, wanted: str) -> graphs.Build:
    return graphs.Build(way, masked=wanted in FOR_GPUS)


def _check_config(file: Path) -> None:
    """Refuse a model that wants other features, or whose frames last longer, than the graphs have."""
    config = json.loads(file.read_text(encoding="utf-8"))
    for name, value in {"features_size": BINS, "subsampling_factor": SUBSAMPLING}.items():
        if config.get(name, value) != value:
            raise weights.UnknownModelError(f"{name} is {config[name]}")


def _check_vocabulary(parts: Parts, file: Path) -> None:
    encoder, transducer = parts
    classes = encoder.weights[f"{weights.HEAD}.bias"] if transducer is None else transducer.embedding[:, 0]
    tokens, _blank = read_vocabulary(file)
    if len(tokens) != len(classes):
        raise weights.UnknownModelError(f"{len(tokens)} tokens for {len(classes)} classes")


def read(entry: CatalogEntry, source: Path) -> Parts:
    """Take the weights out of a model's files."""
    encoder = weights.read_encoder(onnx.load(source / f"{entry.graphs[0]}.onnx"))
    if not is_transducer(entry):
        return encoder, None
    decoder, joint = (onnx.load(source / f"{graph}.onnx") for graph in entry.graphs[1:])
    return encoder, weights.read_transducer(decoder, joint)


def write(parts: Parts, out: Path, build: graphs.Build) -> None:
    """Write the graphs."""
    encoder, transducer = parts
    if transducer is None:
        graphs.ctc(encoder, build).save(out / CTC)
        return
    graphs.transducer_encoder(encoder, transducer, build).save(out / ENCODER)
    graphs.predictor(transducer).save(out / PREDICTOR)
    graphs.joint(transducer).save(out / JOINT)
