"""From what an engine heard in a segment to words with their times in the recording. Pure."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Iterator

from gigaam_cli.core.values import SAMPLE_RATE, AudioSegment, Segment, Token, Word


def span_of(heard: AudioSegment, offset: float) -> tuple[float, float]:
    """Return from when to when of the recording a segment is, in seconds; its samples count from ``offset``.

    The start is negative where silence was put before the recording.
    """
    return offset + heard.start / SAMPLE_RATE, offset + (heard.end - heard.beyond) / SAMPLE_RATE


def booked(span: tuple[float, float]) -> tuple[float, float]:
    """Return start and end as they are written down."""
    start, end = span
    return max(0.0, round(start, 3)), round(end, 3)


def segment_of(start: float, end: float, tokens: Iterable[Token]) -> Segment:
    """Return the segment from ``start`` to ``end`` (seconds of the recording) with the words of ``tokens``.

    ``start`` may be negative: nothing in the segment begins before the recording does, or ends behind ``end``.
    """
    words = (_shifted(word, start, end) for word in _attached(_words(tokens)))
    return Segment(*booked((start, end)), tuple(words))


def _words(tokens: Iterable[Token]) -> Iterator[Word]:
    """Gather tokens into words: a leading space begins a new one; a bare space belongs to none."""
    gathered: list[Token] = []
    for token in tokens:
        if token.text[:1].isspace() and gathered:
            yield _word(gathered)
            gathered = []
        if token.text.strip():
            gathered.append(token)
    if gathered:
        yield _word(gathered)


def _word(tokens: list[Token]) -> Word:
    mean = sum(math.log(max(token.confidence, 1e-9)) for token in tokens) / len(tokens)
    text = "".join(token.text for token in tokens).strip()
    return Word(text, tokens[0].start, tokens[-1].end, math.exp(mean))


def _attached(words: Iterable[Word]) -> Iterator[Word]:
    """Let marks that stand alone go with the word before them: a dash with a space, others without."""
    before: Word | None = None
    for word in words:
        if before is None or not _is_mark(word.text):
            if before is not None:
                yield before
            before = word
        else:
            space = " " if unicodedata.category(word.text[0]) == "Pd" else ""
            before = Word(f"{before.text}{space}{word.text}", before.start, before.end, before.confidence)
    if before is not None:
        yield before


def _is_mark(text: str) -> bool:
    return all(unicodedata.category(letter)[0] == "P" for letter in text)


def _shifted(word: Word, by: float, limit: float) -> Word:
    start, end = (round(min(max(0.0, time + by), limit), 3) for time in (word.start, word.end))
    return Word(word.text, start, end, round(word.confidence, 4))
