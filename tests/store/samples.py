"""What the tests of the store put into it."""

from __future__ import annotations

import os
from pathlib import Path

from gigaam_cli.core.values import Segment, Word
from gigaam_cli.store.store import Store
from gigaam_cli.store.values import Ending, Fingerprint

TALK = Path("/out/talk.txt")
ENDING = Ending(60.5, 42.25, "wav", "pcm_s16le", 1)
ODD_NAMES = [
    "talk.mp3",
    "two\nlines.mp3",
    os.fsdecode(b"\xff\xfe.mp3"),
    "запись 🎤.mp3",
    "quote'\".mp3",
    "%03d.mp3",
    "й.mp3",
]


def segment(start: float, text: str = "да нет") -> Segment:
    words = tuple(Word(word, start + n, start + n + 0.5, 0.5) for n, word in enumerate(text.split()))
    return Segment(start, start + 5, words)


def recognise(store: Store, file: Fingerprint, digest: str = "d", partial: bool = False) -> int:
    """Go through a whole recognition; return its number."""
    number = store.begin(file, digest, "demo", "onnx")
    store.add_segment(number, segment(0))
    store.finish(number, Ending(60.5, 42.25, "wav", "pcm_s16le", 1, partial), [0])
    return number
