"""The name that somebody probably meant."""

from __future__ import annotations

from collections.abc import Iterable

_LEAST_BEGINNING = 2


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that ``word`` was probably to be: nearly the same, or the first that begins so."""
    from difflib import get_close_matches

    words = list(known)
    longer = (each for each in words if len(word) >= _LEAST_BEGINNING and each.startswith(word.lower()))
    return next(iter(get_close_matches(word, words, n=1)), None) or next(longer, None)
