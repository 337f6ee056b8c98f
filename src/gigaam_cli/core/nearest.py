"""The name that somebody probably meant."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that ``word`` was probably to be."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(word, list(known), n=1)), None)
