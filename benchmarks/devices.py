"""What a second device gains, and how near to each other two devices end.

    python -m benchmarks.devices WORK [--minutes 20] [--files 30] [--speed 40] [--rounds 3]

There need be no GPU: an engine that sleeps stands for one, so long for each second of audio as a device of that
speed would compute. Everything else is the pipeline's own work over mp3 files of mixed lengths.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gigaam_cli.core.values import SAMPLE_RATE, Recognition
from gigaam_cli.engines.protocol import EngineInfo
from gigaam_cli.pipeline.jobs import Pace, Recipe
from gigaam_cli.pipeline.request import Request
from gigaam_cli.pipeline.run import Setting, run
from gigaam_cli.pipeline.sinks import FolderSink
from gigaam_cli.pipeline.transcribe import prepare
from gigaam_cli.store.store import Store

from . import speech
from .timing import by_turns, machine, ratio

if TYPE_CHECKING:
    from gigaam_cli.core.values import Audio

CALLS, BATCH = 2, 8
SHORTEST, LONGEST = 3.0, 240.0


class SleepingEngine:
    """Hears nothing, ``speed`` times as fast as real time on the whole; knows when it ended."""

    def __init__(self, number: int, speed: float) -> None:
        self.info = EngineInfo("sleeping", "demo", "fp16", f"gpu:{number}", "", CALLS, BATCH)
        self.ended = 0.0
        self._speed = speed / CALLS

    def recognise(self, batch: Sequence[Audio]) -> Iterator[Recognition]:
        """Sleep, then yield nothing for each segment."""
        time.sleep(sum(map(len, batch)) / SAMPLE_RATE / self._speed)
        self.ended = max(self.ended, time.monotonic())
        yield from (Recognition(()) for _ in batch)

    def interrupt(self) -> bool:
        """End no call."""
        return False

    def close(self) -> None:
        """There is nothing to give back."""


def once(files: list[Path], engines: list[SleepingEngine]) -> float:
    """Transcribe the files; return how far apart the devices ended, as a share of the time."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        store = Store.in_memory()
        recipe = Recipe(formats=("txt",))
        request = Request(tuple(files), recipe=recipe, model="demo", output=Path(folder), device="cpu")
        plan = prepare(request, store).plan
        sink = FolderSink(store, recipe, overwrite=False)
        setting = Setting(store, sink, recipe, "benchmark", lambda: engines, Pace(readers=2))
        report = run(plan, setting)
    assert len(report.of_status("done")) == len(files), report
    ends = [engine.ended - began for engine in engines]
    return (max(ends) - min(ends)) / max(ends)


def lengths(count: int, minutes: float) -> list[float]:
    """Return mixed lengths in seconds, few of them long, that add up to so many minutes."""
    rng = random.Random(4)
    made = [SHORTEST * (LONGEST / SHORTEST) ** rng.random() for _ in range(count)]
    return [round(length * minutes * 60 / sum(made), 1) for length in made]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("work", type=Path, help="where the recordings are kept")
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--files", type=int, default=30)
    parser.add_argument("--speed", type=float, default=40.0, help="of one device, times real time")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    folder = args.work / f"mixed_{args.files}_{args.minutes:g}"
    files = speech.files(folder, lengths(args.files, args.minutes))
    apart: dict[int, list[float]] = {1: [], 2: []}

    def way(count: int) -> None:
        engines = [SleepingEngine(number, args.speed) for number in range(count)]
        apart[count].append(once(files, engines))

    one, two = by_turns({"one": lambda: way(1), "two": lambda: way(2)}, args.rounds)
    found = {"gain": ratio(two, one), "apart": max(apart[2][1:]), "one": one.wall, "two": two.wall}
    print(json.dumps(found, indent=1))
    if args.json:
        args.json.write_text(json.dumps({"machine": machine(), "minutes": args.minutes, **found}, indent=1))


if __name__ == "__main__":
    main()
