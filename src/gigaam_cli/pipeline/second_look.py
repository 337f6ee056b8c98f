"""A second look at speech without text: once more, in windows that overlap and are cut elsewhere.

A model may fall silent over a segment and not over the same words with other ones around them. The windows follow
each other whatever the VAD says; where even at a lower threshold it hears nothing, none is recognised.
"""

from __future__ import annotations

import contextlib
import logging
import queue
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING

import numpy as np

from gigaam_cli.core.errors import GigaamError
from gigaam_cli.core.values import AudioSegment, Segment
from gigaam_cli.media.decode import Decoder
from gigaam_cli.media.ffmpeg import Cut
from gigaam_cli.pipeline.coverage import Gap
from gigaam_cli.pipeline.flow import (
    Closed,
    Heard,
    LookedAgain,
    Message,
    Opened,
    SegmentQueue,
    Work,
)
from gigaam_cli.pipeline.guard import one_files_work
from gigaam_cli.pipeline.jobs import Recipe
from gigaam_cli.segment import segmenter
from gigaam_cli.segment.spans import samples
from gigaam_cli.segment.vad import WINDOW, VadModel
from gigaam_cli.store.values import is_there

if TYPE_CHECKING:
    from gigaam_cli.core.values import Audio

logger = logging.getLogger(__name__)

WINDOW_SECONDS, OVERLAP_SECONDS = 15.0, 5.0
# Beside what the options say; a window with less speech than that has no word in it.
_SHARE_OF_THRESHOLD, _LEAST_SPEECH = 0.6, 3
# A word may begin before the speech that the VAD heard.
_ROOM_SECONDS = 1.0


@dataclass(slots=True)
class Look:
    """What a recording is looked at again for, and what came of it: ``windows`` results are to be expected."""

    opened: Opened
    gaps: tuple[Gap, ...]
    back: int = 0
    found: list[Segment] = field(default_factory=list)
    windows: int | None = None
    same: bool = True

    @property
    def complete(self) -> bool:
        """Whether everything is back."""
        return self.back == self.windows


def overlapping(blocks: Iterable[Audio], vad: VadModel, threshold: float) -> Iterator[AudioSegment]:
    """Yield windows of ``blocks`` with speech in them; what is said within ``core`` of them counts.

    ``start`` counts samples from where the blocks begin. The cores follow each other without a gap.
    """
    size, overlap = samples(WINDOW_SECONDS), samples(OVERLAP_SECONDS)
    audio, voices, start = np.zeros(0, np.float32), np.zeros(0, np.float32), 0

    def window(length: int, last: bool) -> AudioSegment:
        begin = 0 if start == 0 else overlap // 2
        stop = length if last else length - overlap // 2
        return AudioSegment(0, start, audio[:length].copy(), 0, core=(start + begin, start + stop))

    def speaks(length: int) -> bool:
        heard = voices[: (start + length) // WINDOW - start // WINDOW]
        return int((heard >= threshold).sum()) >= _LEAST_SPEECH

    for block in blocks:
        audio = np.concatenate([audio, block])
        voices = np.concatenate([voices, vad.probabilities(block)])
        while len(audio) > size:
            if speaks(size):
                yield window(size, last=False)
            audio, voices = (
                audio[size - overlap :],
                voices[(start + size - overlap) // WINDOW - start // WINDOW :],
            )
            start += size - overlap
    if len(audio) and speaks(len(audio)):
        yield window(len(audio), last=True)


def listen_again(look: Look, recipe: Recipe) -> Iterator[AudioSegment]:
    """Yield the windows of all gaps, numbered; their samples count from where the recipe begins.

    Raises:
        MediaError: the recording cannot be read any more.
    """
    work, opened, begin = look.opened.work, look.opened, recipe.decode.cut.start
    number = count()
    for gap in look.gaps:
        cut = Cut(max(begin, gap[0] - _ROOM_SECONDS), gap[1] + _ROOM_SECONDS)
        options = replace(recipe.decode, cut=cut)
        with Decoder(work.job.file.path, opened.stream, opened.info, options) as decoder:
            work.interrupt = decoder.kill
            if work.abandoned:
                return
            threshold = recipe.segment.threshold * _SHARE_OF_THRESHOLD
            for window in overlapping(decoder, segmenter.make_vad(recipe.segment), threshold):
                yield _placed(replace(window, index=next(number)), cut.start - begin, gap, begin)


def _placed(window: AudioSegment, by: float, gap: Gap, begin: float) -> AudioSegment:
    """Return a window of a part that begins ``by`` seconds later; only what is said in ``gap`` counts."""
    moved = samples(by)
    first, last = (sample + moved for sample in window.core or (window.start, window.end))
    within = (max(first, samples(gap[0] - begin)), min(last, samples(gap[1] - begin)))
    return replace(window, start=window.start + moved, core=within)


class SecondLooks:
    """Looks to be taken, one after the other; ``run`` is the body of a thread."""

    def __init__(self, recipe: Recipe, segments: SegmentQueue, send: Callable[[Message], None]) -> None:
        self._recipe, self._segments, self._send = recipe, segments, send
        self._waiting: queue.SimpleQueue[Look | None] = queue.SimpleQueue()
        self._at: Work | None = None
        self._closed = False

    def order(self, look: Look) -> None:
        """Have a look taken: its windows go to the engines, and ``LookedAgain`` says how many there were."""
        self._waiting.put(look)

    def close(self) -> None:
        """End the thread, and the look that it is at."""
        self._closed = True
        self._waiting.put(None)
        if self._at is not None:
            self._at.abandon()

    def run(self) -> None:
        """Take looks until there are to be no more."""
        with contextlib.suppress(Closed):
            while (look := self._waiting.get()) is not None and not self._closed:
                self._take(look)

    def _take(self, look: Look) -> None:
        work, windows = look.opened.work, 0
        self._at = work
        if self._closed:
            raise Closed
        with one_files_work(_noted):
            for window in listen_again(look, self._recipe):
                self._segments.put(Heard(work, window))
                windows += 1
                self._segments.wait_while_held()
        # What another file says is nothing that was said in this one.
        self._send(LookedAgain(work, windows, is_there(work.job.file)))


def _noted(error: GigaamError) -> None:
    logger.info("not looked at again: %s", error)  # what is not heard stays suspect
