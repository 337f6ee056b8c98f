"""The values of a run: what is to be done, how, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gigaam_cli.core.errors import GigaamError
from gigaam_cli.media.decode import DecodeOptions
from gigaam_cli.segment.spans import SegmentOptions
from gigaam_cli.store.values import Fingerprint
from gigaam_cli.writers.base import Shaping


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that a text depends on, and how it is written."""

    formats: tuple[str, ...] = ("txt", "timecodes")
    segment: SegmentOptions = field(default_factory=SegmentOptions)
    decode: DecodeOptions = field(default_factory=DecodeOptions)
    shaping: Shaping = field(default_factory=Shaping)
    audio_stream: int | None = None
    allow_partial: bool = False


@dataclass(frozen=True, slots=True)
class Pace:
    """How much is done at once. ``queue_seconds`` bounds the audio that waits or is being recognised."""

    readers: int = 2
    queue_seconds: float = 300.0
    probe_ahead: int = 64
    in_order: bool = False
    """Take recordings in order of path instead of the longest first."""
    begin_within: float | None = None
    """Seconds of the run after which no recording is begun."""
    waits: bool = True
    """Wait for recordings that other runs are at, and before what failed is tried again; a watch comes back."""
    retries: int = 0
    """How often a recording that failed for a passing reason is tried again in the same run."""
    retry_pause: float = 30.0
    """Seconds before that; twice as long before each further time."""
    answer_timeout: float = 300.0
    """Seconds after which an engine that has not answered is taken for stuck: no segment takes that long."""


@dataclass(frozen=True, slots=True)
class Job:
    """A recording to be recognised, or (``recognition`` is set) only to be written again from the store."""

    number: int
    file: Fingerprint
    outputs: Mapping[str, Path]
    recognition: int | None = None
    kept: tuple[Path, ...] = ()
    """Texts of it that somebody edited: they stay as they are."""
    heard: frozenset[tuple[float, float]] = frozenset()
    """Starts and ends of the segments that an earlier run recognised before it was ended."""
    before: bool = False
    """It is to be recognised, and was recognised to its end before: with another model or other options."""


@dataclass(frozen=True, slots=True)
class FileResult:
    """What became of one input: ``done``, ``failed`` or ``skipped``, the latter with a reason's code."""

    path: Path
    status: str
    reason: str = ""
    error: GigaamError | None = None
    seconds: float = 0.0
    outputs: tuple[Path, ...] = ()
    recognised: bool = False
    partial: bool = False
    known_seconds: float = 0.0
    """Audio in it that an earlier run had recognised."""
    suspect: tuple[tuple[float, float], ...] = ()
    """From when to when there is speech and no text of it, in seconds."""


@dataclass(frozen=True, slots=True)
class BatchReport:
    """What became of all inputs, each exactly once."""

    results: tuple[FileResult, ...]
    wall_seconds: float
    ended: str | None = None
    """Why the run ended before its time: a signal's name, or an error's code."""
    fatal: GigaamError | None = None
    paused_seconds: float = 0.0
    """How much of that time it was paused."""

    def of_status(self, status: str) -> tuple[FileResult, ...]:
        """Return the results of one status."""
        return tuple(result for result in self.results if result.status == status)

    @property
    def suspect(self) -> tuple[FileResult, ...]:
        """Return the results with speech that has no text."""
        return tuple(result for result in self.results if result.suspect)

    @property
    def audio_seconds(self) -> float:
        """Seconds of audio that were recognised in this run."""
        return sum(result.seconds - result.known_seconds for result in self.results if result.recognised)

    @property
    def worked_seconds(self) -> float:
        """How long the run was not paused."""
        return max(0.0, self.wall_seconds - self.paused_seconds)

    @property
    def rtfx(self) -> float:
        """Seconds of audio recognised a second; pauses do not count."""
        return self.audio_seconds / self.worked_seconds if self.worked_seconds > 0 else 0.0
