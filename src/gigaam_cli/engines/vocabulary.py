"""What a model can say."""

from __future__ import annotations

from pathlib import Path

BLANK = "<blk>"


def read_vocabulary(file: Path) -> tuple[list[str], int]:
    """Read tokens in order of their numbers, and the blank's number.

    Raises:
        ValueError: it is no list of tokens and numbers, or has no blank.
    """
    rows = [line.split(" ") for line in file.read_text(encoding="utf-8").rstrip("\n").split("\n")]
    numbered = sorted((int(number), token) for token, number in rows)
    if [number for number, _ in numbered] != list(range(len(numbered))):
        raise ValueError("its numbers are not those from 0 on")
    tokens = [token.replace("\u2581", " ") for _, token in numbered]
    return tokens, tokens.index(BLANK)
