"""Words to subtitles: short enough to read, long enough on screen, broken where the language allows.

A stretch of speech is cut where the sum of several displeasures is smallest; then each cue gets its lines
and its time on screen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from gigaam_cli.core.values import Transcript
from gigaam_cli.writers.base import Shaping
from gigaam_cli.writers.breaks import break_cost, cheapest_pieces, ends_sentence
from gigaam_cli.writers.phrases import Phrase, gap_cost, stretches

# What displeases in a cue, where one cue more counts 1: a matter of taste, weighed on the golden samples.
_BAD_BREAK = 3.0
_SENTENCE_INSIDE = 1.5
_UNEVEN = 1.0
_SECOND_TOO_FEW = 5.0

# The same for its lines; a line more costs so much that only too little room can make one.
_ONE_MORE_LINE = 100.0
_UNEVEN_LINES = 1.5

_LATEST = 0.5
"""Seconds that a cue may come after its words, so that the one before it can be read."""
_SHORTEST = 0.1
"""Seconds on screen of a cue that has no time at all, where voices talk over each other."""


@dataclass(frozen=True, slots=True)
class Cue:
    """A subtitle, from and to seconds; ``label`` begins its lines where the voice changes, or is empty."""

    start: float
    end: float
    lines: tuple[str, ...]
    speaker: str | None = None
    label: str = ""


def cues(transcript: Transcript, shaping: Shaping) -> list[Cue]:
    """Return the subtitles in order: no two overlap, and every one begins after the one before it."""
    spoken = list(stretches(transcript, shaping))
    pieces = [piece for stretch, limit in _with_limits(spoken) for piece in _pieces(stretch, limit, shaping)]
    pieces.sort(key=lambda piece: piece.start)
    voices = [None, *(piece.speaker for piece in pieces)]
    labels = [_label(new) if new != old else "" for old, new in pairwise(voices)]
    return [
        Cue(start, end, _lines(piece, label, shaping), piece.speaker, label)
        for piece, label, (start, end) in zip(pieces, labels, _times(pieces, shaping), strict=True)
    ]


def _with_limits(spoken: Sequence[Phrase]) -> Iterator[tuple[Phrase, float]]:
    """Pair each with the time at which the next one begins."""
    starts = [piece.start for piece in spoken] + [float("inf")]
    return zip(spoken, starts[1:], strict=True)


def _label(speaker: str | None) -> str:
    return f"[{speaker}]" if speaker else ""


def _pieces(stretch: Phrase, limit: float, shaping: Shaping) -> Iterator[Phrase]:
    """Cut a stretch into the words of one cue each; the next stretch begins at ``limit``."""
    words = stretch.words
    texts = [word.text for word in words]
    columns = list(accumulate((len(text) + 1 for text in texts), initial=0))
    sentences = [0, *accumulate(ends_sentence(word, following) for word, following in pairwise(texts))]
    breaks = [gap_cost(words, stop, shaping) for stop in range(1, len(words) + 1)]
    starts = [*(word.start for word in words), limit]
    capacity = shaping.max_line_width * shaping.max_lines
    # Room for the label everywhere: only the final order tells where the voice changes.
    label = _label(stretch.speaker)

    def stops(start: int) -> Iterator[int]:
        yield start + 1
        for stop in _fitting(texts, start, shaping, label):
            if words[stop - 1].end - words[start].start > shaping.max_cue_seconds:
                return
            yield stop

    def cost(start: int, stop: int) -> float:
        length = columns[stop] - columns[start] - 1
        missing = _reading_seconds(length, shaping) - (starts[stop] - starts[start])
        return (
            1
            + _BAD_BREAK * breaks[stop - 1]
            + _SENTENCE_INSIDE * (sentences[stop - 1] - sentences[start])
            + _UNEVEN * (1 - length / capacity) ** 2
            + _SECOND_TOO_FEW * max(missing, 0.0)
        )

    for start, stop in cheapest_pieces(len(words), stops, cost):
        yield Phrase(words[start:stop], stretch.speaker, stretch.channel)


def _fitting(
    texts: Sequence[str], start: int, shaping: Shaping, label: str = "", lines: int = 0
) -> Iterator[int]:
    """Yield the stops of two or more words from ``start`` that fit into ``lines`` lines (0: all)."""
    line, column = 1, len(label)
    for index in range(start, len(texts)):
        if column and column + 1 + len(texts[index]) > shaping.max_line_width:
            line, column = line + 1, 0
        column += bool(column) + len(texts[index])
        if line > (lines or shaping.max_lines) or column > shaping.max_line_width:
            return
        if index > start:
            yield index + 1


def _lines(piece: Phrase, label: str, shaping: Shaping) -> tuple[str, ...]:
    """Break a cue into as few lines as it needs, even ones, without a preposition dangling at the end."""
    texts = [label] * bool(label) + [word.text for word in piece.words]

    def stops(start: int) -> Iterator[int]:
        yield start + 1
        yield from _fitting(texts, start, shaping, lines=1)

    def cost(start: int, stop: int) -> float:
        fill = len(" ".join(texts[start:stop])) / shaping.max_line_width
        at_end = break_cost(texts[stop - 1], texts[stop]) if stop < len(texts) else 0.0
        return _ONE_MORE_LINE + _UNEVEN_LINES * fill**2 + at_end

    return tuple(" ".join(texts[start:stop]) for start, stop in cheapest_pieces(len(texts), stops, cost))


def _times(pieces: Sequence[Phrase], shaping: Shaping) -> Iterator[tuple[float, float]]:
    """Yield when each cue comes and goes: with its words, and later if the silence leaves time to read."""
    end = 0.0
    for piece, following in _with_limits(pieces):
        start = max(piece.start, end)
        wanted = max(piece.end, start + _reading_seconds(len(piece.text), shaping))
        # The next cue waits a little for one that is too short to be read, but not until it is out of step.
        patience = min(start + shaping.min_cue_seconds, following + _LATEST)
        end = min(wanted, start + shaping.max_cue_seconds, max(following, patience))
        end = max(end, start + _SHORTEST)
        yield round(start, 3), round(end, 3)


def _reading_seconds(length: int, shaping: Shaping) -> float:
    return max(shaping.min_cue_seconds, length / shaping.max_chars_per_second)
