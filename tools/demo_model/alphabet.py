"""The characters that the model writes: a space, а to я without ё, and the blank behind them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

CHARACTERS = " " + "".join(chr(ord("а") + index) for index in range(32))
BLANK = len(CHARACTERS)
TOKENS = ("▁", *CHARACTERS[1:], "<blk>")
NUMBERS = {character: number for number, character in enumerate(CHARACTERS)}


def encode(text: str) -> NDArray[np.int64]:
    """Return the numbers of a normalised text's characters."""
    return np.array([NUMBERS[character] for character in text], np.int64)


def decode_greedily(best: NDArray[np.int64]) -> str:
    """Return the text of each frame's best class: repetitions once, blanks not at all."""
    kept = best[np.insert(best[1:] != best[:-1], 0, values=True)] if len(best) else best
    return "".join(CHARACTERS[number] for number in kept if number != BLANK).strip()
