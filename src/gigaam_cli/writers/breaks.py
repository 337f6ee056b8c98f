"""Where Russian text may be broken: between phrases, subtitles and the lines of a subtitle."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise

_SENTENCE_ENDS = (".", "?", "!", "…")
_CLAUSE_ENDS = (",", ";", ":", "—", "–")
_ENDS = ".,;:!?…"
_CLOSING = "»”\"')]}"
_OPENING = "«„“\"'([{"

_BEFORE_NEXT = """
а без безо в во для до если за и из изо из-за из-под или как когда к ко между на над не ни но о об обо
от ото перед по под подо при про с со у через что чтобы чтоб
"""
_AFTER_LAST = "б бы ж же ли ль"

_PROCLITICS = frozenset(_BEFORE_NEXT.split())
"""Words that lean on the next one: a line that ends with one leaves it dangling."""
_ENCLITICS = frozenset(_AFTER_LAST.split())
"""Words that lean on the one before: no line should begin with one."""

_AT_SENTENCE = 0.0
_AT_CLAUSE = 0.2
_BEFORE_GROUP = 0.35
_BETWEEN_WORDS = 0.5
_AFTER_ENCLITIC = 0.75
_INSIDE_GROUP = 1.0


def ends_sentence(word: str, following: str) -> bool:
    """Whether a sentence ends between two words; "т.е. мы" and "ну… я" go on with a small letter."""
    return word.rstrip(_CLOSING).endswith(_SENTENCE_ENDS) and not following.lstrip(_OPENING)[:1].islower()


def break_cost(word: str, following: str) -> float:
    """How bad a break between two words is: 0 between sentences, 1 inside "в Москве" or "кто же"."""
    if ends_sentence(word, following):
        return _AT_SENTENCE
    if _belong_together(word, following):
        return _INSIDE_GROUP
    if word.rstrip(_CLOSING).endswith(_CLAUSE_ENDS):
        return _AT_CLAUSE
    if word.lower() in _ENCLITICS:
        return _AFTER_ENCLITIC
    return _BEFORE_GROUP if _leans_forward(following) else _BETWEEN_WORDS


def _belong_together(word: str, following: str) -> bool:
    number = word[-1].isdigit() and following[0].isdigit()  # 15 000 000
    return number or _leans_forward(word) or _leans_back(following)


def _leans_forward(word: str) -> bool:
    return word.lstrip(_OPENING).lower() in _PROCLITICS


def _leans_back(word: str) -> bool:
    # A lone dash belongs to the line before it, as in "Москва — столица".
    return word.rstrip(_ENDS + _CLOSING).lower() in _ENCLITICS or not any(map(str.isalnum, word))


def cheapest_pieces(
    count: int, stops: Callable[[int], Iterable[int]], cost: Callable[[int, int], float]
) -> list[tuple[int, int]]:
    """Cut ``count`` things into the pieces (start, stop) whose costs have the smallest sum.

    ``stops(start)`` names where a piece that begins at ``start`` may end; ``start + 1`` must be among them.
    """
    best = [0.0] + [float("inf")] * count
    origin = [0] * (count + 1)
    for start in range(count):
        for stop in stops(start):
            total = best[start] + cost(start, stop)
            if total < best[stop]:
                best[stop], origin[stop] = total, start
    cuts = [count]
    while cuts[-1]:
        cuts.append(origin[cuts[-1]])
    return list(pairwise(reversed(cuts)))
