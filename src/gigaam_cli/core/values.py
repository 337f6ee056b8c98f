"""The values that travel between the layers: frozen, typed, picklable, without behaviour of their own.

Times are seconds from the start of the recording, unless a name says ``sample``; samples are mono float32
at 16 kHz.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Audio: TypeAlias = npt.NDArray[np.float32]
    """Mono samples, shape (n,), float32 in -1..1 at 16 kHz."""

SAMPLE_RATE = 16_000
"""Samples a second, of everything behind the decoder."""


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of text from an engine; a leading space begins a new word. Times within its segment."""

    text: str
    start: float
    end: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Word:
    """A word with its punctuation."""

    text: str
    start: float
    end: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of speech that was recognised in one piece, with its words in order of time."""

    start: float
    end: float
    words: tuple[Word, ...]
    speaker: str | None = None
    channel: int | None = None

    @property
    def text(self) -> str:
        """The words, joined by single spaces."""
        return " ".join(word.text for word in self.words)

    @property
    def confidence(self) -> float:
        """Geometric mean of the words' confidences, 0 without words."""
        if not self.words:
            return 0.0
        return math.exp(sum(math.log(max(word.confidence, 1e-9)) for word in self.words) / len(self.words))


@dataclass(frozen=True, slots=True)
class SpeechSpan:
    """Where the VAD heard speech: samples ``start`` (inclusive) to ``end`` (exclusive)."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class AudioSegment:
    """A stretch of audio that goes to an engine in one piece.

    ``start`` is a sample of the recording; negative where silence was put before it.
    """

    index: int
    start: int
    audio: Audio
    speech: int
    """Samples of it in which the VAD heard speech."""
    beyond: int = 0
    """Samples of it behind the end of the recording: silence that was put there."""
    core: tuple[int, int] | None = None
    """From which to which sample of the recording its words count, where it overlaps with others."""

    @property
    def end(self) -> int:
        """The first sample behind it."""
        return self.start + len(self.audio)

    @property
    def seconds(self) -> float:
        """Its length."""
        return len(self.audio) / SAMPLE_RATE


@dataclass(frozen=True, slots=True)
class Recognition:
    """What an engine heard in one segment."""

    tokens: tuple[Token, ...]


@dataclass(frozen=True, slots=True)
class AudioStream:
    """One audio stream of a container; ``number`` counts audio streams only, from 0."""

    number: int
    codec: str
    sample_rate: int
    layout: str
    language: str | None = None
    default: bool = False


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """What FFmpeg says of a file before decoding; ``duration`` is None where the container does not tell."""

    container: str
    duration: float | None
    streams: tuple[AudioStream, ...]
    estimated: bool = False
    """The duration is a guess from the bit rate."""
    guessed: bool = False
    """Only the file's name speaks for this container."""
    missing: float = 0.0
    """Share of the file that its container promises and that is not there."""


@dataclass(frozen=True, slots=True)
class Source:
    """The recording that a transcript belongs to, as its outputs name it (no folders: outputs are portable)."""

    name: str
    size: int
    container: str = ""
    codec: str = ""
    stream: int = 0


@dataclass(frozen=True, slots=True)
class Transcript:
    """Everything that is known of one recording's speech."""

    source: Source
    model: str
    engine: str
    duration: float
    speech_seconds: float
    segments: Sequence[Segment]
    """In order of time; those of a store are read anew each time."""
    partial: bool = False
    """The recording was cut off: this is what came before."""

    @property
    def words(self) -> tuple[Word, ...]:
        """All words in order of time."""
        return tuple(word for segment in self.segments for word in segment.words)

    @property
    def coverage(self) -> float:
        """Share of the speech seconds that lies in segments with text, 1 where there is no speech."""
        if self.speech_seconds <= 0:
            return 1.0
        spoken = sum(segment.end - segment.start for segment in self.segments if segment.words)
        return min(1.0, spoken / self.speech_seconds)
