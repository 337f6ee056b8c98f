"""What a run would meet: every recording probed, nothing loaded or written."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from itertools import islice
from pathlib import Path

from gigaam_cli.core.errors import (
    FfmpegMissingError,
    GigaamError,
    NoRoomError,
    OutputError,
    TooLongError,
    TruncatedMediaError,
)
from gigaam_cli.core.timecode import clock
from gigaam_cli.core.values import MediaInfo
from gigaam_cli.engines.devices import cores
from gigaam_cli.media import ffmpeg
from gigaam_cli.media.probe import choose_stream, probe
from gigaam_cli.pipeline.folders import Room, check_folders, nearest, rooms
from gigaam_cli.pipeline.guard import one_files_work
from gigaam_cli.pipeline.jobs import Job, Recipe
from gigaam_cli.pipeline.names import is_long
from gigaam_cli.pipeline.template import Template
from gigaam_cli.pipeline.transcribe import Foreseen
from gigaam_cli.writers.registry import writer

# Bytes for an hour of dense speech, 9400 words: tests/data/joined.ogg (4700 words an hour) times two.
_HOURLY = {
    "txt": 135_000,
    "timecodes": 160_000,
    "srt": 180_000,
    "vtt": 175_000,
    "json": 1_150_000,
    "tsv": 150_000,
    "md": 140_000,
}
_HOURLY_STORE = 770_000
_BLOCK = 4096
_SHOWN = 50
_LEAST_PROBERS = 4


@dataclass(frozen=True, slots=True)
class Ahead:
    """What would become of a recording. ``seconds`` of it would be in its texts, None where nothing tells."""

    job: Job
    seconds: float | None = None
    error: GigaamError | None = None
    is_long: bool = False
    """Its texts do not get the short name, since that is another's."""

    @property
    def known_seconds(self) -> float:
        """Seconds that a run before recognised already."""
        heard = sum(end - start for start, end in self.job.heard)
        return heard if self.seconds is None else min(heard, self.seconds)


@dataclass(frozen=True, slots=True)
class Sums:
    """A run ahead in numbers; ``speed`` is seconds of audio a second, None where no run tells."""

    recognise: int
    write: int
    fail: int
    skipped: Mapping[str, int]
    audio_seconds: float
    known_seconds: float
    unmeasured: int
    again: int
    """How many would be recognised that were recognised before, with another model or other options."""
    longer: tuple[Ahead, ...]
    """Some of the recordings whose texts get the long name."""
    long_names: int
    rooms: tuple[Room, ...]
    problems: tuple[GigaamError, ...]
    speed: float | None = None

    @property
    def wall_seconds(self) -> float | None:
        """How long recognition would take, as far as lengths are known."""
        return (self.audio_seconds - self.known_seconds) / self.speed if self.speed else None


@dataclass(slots=True)
class _Counts:
    """What is added up while recordings go by; ``needs`` are bytes by folder."""

    recognise: int = 0
    write: int = 0
    fail: int = 0
    audio_seconds: float = 0.0
    known_seconds: float = 0.0
    unmeasured: int = 0
    again: int = 0
    long_names: int = 0
    longer: list[Ahead] = field(default_factory=list)
    needs: Counter[Path] = field(default_factory=Counter)


