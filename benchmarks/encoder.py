"""How fast the encoder is alone: seconds of audio a second, in each graph of the same weights.

    python -m benchmarks.encoder MODEL [--seconds 20] [--rounds 5] [--threads 1] [--callers 1]

MODEL is a folder with v3_ctc.onnx. Made graphs are kept in MODEL/benchmarks.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from gigaam_cli.core.ort import session_options
from gigaam_cli.engines.optimise import graphs

from .models import NAMES, variants
from .timing import as_json, by_turns, ratio


def inputs(seconds: float) -> dict[str, Any]:
    """Return noise as samples and as features."""
    samples = np.random.default_rng(1).normal(0, 0.1, round(seconds * 16_000)).astype(np.float32)[None]
    session = onnxruntime.InferenceSession(graphs.features().model().SerializeToString())
    features = session.run(None, {"samples": samples})[0]
    lengths = np.array([features.shape[2]])
    return {"samples": samples, "features": features, "feature_lengths": lengths}


def ways(files: dict[str, Path], args: argparse.Namespace) -> dict[str, Callable[[], object]]:
    """Return what to do in each graph: as many calls at once as there are callers."""
    given, pool = inputs(args.seconds), ThreadPoolExecutor(args.callers)

    def way(file: Path) -> Callable[[], object]:
        session = onnxruntime.InferenceSession(file, session_options(args.threads))
        fed = {value.name: given[value.name] for value in session.get_inputs()}
        return lambda: list(pool.map(lambda _: session.run(None, fed), range(args.callers)))

    return {name: way(file) for name, file in files.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1, help="of one call")
    parser.add_argument("--callers", type=int, default=1, help="calls at once")
    parser.add_argument("--only", nargs="*", default=list(NAMES), choices=NAMES)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    files = variants(args.model, args.model / "benchmarks")
    figures = by_turns(ways({name: files[name] for name in args.only}, args), args.rounds)
    for one in figures:
        speed = args.seconds * args.callers / one.wall
        print(f"{NAMES[one.name]:50} {speed:6.1f} x  {ratio(one, figures[0]):5.2f} times the first")
    if args.json:
        args.json.write_text(
            json.dumps(as_json(figures, seconds=args.seconds, callers=args.callers), indent=1)
        )


if __name__ == "__main__":
    main()
