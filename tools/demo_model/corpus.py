"""Shards of speech on disk: the features of many utterances in a row, and their texts.

A shard NAME is NAME.f16 (f16 [frames, 64]) and NAME.json (a list of [first frame, end frame, text]).
Each is made whole or not at all, so that an interrupted run goes on where it was.
"""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tools.evaluation import festvox, sound
from tools.evaluation.festvox import normalise
from tools.evaluation.sound import RATE, Samples

from . import espeak, features, texts
from .festival import SENTENCES_A_PROCESS, Festival

Said = tuple[str, Samples]

CODECS = ("", "", "", ".mp3 32k", ".mp3 24k", ".ogg 24k", ".m4a 32k")  # m4a: aac
PLAIN_SHARES = {"sentences": 0.45, "tales": 0.25, "phrases": 0.15, "words": 0.15}
EDGE = round(0.1 * RATE)


@dataclass(frozen=True)
class Job:
    """A shard to make: its ``kind`` of speech, a number that seeds it, and how many seconds."""

    kind: str
    number: int
    seconds: float

    @property
    def name(self) -> str:
        """What its files are called."""
        return f"{self.kind}_{self.number:03}"


@dataclass(frozen=True)
class Shard:
    """A shard that was read: ``frames`` is a view into its file."""

    kind: str
    frames: NDArray[np.float16]
    utterances: list[tuple[int, int, str]]


def make(job: Job, folder: Path, voice: Path) -> None:
    """Write a shard unless it is there."""
    if (folder / f"{job.name}.json").exists():
        return
    rng = random.Random(f"{job.kind} {job.number}")
    said = list(_until(job.seconds, SOURCES[job.kind](rng, folder, voice)))
    codec = "" if job.kind == "real" else rng.choice(CODECS)
    audio = through_codec(np.concatenate([_with_edges(samples) for _, samples in said]), codec)
    frames = features.log_mel(audio).astype(np.float16)
    (folder / f"{job.name}.f16").write_bytes(frames.tobytes())
    index = json.dumps(list(_index(said)), ensure_ascii=False)
    partial = folder / f"{job.name}.partial"
    partial.write_text(index, encoding="utf-8")
    partial.replace(folder / f"{job.name}.json")


def _with_edges(samples: Samples) -> Samples:
    """Put silence around an utterance, so that it begins with a frame and none reaches into the next."""
    total = -(-(len(samples) + 2 * EDGE) // features.HOP) * features.HOP
    return np.pad(samples, (EDGE, total - EDGE - len(samples)))


def _index(said: list[Said]) -> Iterator[tuple[int, int, str]]:
    begin = 0
    for text, samples in said:
        end = begin + len(_with_edges(samples)) // features.HOP
        yield begin, end - 1, normalise(text)
        begin = end


def _until(seconds: float, said: Iterator[Said]) -> Iterator[Said]:
    total = 0.0
    for text, samples in said:
        if len(samples) < RATE // 5:
            continue
        yield text, samples
        total += len(samples) / RATE
        if total >= seconds:
            return


def through_codec(samples: Samples, codec: str) -> Samples:
    """Encode and decode samples as ``.mp3 24k`` says; nothing moves by more than a few hundredths of a second."""
    if not codec:
        return samples
    suffix, _, bitrate = codec.partition(" ")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"speech{suffix}"
        sound.encode(samples, path, bitrate=bitrate)
        decoded = sound.decode(path)[: len(samples)]
    return np.pad(decoded, (0, len(samples) - len(decoded)))


def _espeak(lines: Iterator[str], rng: random.Random) -> Iterator[Said]:
    for text in lines:
        yield text, espeak.speak(text, espeak.any_manner(rng))


def _festival(lines: Iterator[str], folder: Path, voice: Path) -> Iterator[Said]:
    speaker = Festival(voice, folder / "festival")
    while True:
        yield from speaker.speak([next(lines) for _ in range(SENTENCES_A_PROCESS)])


def _texts(source: str, rng: random.Random, voice: Path) -> Iterator[str]:
    known = texts.collect(source, voice).kept
    while True:
        yield rng.choice(known)


def _words(rng: random.Random) -> Iterator[str]:
    while True:
        yield texts.word_list(rng)


def _anything(rng: random.Random, voice: Path) -> Iterator[str]:
    sources = {source: _texts(source, rng, voice) for source in texts.SOURCES} | {"words": _words(rng)}
    while True:
        (source,) = rng.choices(list(PLAIN_SHARES), list(PLAIN_SHARES.values()))
        yield next(sources[source])


def _plain(rng: random.Random, voice: Path) -> Iterator[Said]:
    for text in _anything(rng, voice):
        yield text, espeak.speak(text, espeak.plain_manner(rng))


def _numbers(rng: random.Random) -> Iterator[str]:
    return texts.numbers(rng.randrange(1 << 32))


def _real(_rng: random.Random, _folder: Path, voice: Path) -> Iterator[Said]:
    said = festvox.texts(voice)
    for name in sorted(set(said) - set(festvox.held_out(voice))):
        yield said[name], sound.decode(festvox.recording(voice, name))


def _read_aloud(source: str) -> Callable[[random.Random, Path, Path], Iterator[Said]]:
    return lambda rng, _folder, voice: _espeak(_texts(source, rng, voice), rng)


SOURCES = {
    **{f"espeak_{source}": _read_aloud(source) for source in texts.SOURCES},
    "espeak_plain": lambda rng, _folder, voice: _plain(rng, voice),
    "espeak_words": lambda rng, _folder, _voice: _espeak(_words(rng), rng),
    "espeak_numbers": lambda rng, _folder, _voice: _espeak(_numbers(rng), rng),
    "festival_sentences": lambda rng, folder, voice: _festival(
        _texts("sentences", rng, voice), folder, voice
    ),
    "festival_numbers": lambda rng, folder, voice: _festival(_numbers(rng), folder, voice),
    "real": _real,
}


def read(folder: Path, name: str) -> Shard:
    """Open a shard."""
    frames = np.memmap(folder / f"{name}.f16", np.float16, "r").reshape(-1, features.BINS)
    index = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    return Shard(name.rpartition("_")[0], frames, [(begin, end, text) for begin, end, text in index])
