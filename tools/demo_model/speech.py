"""Makes the speech to learn from, as many hours of each kind as the recipe says.

python -m tools.demo_model.speech FOLDER [--share 0.05] [--processes 2]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from tools.evaluation import festvox

from . import corpus

SHARD_SECONDS = 1200.0
EVERYTHING = 1e9
HOURS = {
    "festival_sentences": 5.7,
    "espeak_numbers": 6.0,
    "espeak_sentences": 14.0,
    "festival_numbers": 1.3,
    "espeak_words": 7.0,
    "espeak_tales": 4.7,
    "espeak_phrases": 4.0,
    "espeak_plain": 6.7,
}


def jobs(share: float) -> Iterator[corpus.Job]:
    """Yield the shards to make: first the real recordings, then one of each kind in turn."""
    yield corpus.Job("real", 0, EVERYTHING)
    seconds = {kind: hours * share * 3600 for kind, hours in HOURS.items()}
    shards = {kind: max(1, round(wanted / SHARD_SECONDS)) for kind, wanted in seconds.items()}
    for number in range(max(shards.values())):
        for kind, count in shards.items():
            if number < count:
                yield corpus.Job(kind, number, min(SHARD_SECONDS, seconds[kind] / count))


def make_all(folder: Path, voice: Path, share: float, processes: int) -> None:
    """Make all shards in parallel, and say so."""
    folder.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    with ProcessPoolExecutor(processes) as pool:
        waiting = {pool.submit(corpus.make, job, folder, voice): job for job in jobs(share)}
        for index, done in enumerate(as_completed(waiting), start=1):
            done.result()
            seconds = time.monotonic() - started
            print(f"{index}/{len(waiting)} {waiting[done].name} after {seconds:.0f} s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--share", type=float, default=1.0, help="of the hours of synthetic speech")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--voice", type=Path, default=festvox.VOICE_DIR)
    args = parser.parse_args()
    make_all(args.folder, args.voice, args.share, args.processes)


if __name__ == "__main__":
    main()
