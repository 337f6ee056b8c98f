"""Recognised text made safe for any format, once and for all of them."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import replace

from gigaam_cli.core.values import Segment, Transcript, Word

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_INVISIBLE = frozenset({"Cc", "Cf"})
_SURROGATES = re.compile("[\ud800-\udfff]")


def plain(text: str) -> str:
    """Return ``text`` on one line, with single spaces and without control, zero-width and bidi characters."""
    if not text.isprintable():
        text = "".join(map(_visible, text))
    joined = " ".join(text.split())
    return text if joined == text else joined  # the words of a long recording are not copied for each format


def _visible(character: str) -> str:
    if character.isspace():
        return " "
    return "" if unicodedata.category(character) in _INVISIBLE else encodable(character)


def encodable(text: str) -> str:
    """Return ``text`` with U+FFFD for what UTF-8 cannot hold, as in file names that are not UTF-8."""
    return _SURROGATES.sub(_REPLACEMENT, text)


def cleaned(transcript: Transcript) -> Transcript:
    """Return ``transcript`` with plain words, none of them empty, and with finite times in order."""
    return replace(
        transcript,
        # The name stays as it is wherever it can: other programs find the recording by it.
        source=replace(transcript.source, name=encodable(transcript.source.name)),
        model=plain(transcript.model),
        duration=_seconds(transcript.duration, 0.0),
        speech_seconds=_seconds(transcript.speech_seconds, 0.0),
        segments=tuple(cleaned_segments(transcript)),
    )


def cleaned_segments(transcript: Transcript) -> Iterator[Segment]:
    """Yield the segments of ``transcript`` as ``cleaned`` has them."""
    return map(_cleaned_segment, transcript.segments)


def _cleaned_segment(segment: Segment) -> Segment:
    start = _seconds(segment.start, 0.0)
    return Segment(
        start=start,
        end=max(_seconds(segment.end, start), start),
        words=tuple(_in_order(segment.words, start)),
        speaker=plain(segment.speaker or "") or None,
        channel=segment.channel,
    )


def _in_order(words: Iterable[Word], earliest: float) -> Iterator[Word]:
    for word in words:
        if text := plain(word.text):
            # No word begins before the one ahead of it: everything behind relies on that.
            start = earliest = max(_seconds(word.start, earliest), earliest)
            end = max(_seconds(word.end, start), start)
            safe = Word(text, start, end, word.confidence if math.isfinite(word.confidence) else 0.0)
            yield word if safe == word else safe


def _seconds(value: float, otherwise: float) -> float:
    return max(value, 0.0) if math.isfinite(value) else otherwise
