"""Audio in blocks in, segments ready for an engine out; holds no more audio than one segment needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from gigaam_cli.core.values import SAMPLE_RATE, AudioSegment
from gigaam_cli.segment.silero import SileroVad
from gigaam_cli.segment.spans import Grouper, SegmentOptions, SpanDetector, Stretch, longest_speech, samples
from gigaam_cli.segment.vad import Everything, VadModel

if TYPE_CHECKING:
    from gigaam_cli.core.values import Audio

_FRAME = SAMPLE_RATE // 100
# A closed consonant is silent for 50-80 ms inside a word; a mean over more than that finds the gaps between words.
_QUIET_FRAMES = 11


class Segmenter:
    """Finds speech in one recording and cuts it into segments, streaming.

    ``count`` is how many there were so far, ``speech`` the samples of speech in them.
    """

    def __init__(self, options: SegmentOptions, vad: VadModel | None = None) -> None:
        self.speech = 0
        self.count = 0
        self._options = options
        self._vad = vad or make_vad(options)
        self._detector = SpanDetector(options)
        self._grouper = Grouper(options)
        # Models stumble over speech without a moment of silence before it.
        self._room = np.zeros(samples(options.pad), np.float32)
        self._buffer = _Buffer(self._room)
        self._recorded: int | None = None

    def segments(self, blocks: Iterable[Audio]) -> Iterator[AudioSegment]:
        """Yield the segments of ``blocks`` in order."""
        for block in blocks:
            yield from self.feed(block)
        yield from self.finish()

    def feed(self, block: Audio) -> Iterator[AudioSegment]:
        """Take the next samples; yield the segments that they complete."""
        self._buffer.append(block)
        for stretch in self._stretches(self._vad.probabilities(block)):
            yield self._cut_out(stretch)
        self._forget()

    def finish(self) -> Iterator[AudioSegment]:
        """Yield what is left at the end of the recording."""
        for stretch in self._last_stretches():
            yield self._cut_out(stretch)

    @property
    def settled(self) -> int:
        """The sample before which nothing is held back."""
        starts = (self._grouper.start, self._detector.open, self._detector.position)
        return min(start for start in starts if start is not None)

    def _stretches(self, probabilities: Audio) -> Iterator[Stretch]:
        detector, grouper = self._detector, self._grouper
        for probability in probabilities.tolist():
            span = detector.feed(probability)
            if span is not None:
                yield from grouper.add(span)
            yield from grouper.advance(detector.position, detector.open)
            yield from self._cut_long_speech()

    def _last_stretches(self) -> Iterator[Stretch]:
        yield from self._stretches(self._vad.finish())
        span = self._detector.finish()
        if span is not None:
            yield from self._grouper.add(span)
        self._recorded = self._buffer.end
        following = self._recorded + 2 * len(self._room)
        self._buffer.append(self._room)
        yield from self._grouper.flush(following)

    def _cut_long_speech(self) -> Iterator[Stretch]:
        began, longest = self._detector.open, longest_speech(self._options)
        if began is None or self._detector.position - began <= longest:
            return
        middle = began + longest // 2
        quiet = middle + quietest(self._buffer.slice(middle, began + longest))
        yield from self._grouper.add(self._detector.cut(quiet))
        yield from self._grouper.flush(quiet)

    def _cut_out(self, stretch: Stretch) -> AudioSegment:
        self.speech += stretch.speech
        self.count += 1
        audio = self._buffer.slice(stretch.start, stretch.end)
        beyond = 0 if self._recorded is None else stretch.start + len(audio) - self._recorded
        return AudioSegment(self.count - 1, stretch.start, audio, stretch.speech, max(0, beyond))

    def _forget(self) -> None:
        self._buffer.forget(max(self.settled - len(self._room), self._grouper.last_end))


def make_vad(options: SegmentOptions) -> VadModel:
    """Return a fresh VAD for one recording."""
    return Everything() if options.vad == "none" else SileroVad()


def quietest(audio: Audio) -> int:
    """Return the sample in the middle of the quietest tenth of a second of ``audio``."""
    frames = audio[: len(audio) // _FRAME * _FRAME].reshape(-1, _FRAME)
    if len(frames) < _QUIET_FRAMES:
        return len(audio) // 2
    power = (frames.astype(np.float64) ** 2).mean(axis=1)
    smooth = np.convolve(power, np.ones(_QUIET_FRAMES), mode="valid")
    return (int(smooth.argmin()) + _QUIET_FRAMES // 2) * _FRAME + _FRAME // 2


class _Buffer:
    """The latest samples of a recording, addressed by their place in it; ``before`` ends where it begins."""

    def __init__(self, before: Audio) -> None:
        self._start = -len(before)
        self._audio = before

    @property
    def end(self) -> int:
        return self._start + len(self._audio)

    def append(self, block: Audio) -> None:
        self._audio = np.concatenate([self._audio, block])

    def slice(self, start: int, end: int) -> Audio:
        part: Audio = self._audio[max(start - self._start, 0) : max(end - self._start, 0)].copy()
        return part

    def forget(self, before: int) -> None:
        gone = min(max(before - self._start, 0), len(self._audio))
        if gone:
            self._audio = self._audio[gone:]
            self._start += gone
