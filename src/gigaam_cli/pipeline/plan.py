"""What is to be done: every input is sorted into work, done already, in the way, or refused, before any work."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from gigaam_cli.core.errors import LeftAloneError
from gigaam_cli.core.files import sha256_of
from gigaam_cli.media.discover import Found, Refused, Skipped
from gigaam_cli.pipeline.jobs import FileResult, Job, Recipe
from gigaam_cli.pipeline.listing import Listing
from gigaam_cli.pipeline.names import Recording, assign_names, output_folder
from gigaam_cli.pipeline.template import Template
from gigaam_cli.store.adopted import ANY_SHAPING
from gigaam_cli.store.digest import digest
from gigaam_cli.store.store import Store
from gigaam_cli.store.survey import Survey
from gigaam_cli.store.values import Fingerprint, KnownOutput, is_there
from gigaam_cli.writers.base import Shaping
from gigaam_cli.writers.registry import writer

LEFT_ALONE_AFTER = 5
"""So many failures of a recording that may be its own fault are enough."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user asked for, beside the recipe. ``digest`` identifies model and recognition options."""

    recipe: Recipe
    digest: str
    output: Path | None = None
    to_stdout: bool = False
    overwrite: bool = False
    force: bool = False
    template: Template | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """``jobs`` are to be done, ``results`` are settled already."""

    jobs: tuple[Job, ...]
    results: tuple[FileResult, ...]

    @property
    def to_recognise(self) -> tuple[Job, ...]:
        """Jobs that need an engine."""
        return tuple(job for job in self.jobs if job.recognition is None)

    @property
    def to_write(self) -> tuple[Job, ...]:
        """Jobs whose text is in the store."""
        return tuple(job for job in self.jobs if job.recognition is not None)


def make_plan(inputs: Iterable[Found | Skipped | Refused], wish: Wish, store: Store) -> Plan:
    """Decide what becomes of each of ``inputs``; looks at the store and at what is there, writes no output.

    A recording whose time alone has changed is still the same: that is noted in the store.
    """
    found: list[Found] = []
    results: list[FileResult] = []
    for item in _each_once(inputs):
        if isinstance(item, Found):
            found.append(item)
        elif isinstance(item, Refused):
            results.append(FileResult(item.path, "failed", reason=item.error.code, error=item.error))
        else:
            results.append(FileResult(item.path, "skipped", reason=item.reason))
    survey = store.survey((item.path for item in found), wish.digest)
    known = [(item, _recognised(item, wish, store, survey)) for item in found]
    plan = _sorted(known, wish, _Known(store, survey))
    return Plan(plan.jobs, (*results, *plan.results))


def plan_known(found: Sequence[tuple[Found, int | None]], wish: Wish, store: Store) -> Plan:
    """Decide what becomes of recordings whose recognitions, if there are any, are looked up already."""
    survey = store.survey((item.path for item, _recognition in found), wish.digest)
    return _sorted(found, wish, _Known(store, survey))


def review(job: Job, wish: Wish, store: Store) -> Job | FileResult:
    """Return what a planned job is by now: another run may have recognised it, in part or to its end."""
    recognition, partial = job.recognition, wish.recipe.allow_partial
    if recognition is not None and store.status(recognition) is None:
        recognition = None  # another run began it anew
    if recognition is None and not wish.force:
        recognition = store.recognised(job.file, wish.digest, partial)
        recognition = recognition or store.adopted.with_words(job.file, partial)
    known = _Known(store, store.survey([job.file.path], wish.digest))
    found = _sort(job.number, job.file, job.outputs, recognition, wish, known)
    return replace(found, kept=job.kept, before=job.before) if isinstance(found, Job) else found


def output_names(found: Sequence[Found], wish: Wish, store: Store) -> dict[Path, dict[str, Path]]:
    """Return the texts of each recording, by format."""
    return _names(found, wish, _Known(store, store.survey((item.path for item in found), wish.digest)))


@dataclass(frozen=True, slots=True)
class _Known:
    """What the store knows: of the recordings of a run at once, of others' texts when they are in the way."""

    store: Store
    survey: Survey
    folders: Listing = field(default_factory=Listing)

    def output_at(self, path: str) -> KnownOutput | None:
        return self.survey.output_at(path) or self.store.outputs.at(Path(path))

    def heard(self, file: Fingerprint) -> frozenset[tuple[float, float]]:
        entry = self.survey.of(file.path)
        if entry is None or entry.recognition is None or entry.status == "done":
            return frozenset()
        return self.store.heard(file, self.survey.digest)

    def given_up(self, file: Fingerprint) -> LeftAloneError | None:
        entry = self.survey.of(file.path)
        if entry is None or entry.failures < LEFT_ALONE_AFTER or not entry.is_of(file):
            return None
        return LeftAloneError(times=entry.failures, detail=entry.reason)

    def before(self, file: Fingerprint) -> bool:
        entry = self.survey.of(file.path)
        return entry is not None and entry.ever_done and entry.is_of(file)


