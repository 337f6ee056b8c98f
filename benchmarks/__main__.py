"""Measures everything that docs/performance.md shows, and writes it there. Two hours on two cores.

    python -m benchmarks MODEL VAD WORK

MODEL is a folder with a full-size v3_ctc.onnx, VAD a folder with silero_vad.onnx; WORK keeps the speech and the
results: what is measured there already is not measured again.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("vad", type=Path)
    parser.add_argument("work", type=Path)
    args = parser.parse_args()
    results: Path = args.work / "results"
    results.mkdir(parents=True, exist_ok=True)
    modules: dict[str, list[object]] = {
        "encoder": [args.model],
        "pipeline": [args.model, args.vad],
        "many_files": [args.model, args.work],
        "devices": [args.work],
        "memory": [args.work],
        "start": [],
    }
    for name, given in modules.items():
        if not (results / f"{name}.json").exists():
            run(name, *given, "--json", results / f"{name}.json")
    run("report", results)


def run(module: str, *arguments: object) -> None:
    """Run one of these modules."""
    print(f"{module}: ", *arguments, flush=True)
    subprocess.run([sys.executable, "-m", f"benchmarks.{module}", *map(str, arguments)], check=True)


if __name__ == "__main__":
    main()
