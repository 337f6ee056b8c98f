"""What is to be done: every input is sorted into work, done already, in the way, or refused, before any work."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gigaam_cli.core.errors import OutputError
from gigaam_cli.core.files import sha256_of
from gigaam_cli.core.i18n import mark as _
from gigaam_cli.media.discover import Found, Refused, Skipped
from gigaam_cli.pipeline.jobs import FileResult, Job, Recipe
from gigaam_cli.pipeline.names import Recording, assign_names, output_folder
from gigaam_cli.store.digest import digest
from gigaam_cli.store.store import Store
from gigaam_cli.store.values import Fingerprint, is_there
from gigaam_cli.writers.registry import writer


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user asked for, beside the recipe. ``digest`` identifies model and recognition options."""

    recipe: Recipe
    digest: str
    output: Path | None = None
    to_stdout: bool = False
    overwrite: bool = False
    force: bool = False


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
    plan = plan_known([(item, _recognised(item, wish, store)) for item in found], wish, store)
    return Plan(plan.jobs, (*results, *plan.results))


def plan_known(found: Sequence[tuple[Found, int | None]], wish: Wish, store: Store) -> Plan:
    """Decide what becomes of recordings whose recognitions, if there are any, are looked up already."""
    names = {} if wish.to_stdout else _names([item for item, _recognition in found], wish, store)
    jobs: list[Job] = []
    results: list[FileResult] = []
    for number, (item, recognition) in enumerate(found):
        job = _sort(_fingerprint(item), names.get(item.path, {}), recognition, wish, store)
        if isinstance(job, Job):
            jobs.append(replace(job, number=number))
        else:
            results.append(job)
    return Plan(tuple(jobs), tuple(results))


def check_folders(plan: Plan) -> None:
    """Look whether every output folder can be written to, before any work.

    Raises:
        OutputError: one cannot.
    """
    for folder in sorted({output.parent for job in plan.jobs for output in job.outputs.values()}):
        there = folder
        try:
            while not there.exists() and there.parent != there:
                there = there.parent
            usable = there.is_dir()
        except OSError as error:
            raise OutputError(path=folder, detail=error.strerror or str(error)) from error
        if not usable:
            raise OutputError(path=there, detail=_("it is not a folder"))
        if not os.access(there, os.W_OK | os.X_OK):
            raise OutputError(path=folder, detail=_("no permission to write there"))


def shaping_digest(name: str, recipe: Recipe) -> str:
    """Return what identifies how a format is written, apart from what was said."""
    return digest({"format": name, "shaping": recipe.shaping})


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


def _names(found: list[Found], wish: Wish, store: Store) -> dict[Path, dict[str, Path]]:
    suffixes = {name: writer(name).suffix for name in wish.recipe.formats}
    recordings = [Recording(item.path, output_folder(item.path, item.root, wish.output)) for item in found]

    def taken(output: Path, recording: Path) -> bool:
        known = store.outputs.at(output)
        return known is not None and known.recording != recording and output.exists()

    return assign_names(recordings, suffixes, store.outputs.of, taken)


def _fingerprint(item: Found) -> Fingerprint:
    return Fingerprint(item.path, item.size, item.mtime_ns)


def _recognised(item: Found, wish: Wish, store: Store) -> int | None:
    if wish.force:
        return None
    file = _fingerprint(item)
    number = store.recognised(file, wish.digest, partial=wish.recipe.allow_partial)
    if number is None and _is_only_touched(file, store):
        return store.recognised(file, wish.digest, partial=wish.recipe.allow_partial)
    return number


def _is_only_touched(file: Fingerprint, store: Store) -> bool:
    try:
        return store.is_only_touched(file, sha256_of)
    except OSError:  # that it cannot be read is found out when it is
        return False


def _sort(
    file: Fingerprint, outputs: Mapping[str, Path], recognition: int | None, wish: Wish, store: Store
) -> Job | FileResult:
    if wish.to_stdout:
        return Job(0, file, {}, recognition, heard=_heard(file, recognition, wish, store))
    states = {name: _state(name, path, recognition, wish, store) for name, path in outputs.items()}
    foreign = [outputs[name] for name, state in states.items() if state == "foreign"]
    if foreign and not wish.overwrite:
        return FileResult(file.path, "skipped", reason="exists", outputs=tuple(foreign))
    settled = ("current",) if wish.overwrite else ("current", "edited")
    missing = {name: outputs[name] for name, state in states.items() if state not in settled}
    if not missing:
        return FileResult(file.path, "skipped", reason="done", outputs=tuple(outputs.values()))
    kept = tuple(outputs[name] for name, state in states.items() if state == "edited" and name not in missing)
    return Job(0, file, missing, recognition, kept, _heard(file, recognition, wish, store))


def _heard(
    file: Fingerprint, recognition: int | None, wish: Wish, store: Store
) -> frozenset[tuple[float, float]]:
    return frozenset() if wish.force or recognition is not None else store.heard(file, wish.digest)


def _state(name: str, path: Path, recognition: int | None, wish: Wish, store: Store) -> str:
    """Return ``missing``, ``foreign``, ``edited``, ``stale`` or ``current`` for an output."""
    try:
        if not path.exists():
            return "missing"
    except OSError:  # the folder cannot be looked into: found out before work starts
        return "missing"
    known = store.outputs.at(path)
    if known is None:
        return "foreign"
    if not is_there(known.file):
        return "edited"
    same = known.recognition == recognition and known.shaping == shaping_digest(name, wish.recipe)
    return "current" if same else "stale"