def _sorted(found: Sequence[tuple[Found, int | None]], wish: Wish, known: _Known) -> Plan:
    names = {} if wish.to_stdout else _names([item for item, _recognition in found], wish, known)
    jobs: list[Job] = []
    results: list[FileResult] = []
    for number, (item, recognition) in enumerate(found):
        planned = _sort(number, _fingerprint(item), names.get(item.path, {}), recognition, wish, known)
        if isinstance(planned, Job):
            jobs.append(planned)
        else:
            results.append(planned)
    return Plan(tuple(jobs), tuple(results))


def shaping_digest(name: str, recipe: Recipe) -> str:
    """Return what identifies how a format is written, apart from what was said."""
    return _shaping_digest(name, recipe.shaping)


@lru_cache(maxsize=16)  # a few formats, each asked for with every recording
def _shaping_digest(name: str, shaping: Shaping) -> str:
    return digest({"format": name, "shaping": shaping})


def is_ours(path: Path, store: Store) -> bool:
    """Whether gigaam wrote the file at ``path`` and nobody changed it since."""
    known = store.outputs.at(path)
    return known is not None and is_there(known.file)


def _each_once(inputs: Iterable[Found | Skipped | Refused]) -> Iterable[Found | Skipped | Refused]:
    """Return one item for each path: naming it outright counts more than what leaves it out of a folder."""
    chosen: dict[Path, Found | Skipped | Refused] = {}
    for item in inputs:
        if isinstance(chosen.setdefault(item.path, item), Skipped):
            chosen[item.path] = item
    return chosen.values()


def _names(found: Sequence[Found], wish: Wish, known: _Known) -> dict[Path, dict[str, Path]]:
    suffixes = {name: writer(name).suffix for name in wish.recipe.formats}
    recordings = [_recording(item, wish) for item in found]

    def taken(output: str, recording: Path) -> bool:
        owned = known.output_at(output) if known.folders.holds(output) else None
        return owned is not None and owned.recording != recording

    return assign_names(recordings, suffixes, known.survey.outputs_of, taken)


def _recording(item: Found, wish: Wish) -> Recording:
    folder = output_folder(item.path, item.root, wish.output, wish.template)
    stem = wish.template.stem(item.path) if wish.template else ""
    return Recording(item.path, folder, f"{item.size}-{item.mtime_ns}", stem)


def _fingerprint(item: Found) -> Fingerprint:
    return Fingerprint(item.path, item.size, item.mtime_ns)


def _recognised(item: Found, wish: Wish, store: Store, survey: Survey) -> int | None:
    """Return the number of the recognition that will do, of this very file or of one with the same contents."""
    entry, file = survey.of(item.path), _fingerprint(item)
    if wish.force or entry is None or not (entry.is_of(file) or _is_only_touched(file, store)):
        return None
    will_do = ("done", "partial") if wish.recipe.allow_partial else ("done",)
    if entry.recognition is not None and entry.status in will_do:
        return entry.recognition
    return store.adopted.with_words(file, wish.recipe.allow_partial)


def _is_only_touched(file: Fingerprint, store: Store) -> bool:
    try:
        return store.is_only_touched(file, sha256_of)
    except OSError:  # that it cannot be read is found out when it is
        return False


def _sort(
    number: int,
    file: Fingerprint,
    outputs: Mapping[str, Path],
    recognition: int | None,
    wish: Wish,
    known: _Known,
) -> Job | FileResult:
    if recognition is None and not wish.force and (error := known.given_up(file)):
        return FileResult(file.path, "failed", reason=error.code, error=error)
    heard = frozenset() if wish.force or recognition is not None else known.heard(file)
    job = Job(number, file, outputs, recognition, (), heard, recognition is None and known.before(file))
    if not any(known.folders.holds(str(path)) for path in outputs.values()):
        return job
    states = {name: _state(name, path, job, wish, known) for name, path in outputs.items()}
    foreign = [outputs[name] for name, state in states.items() if state == "foreign"]
    if foreign and not wish.overwrite:
        return FileResult(file.path, "skipped", reason="exists", outputs=tuple(foreign))
    settled = ("current",) if wish.overwrite else ("current", "edited")
    missing = {name: outputs[name] for name, state in states.items() if state not in settled}
    if not missing:
        return FileResult(file.path, "skipped", reason="done", outputs=tuple(outputs.values()))
    kept = tuple(outputs[name] for name, state in states.items() if state == "edited" and name not in missing)
    return replace(job, outputs=missing, kept=kept)


def _state(name: str, path: Path, job: Job, wish: Wish, known: _Known) -> str:
    """Return ``missing``, ``foreign``, ``edited``, ``stale`` or ``current`` for an output."""
    if not known.folders.holds(str(path)):
        return "missing"
    output = known.output_at(str(path))
    if output is None:
        return "foreign"
    if not is_there(output.file):
        return "edited"
    adopted = output.shaping == ANY_SHAPING and not wish.force
    if adopted and output.recognition == known.store.adopted.number(job.file):
        return "current"
    same = output.recognition == job.recognition and output.shaping == shaping_digest(name, wish.recipe)
    return "current" if same else "stale"
