"""The same weights in all the graphs that are compared."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from gigaam_cli.engines.inventory import named
from gigaam_cli.engines.optimise.files import CTC
from gigaam_cli.engines.optimise.make import make

EXPORT = "v3_ctc.onnx"
PUBLISHED, MATRICES = "published_int8.onnx", "matrices_int8.onnx"
_EXPORT = "official export, "
NAMES = {
    "export": _EXPORT + "fp32 (what onnx-asr runs)",
    "published": _EXPORT + "int8 by quantize_dynamic's defaults",
    "matrices": _EXPORT + "int8 of MatMul alone, per channel",
    "rewritten_fp32": "rewritten, fp32",
    "rewritten": "rewritten, int8 (what gigaam runs)",
}
_REWRITTEN = {"rewritten_fp32": "fp32", "rewritten": "int8"}


def variants(model: Path, work: Path) -> dict[str, Path]:
    """Make every graph from the export in ``model`` that is not in ``work`` yet; return them by name."""
    work.mkdir(parents=True, exist_ok=True)
    for folder, precision in _REWRITTEN.items():
        _once(work / folder, partial(_rewrite, model, precision))
    _once(work / PUBLISHED, partial(_quantise, model / EXPORT, weight_type="QUInt8"))
    by_channel: dict[str, Any] = {
        "per_channel": True,
        "op_types_to_quantize": ["MatMul"],
        "weight_type": "QInt8",
    }
    _once(work / MATRICES, partial(_quantise, model / EXPORT, **by_channel))
    return {
        "export": model / EXPORT,
        "published": work / PUBLISHED,
        "matrices": work / MATRICES,
        **{folder: work / folder / CTC for folder in _REWRITTEN},
    }


def for_onnx_asr(model: Path, work: Path) -> Path:
    """Return a folder from which onnx-asr loads the int8 model as it is published."""
    folder = work / "onnx_asr"
    folder.mkdir(parents=True, exist_ok=True)
    links = {
        "v3_ctc.int8.onnx": work / PUBLISHED,
        **{name: model / name for name in ("v3_vocab.txt", "config.json")},
    }
    for name, target in links.items():
        if not (folder / name).exists():
            (folder / name).symlink_to(target.absolute())
    return folder


def _once(target: Path, make: Callable[[Path], None]) -> None:
    """Make a file or a folder, whole or not at all."""
    if target.exists():
        return
    print(f"making {target.name}", flush=True)
    partly = target.with_name(f"{target.name}.partial")
    make(partly)
    partly.replace(target)


def _rewrite(model: Path, precision: str, out: Path) -> None:
    outcome = make(named("v3_ctc"), model, out, precision)
    print(outcome, flush=True)
    if not outcome.accepted:
        raise SystemExit("the rewritten model is not what the original is: there is nothing to measure")


def _quantise(export: Path, out: Path, **options: Any) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    kind = QuantType[options.pop("weight_type")]
    quantize_dynamic(export, out, weight_type=kind, **options)
