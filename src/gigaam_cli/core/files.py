"""What several layers do with files."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

BLOCK = 1 << 20


def sha256_of(file: Path, alive: Callable[[], None] = lambda: None) -> str:
    """Return the SHA-256 of a file's contents, in hex; ``alive`` is called now and then.

    Raises:
        OSError: it cannot be read.
    """
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(BLOCK):
            digest.update(block)
            alive()
    return digest.hexdigest()


def same_contents(one: Path, other: Path, alive: Callable[[], None] = lambda: None) -> bool:
    """Whether two files hold the same, read anew each time; ``alive`` is called now and then.

    Raises:
        OSError: one cannot be read.
    """
    with one.open("rb") as first, other.open("rb") as second:
        while (block := first.read(BLOCK)) == second.read(BLOCK):
            if not block:
                return True
            alive()
    return False
