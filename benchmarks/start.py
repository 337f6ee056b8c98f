"""How soon the program answers: help, version, status, and the first line of a transcription.

    python -m benchmarks.start [--rounds 10]

The recording lasts 6 s, the model is the demonstration; Python that does nothing stands beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from .timing import as_json, by_turns

RECORDING = Path(__file__).parents[1] / "examples/recordings/synthetic_sum.wav"
WAYS: dict[str, tuple[str, ...]] = {
    "python": ("-c", "pass"),
    "help": ("-m", "gigaam_cli", "--help"),
    "version": ("-m", "gigaam_cli", "--version"),
    "topic": ("-m", "gigaam_cli", "help", "formats"),
    "status": ("-m", "gigaam_cli", "status"),
}


def run(arguments: tuple[str, ...]) -> None:
    """Run Python to its end."""
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)


def first_line() -> None:
    """Run a transcription until it says something."""
    command = [sys.executable, "-m", "gigaam_cli", "transcribe", "-m", "demo", "--force", "-o"]
    with tempfile.TemporaryDirectory() as texts:
        arguments = [*command, texts, str(RECORDING), "--progress", "plain"]
        with subprocess.Popen(arguments, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
            assert process.stderr is not None
            assert process.stderr.readline()
            process.kill()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    ways: dict[str, Callable[[], object]] = {name: partial(run, given) for name, given in WAYS.items()}
    with tempfile.TemporaryDirectory() as state:
        os.environ["GIGAAM_STATE_DIR"] = state
        figures = by_turns({**ways, "first_line": first_line}, args.rounds)
    for each in figures:
        print(
            f"{each.name:12} {each.wall:.2f} s, of the cores {each.cores:.2f} s, at best {min(each.runs):.2f} s"
        )
    if args.json:
        args.json.write_text(json.dumps(as_json(figures), indent=1))


if __name__ == "__main__":
    main()
