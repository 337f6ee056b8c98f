"""Speech by Festival with the voice festvox-ru, which is built from the very recordings that we learn.

Festival puts sentences together from snippets of the 620 recordings. 60 of those are held out, so their snippets
are taken out of the voice's trees first: no sound of them reaches the training.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from tools.evaluation import festvox
from tools.evaluation.sound import Samples

VOICE = "msu_ru_nsh"
SENTENCES_A_PROCESS = 100
UNIT = re.compile(r"\((\d+) [\d.e+-]+\)")
PHONE = re.compile(r'^\("(\w+)"', re.MULTILINE)
LEAF = re.compile(r"\(((?:\(\d+ [\d.e+-]+\)\s*)+)")
WAV_HEADER = 44
FULL_SCALE = np.float32(32768)


def held_out_units(voice: Path) -> set[tuple[str, str]]:
    """Return the (phone, number) of every snippet that comes from a held-out recording."""
    names = set(festvox.held_out(voice))
    lines = (voice / "festival/clunits" / f"{VOICE}.catalogue").read_text(encoding="utf-8").splitlines()
    entries = (line.split() for line in lines)
    taken = (entry[0] for entry in entries if len(entry) == 5 and entry[1] in names)
    return {(phone, number) for phone, _, number in (unit.rpartition("_") for unit in taken)}


def filtered_trees(voice: Path) -> str:
    """Return the voice's selection trees without the snippets of the held-out recordings.

    Raises:
        ValueError: a leaf would be left without a snippet.
    """
    text = (voice / "festival/trees" / f"{VOICE}.tree").read_text(encoding="utf-8")
    starts = [*PHONE.finditer(text)]
    bounds = [*(match.start() for match in starts), len(text)]
    banned = held_out_units(voice)
    parts = [text[: bounds[0]]]
    for match, begin, end in zip(starts, bounds, bounds[1:]):  # noqa: B905 - one bound more than starts
        parts.append(LEAF.sub(partial(_without, phone=match[1], banned=banned), text[begin:end]))
    return "".join(parts)


def _without(leaf: re.Match[str], phone: str, banned: set[tuple[str, str]]) -> str:
    units = [unit for unit in UNIT.finditer(leaf[1]) if (phone, unit[1]) not in banned]
    if not units:
        raise ValueError(f"all snippets of a leaf of {phone} are held out")
    return "(" + " ".join(unit[0] for unit in units)


class Festival:
    """Says sentences with the filtered voice."""

    def __init__(self, voice: Path, folder: Path) -> None:
        """Write the filtered trees below ``folder``."""
        self._trees = folder / "held_out_removed.tree"
        if not self._trees.exists():
            folder.mkdir(parents=True, exist_ok=True)
            unfinished = self._trees.with_suffix(f".{os.getpid()}")
            unfinished.write_text(filtered_trees(voice), encoding="utf-8")
            unfinished.replace(self._trees)

    def speak(self, texts: Sequence[str]) -> Iterator[tuple[str, Samples]]:
        """Yield each text with its sound; texts that the voice cannot say are left out."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            script = folder / "say.scm"
            script.write_text("\n".join(self._program(texts, folder)), encoding="utf-8")
            subprocess.run(["festival", "-b", str(script)], check=False, capture_output=True)
            for index, text in enumerate(texts):
                wave = folder / f"{index}.wav"
                if wave.exists():
                    samples = np.frombuffer(wave.read_bytes()[WAV_HEADER:], "<i2")
                    yield text, samples.astype(np.float32) / FULL_SCALE

    def _program(self, texts: Sequence[str], folder: Path) -> Iterator[str]:
        yield f"(voice_{VOICE}_clunits)"
        yield f'(load "{self._trees}")'
        yield f"(set! {VOICE}::clunits_clunit_selection_trees clunits_selection_trees)"
        for index, text in enumerate(texts):
            plain = re.sub(r'["\\]', "", text)
            say = f'(utt.save.wave (utt.synth (Utterance Text "{plain}")) "{folder}/{index}.wav" \'riff)'
            yield f"(unwind-protect {say} nil)"
