"""Hours of speech to work on, out of the recordings in this repository."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gigaam_cli.core.values import SAMPLE_RATE
from gigaam_cli.media import ffmpeg

Samples = npt.NDArray[np.float32]

ROOT = Path(__file__).parents[1]
RECORDINGS = ("examples/recordings/*.*", "tests/data/ru_*.*", "tests/data/base.wav")
PAUSES = (0.3, 1.5)  # seconds between utterances, as people make them
SEED = 8


def listen(path: Path) -> Samples:
    """Decode a recording."""
    raw = ("-f", "f32le", "-ac", "1", "-ar", str(SAMPLE_RATE), "pipe:1")
    command = [ffmpeg.binary(), "-nostdin", "-v", "error", "-i", f"file:{path}", *raw]
    return np.frombuffer(subprocess.run(command, check=True, capture_output=True).stdout, np.float32)


@cache
def recordings() -> list[Samples]:
    """Return all recordings in this repository."""
    return [listen(path) for pattern in RECORDINGS for path in sorted(ROOT.glob(pattern))]


def endless(seed: int) -> Iterator[Samples]:
    """Yield utterances and pauses in any order."""
    rng = random.Random(seed)
    while True:
        yield rng.choice(recordings())
        yield np.zeros(round(rng.uniform(*PAUSES) * SAMPLE_RATE), np.float32)


def files(folder: Path, lengths: list[float], suffix: str = ".mp3") -> list[Path]:
    """Make recordings of so many seconds in a folder, once."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for number, seconds in enumerate(lengths):
        path = folder / f"{number:04}_{seconds:.1f}{suffix}"
        made.append(path)
        if not path.exists():
            write(path, taken(endless(SEED + number), round(seconds * SAMPLE_RATE)))
    return made


def taken(speech: Iterator[Samples], count: int) -> Samples:
    """Take so many samples."""
    pieces: list[Samples] = []
    while sum(map(len, pieces)) < count:
        pieces.append(next(speech))
    return np.concatenate(pieces)[:count]


def write(path: Path, samples: Samples) -> None:
    """Encode samples as the file's name says."""
    raw = ("-f", "f32le", "-ac", "1", "-ar", str(SAMPLE_RATE), "-i", "pipe:0")
    partly = path.with_name(f"partial_{path.name}")
    command = [ffmpeg.binary(), "-y", "-v", "error", *raw, f"file:{partly}"]
    subprocess.run(command, check=True, input=samples.tobytes())
    partly.replace(path)
