"""From speech probabilities to stretches that an engine takes in one piece: pure, streaming, in samples.

``SpanDetector`` turns probabilities into spans of speech; ``Grouper`` joins neighbouring spans into
stretches of limited length and gives them room on both sides, never overlapping.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gigaam_cli.core.values import SAMPLE_RATE, SpeechSpan
from gigaam_cli.segment.vad import WINDOW

# Silero's own rule: what has begun goes on down to a lower threshold.
_HYSTERESIS = 0.15


@dataclass(frozen=True, slots=True)
class SegmentOptions:
    """How speech is found and cut; seconds, and probabilities in 0..1."""

    vad: str = "silero"
    threshold: float = 0.5
    max_segment: float = 22.0
    """The longest stretch, padding included."""
    min_silence: float = 0.2
    """A shorter pause does not end a span."""
    join: float = 0.6
    """Spans that are this close travel in one stretch, for the sake of context."""
    pad: float = 0.3
    """Room before and behind speech, for soft beginnings and ends."""
    min_speech: float = 0.09
    """A lonely span shorter than this is a click."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Samples ``start`` to ``end`` go to the engine; the VAD heard ``speech`` samples of speech in them.

    The first may begin before the recording does, and the last end behind it: there is silence.
    """

    start: int
    end: int
    speech: int


def samples(seconds: float) -> int:
    """Return ``seconds`` as a number of samples."""
    return round(seconds * SAMPLE_RATE)


class SpanDetector:
    """Probabilities in, spans of speech out. ``open`` is where speech that has not ended yet began."""

    def __init__(self, options: SegmentOptions) -> None:
        self.position = 0
        self.open: int | None = None
        self._begin = options.threshold
        self._keep = max(options.threshold - _HYSTERESIS, 0.01)
        self._patience = samples(options.min_silence)
        self._silent_since: int | None = None

    def feed(self, probability: float) -> SpeechSpan | None:
        """Take the next window; return the span that it shows to have ended, if any."""
        window = self.position
        self.position += WINDOW
        if probability >= self._begin:
            self._silent_since = None
            if self.open is None:
                self.open = window
        elif self.open is not None and probability < self._keep:
            if self._silent_since is None:
                self._silent_since = window
            if self.position - self._silent_since >= self._patience:
                return self._close(self._silent_since)
        return None

    def finish(self) -> SpeechSpan | None:
        """Return the span that lasted to the end."""
        return None if self.open is None else self._close(self._silent_since or self.position)

    def cut(self, at: int) -> SpeechSpan:
        """End the open span at sample ``at``, where the next begins."""
        assert self.open is not None  # noqa: S101 - the caller has looked
        if self._silent_since is not None and self._silent_since <= at:
            return self._close(self._silent_since)
        span = SpeechSpan(self.open, at)
        self.open = at
        return span

    def _close(self, end: int) -> SpeechSpan:
        assert self.open is not None  # noqa: S101 - the caller has looked
        span = SpeechSpan(self.open, end)
        self.open = self._silent_since = None
        return span


class Grouper:
    """Spans in, stretches out, in order. What it holds back begins at ``start``."""

    def __init__(self, options: SegmentOptions) -> None:
        self._join = samples(options.join)
        self._pad = samples(options.pad)
        self._longest = longest_speech(options)
        self._shortest = samples(options.min_speech)
        self._spans: list[SpeechSpan] = []
        self._last_end = -self._pad

    @property
    def start(self) -> int | None:
        """Where the spans that are held back begin."""
        return self._spans[0].start if self._spans else None

    @property
    def last_end(self) -> int:
        """The end of the last stretch; nothing before it is needed any more."""
        return self._last_end

    def add(self, span: SpeechSpan) -> Iterator[Stretch]:
        """Take the next span; yield the stretch before it if it is to stand alone."""
        if self._spans and not self._fits(span.start, span.end):
            yield from self.flush(span.start)
        self._spans.append(span)

    def advance(self, now: int, speaking_since: int | None) -> Iterator[Stretch]:
        """Yield what is held back if nothing that comes after ``now`` can join it."""
        following = now if speaking_since is None else speaking_since
        if self._spans and not self._fits(following, now):
            yield from self.flush(following)

    def flush(self, following: int) -> Iterator[Stretch]:
        """Yield what is held back, with room up to half the way to the speech at ``following``."""
        if not self._spans:
            return
        first, last = self._spans[0].start, self._spans[-1].end
        speech = sum(span.end - span.start for span in self._spans)
        self._spans = []
        # What goes on from the stretch before is the end of a word rather than a click.
        if speech < self._shortest and first > self._last_end:
            return
        start = max(first - self._pad, self._last_end)
        end = min(last + self._pad, last + (following - last + 1) // 2)
        self._last_end = max(end, last)
        yield Stretch(start, self._last_end, speech)

    def _fits(self, start: int, end: int) -> bool:
        near = start - self._spans[-1].end <= self._join
        return near and end - self._spans[0].start <= self._longest


def longest_speech(options: SegmentOptions) -> int:
    """Samples of speech that fit into a stretch beside its padding; at least a second."""
    return max(samples(options.max_segment - 2 * options.pad), SAMPLE_RATE)
