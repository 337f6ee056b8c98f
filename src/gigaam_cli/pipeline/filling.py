"""What a second look found, put where there was silence. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from gigaam_cli.core.values import SAMPLE_RATE, Segment
from gigaam_cli.pipeline.assemble import segment_of, span_of
from gigaam_cli.pipeline.flow import Recognised
from gigaam_cli.store.values import Spoken

# Speech begins before its first word; a rest that is shorter than a word or two belongs to what was heard.
_AROUND_SECONDS, _LEAST_REST = 0.3, 1.0


@dataclass(frozen=True, slots=True)
class Filled:
    """Segments with words, each with its seconds of speech, and the silence that is left, with its own."""

    heard: tuple[tuple[Segment, float], ...]
    silent: tuple[Spoken, ...]


def heard_in(window: Recognised, offset: float) -> Segment | None:
    """Return what was said in the core of a window, None where that is nothing; samples count from ``offset``.

    The segment reaches from shortly before its first word to shortly behind the last: around it there is silence.
    """
    if window.recognition is None or window.segment.core is None:
        return None
    whole = segment_of(*span_of(window.segment, offset), window.recognition.tokens)
    first, last = (offset + sample / SAMPLE_RATE for sample in window.segment.core)
    words = tuple(word for word in whole.words if first <= (word.start + word.end) / 2 < last)
    if not words:
        return None
    start, end = max(first, words[0].start - _AROUND_SECONDS), min(last, words[-1].end + _AROUND_SECONDS)
    return Segment(round(start, 3), round(end, 3), words)


def filled(found: Iterable[Segment], silent: Sequence[Spoken]) -> Filled:
    """Put segments with words where there was silence; speech goes to them as far as they reach into it."""
    left = list(silent)
    heard: list[tuple[Segment, float]] = []
    for segment in sorted(found, key=lambda segment: segment.start):
        parts = [rest for one in left for rest in _around(one, segment)]
        heard.append((segment, sum(one.speech for one in left) - sum(rest.speech for rest in parts)))
        left = parts
    return Filled(tuple(heard), tuple(left))


def _around(one: Spoken, segment: Segment) -> Iterator[Spoken]:
    """Yield what ``segment`` leaves of a silence, with its share of the speech."""
    if segment.end <= one.start or one.end <= segment.start:
        yield one
        return
    for start, end in ((one.start, segment.start), (segment.end, one.end)):
        if end - start >= _LEAST_REST:
            speech = one.speech * (end - start) / (one.end - one.start)
            yield replace(one, start=start, end=end, speech=speech)
