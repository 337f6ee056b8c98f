"""The human recordings once more, cut at their pauses.

Whole recordings last ten seconds and are met in one order of words only. Pieces fit into short rows and stand in
ever new company. Where to cut is known from a network that is half trained: its alignment says which words are
where, and a cut is made only between words with silence between them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch

from . import corpus, features
from .align import align
from .alphabet import encode
from .network import Recogniser

SOURCE, TARGET = "real_000", "real_001"
SUBSAMPLING = 4
QUIET_FRAMES = 10
QUIET = 6.0
"""Log power below the loud frames of a recording: some 26 dB."""

Piece = tuple[int, int, str]


def cuts(frames: features.Features, text: str, firsts: list[int]) -> Iterator[tuple[int, int]]:
    """Yield (feature frame, index of the space in ``text``) wherever two words have silence between them."""
    level = frames.mean(axis=1)
    quiet = level < np.quantile(level, 0.9) - QUIET
    for index, character in enumerate(text):
        if character != " ":
            continue
        begin, end = (SUBSAMPLING * firsts[index + step] for step in (-1, 1))
        middle = _middle_of_silence(quiet[begin:end])
        if middle is not None:
            yield begin + middle, index


def _middle_of_silence(quiet: np.ndarray) -> int | None:
    """Return the middle of the longest run of quiet frames, None where it is short."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], quiet, [False]]).astype(int)))
    runs = edges.reshape(-1, 2)
    if not len(runs):
        return None
    begin, end = runs[np.argmax(runs[:, 1] - runs[:, 0])]
    return int(begin + end) // 2 if end - begin >= QUIET_FRAMES else None


def cut_up(network: Recogniser, shard: corpus.Shard) -> Iterator[Piece]:
    """Yield the pieces of all recordings: first frame, end frame, text."""
    for begin, end, text in shard.utterances:
        frames = shard.frames[begin:end].astype(np.float32)
        with torch.no_grad():
            log_probs = network(torch.from_numpy(frames.T.copy())[None])[0].numpy()
        firsts = align(log_probs, encode(text)).tolist()
        bounds = [(0, -1), *cuts(frames, text, firsts), (end - begin, len(text))]
        for (left, before), (right, after) in pairwise(bounds):
            yield begin + left, begin + right, text[before + 1 : after]


def make_once(network: Recogniser, folder: Path) -> None:
    """Write the shard of pieces unless it is there; it shares the frames of the whole recordings."""
    if (folder / f"{TARGET}.json").exists():
        return
    shard = corpus.read(folder, SOURCE)
    found = list(cut_up(network, shard))
    link = folder / f"{TARGET}.f16"
    link.unlink(missing_ok=True)
    link.hardlink_to(folder / f"{SOURCE}.f16")
    partial = folder / f"{TARGET}.partial"
    partial.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
    partial.replace(folder / f"{TARGET}.json")
    print(f"{len(found)} pieces of {len(shard.utterances)} recordings", flush=True)
