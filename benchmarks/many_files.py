"""What many short files cost beside one long one of the same audio.

    python -m benchmarks.many_files MODEL WORK [--files 1000] [--rounds 1]

MODEL is a folder or a name; the speech is kept in WORK. Files last 3 to 10 s. Loading and starting count.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import tempfile
from pathlib import Path

import numpy as np

from . import speech
from .timing import machine, told

SHORTEST, LONGEST = 3.0, 10.0


def make(folder: Path, count: int) -> tuple[list[Path], Path]:
    """Make short files and one of all their audio."""
    rng = random.Random(3)
    short = speech.files(folder, [round(rng.uniform(SHORTEST, LONGEST), 1) for _ in range(count)])
    together = folder.with_name(f"{folder.name}_together.mp3")
    if not together.exists():
        speech.write(together, np.concatenate([speech.listen(path) for path in short]))
    return short, together


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("work", type=Path)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    short, together = make(args.work / f"short_{args.files}", args.files)
    rounds = []
    for _ in range(args.rounds):
        runs = {}
        for name, inputs in (("one", [together]), ("many", short)):
            out = Path(tempfile.mkdtemp())
            runs[name] = told("accounted", args.model, out, *inputs)
            shutil.rmtree(out)
        rounds.append({**runs, "ratio": runs["many"]["rtfx"] / runs["one"]["rtfx"]})
        print(json.dumps(rounds[-1], indent=1), flush=True)
    if args.json:
        args.json.write_text(json.dumps({"machine": machine(), "rounds": rounds}, indent=1))


if __name__ == "__main__":
    main()