class Preview:
    """What would become of each recording, in the order of the plan: iterate over it once, then ask for ``sums``.

    ``state`` is the folder of the store, None where that keeps nothing. ``speed`` is what past runs reached.
    """

    def __init__(self, foreseen: Foreseen, state: Path | None = None, speed: float | None = None) -> None:
        self._foreseen = foreseen
        self._state = state
        self._speed = speed
        self._counts = _Counts()
        self._problems = [*foreseen.problems, *_problems(foreseen)]
        self._can_probe = not any(isinstance(problem, FfmpegMissingError) for problem in self._problems)

    def __iter__(self) -> Iterator[Ahead]:
        jobs = self._foreseen.prepared.plan.jobs
        probers = max(_LEAST_PROBERS, cores())
        with _pool(probers) as pool:
            looks = (self._look(job, pool) for job in jobs)
            under_way = deque(islice(looks, 2 * probers))
            while under_way:
                yield self._counted(under_way.popleft()())
                under_way.extend(islice(looks, 1))

    def sums(self) -> Sums:
        """Add up what went by."""
        results = self._foreseen.prepared.plan.results
        counts = self._counts
        there = rooms(counts.needs)
        tight = [
            NoRoomError(path=room.folder, size=room.needed, free=room.free)
            for room in there
            if not room.suffices
        ]
        refused = any(isinstance(problem, OutputError) for problem in self._problems)
        return Sums(
            recognise=counts.recognise,
            write=counts.write,
            fail=counts.fail + sum(result.error is not None for result in results),
            skipped=Counter(result.reason for result in results if result.error is None),
            audio_seconds=counts.audio_seconds,
            known_seconds=counts.known_seconds,
            unmeasured=counts.unmeasured,
            again=counts.again,
            longer=tuple(counts.longer),
            long_names=counts.long_names,
            rooms=there,
            problems=(*self._problems, *([] if refused else tight)),
            speed=self._speed,
        )

    def _look(self, job: Job, pool: ThreadPoolExecutor) -> Callable[[], Ahead]:
        """Begin to look at a recording; what is returned waits for what came of that."""
        if job.recognition is not None:
            return partial(Ahead, job, self._foreseen.lengths.get(job.number))
        if not self._can_probe:
            return partial(Ahead, job)
        return pool.submit(_look, job, self._foreseen.prepared.request.recipe).result

    def _counted(self, ahead: Ahead) -> Ahead:
        counts, job = self._counts, ahead.job
        if ahead.error is not None:
            counts.fail += 1
            return ahead
        if job.recognition is not None:
            counts.write += 1
        else:
            counts.recognise += 1
            counts.again += job.before
            counts.audio_seconds += ahead.seconds or 0.0
            counts.known_seconds += ahead.known_seconds
            counts.unmeasured += ahead.seconds is None
        ahead = replace(ahead, is_long=_has_long_name(job, self._foreseen.prepared.wish.template))
        if ahead.is_long:
            counts.long_names += 1
            if len(counts.longer) < _SHOWN:
                counts.longer.append(ahead)
        self._add_needs(ahead)
        return ahead

    def _add_needs(self, ahead: Ahead) -> None:
        hours = (ahead.seconds or 0.0) / 3600
        for name, path in ahead.job.outputs.items():
            folder = _nearest(path.parent)
            if folder is not None:
                self._counts.needs[folder] += round(hours * _HOURLY[name]) + _BLOCK
        store = _nearest(self._state) if self._state and ahead.job.recognition is None else None
        if store is not None:
            self._counts.needs[store] += round(hours * _HOURLY_STORE) + _BLOCK


@lru_cache(maxsize=64)  # recordings come folder by folder
def _nearest(folder: Path) -> Path | None:
    try:
        return nearest(folder)
    except OutputError:  # told of already
        return None


def _problems(foreseen: Foreseen) -> Iterator[GigaamError]:
    """Yield what would end the run before any work, beside model and device."""
    plan = foreseen.prepared.plan
    try:
        if plan.to_recognise:
            ffmpeg.binary()
    except FfmpegMissingError as error:
        yield error
    try:
        check_folders(plan)
    except OutputError as error:
        yield error


def _has_long_name(job: Job, template: Template | None) -> bool:
    outputs = job.outputs.items()
    return any(is_long(job.file.path, output, writer(name).suffix, template) for name, output in outputs)


@contextmanager
def _pool(size: int) -> Iterator[ThreadPoolExecutor]:
    """Whoever leaves early does not wait for the probes under way; FFmpegs are ended with the program."""
    pool = ThreadPoolExecutor(size, thread_name_prefix="probe")
    try:
        yield pool
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _look(job: Job, recipe: Recipe) -> Ahead:
    errors: list[GigaamError] = []
    with one_files_work(errors.append):
        info = probe(job.file.path, recipe.decode.stall_timeout)
        choose_stream(info, recipe.audio_stream)
        _check_length(info, recipe)
        return Ahead(job, recipe.decode.cut.seconds_of(info.duration))
    return Ahead(job, error=errors[0])


def _check_length(info: MediaInfo, recipe: Recipe) -> None:
    """Raise what decoding would certainly end with: a recording that is too long, or breaks off."""
    cut, limit = recipe.decode.cut, recipe.decode.max_duration
    seconds = cut.seconds_of(info.duration)
    if limit is not None and seconds is not None and seconds > limit and not info.estimated:
        raise TooLongError(limit=clock(limit))
    if info.missing and cut.end is None and not recipe.allow_partial:
        there = info.duration or 0.0
        raise TruncatedMediaError(decoded=clock(there), expected=clock(there / (1 - info.missing)))
