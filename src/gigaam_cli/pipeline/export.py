"""Texts from the store, without audio or model: other formats, or another folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from gigaam_cli.core.errors import NothingKnownError
from gigaam_cli.core.events import Observer, nobody
from gigaam_cli.media.discover import Found
from gigaam_cli.pipeline.control import Control
from gigaam_cli.pipeline.folders import check_folders
from gigaam_cli.pipeline.jobs import BatchReport, FileResult, Recipe
from gigaam_cli.pipeline.outcomes import Sink
from gigaam_cli.pipeline.overview import chosen, place_of
from gigaam_cli.pipeline.plan import Plan, Wish, plan_known, review
from gigaam_cli.pipeline.run import Setting, run
from gigaam_cli.pipeline.sinks import FolderSink
from gigaam_cli.pipeline.template import Template
from gigaam_cli.store.store import Store
from gigaam_cli.store.values import Known

_RECOGNISED = ("done", "partial")


@dataclass(frozen=True, slots=True)
class Export:
    """What is wanted: of recordings that are or lie below ``below``, of all where it is empty."""

    below: tuple[Path, ...] = ()
    recipe: Recipe = field(default_factory=Recipe)
    output: Path | None = None
    template: Template | None = None
    overwrite: bool = False
    sink: Callable[[Plan], Sink] | None = None


def plan_export(wanted: Export, store: Store) -> Plan:
    """Decide what is to be written; changes nothing.

    Raises:
        NothingKnownError: nothing of what was named was ever recognised.
    """
    wish = _wish(wanted)
    found = list(chosen(store, wanted.below))
    if not found:
        raise NothingKnownError(where=", ".join(map(str, wanted.below)) or store.place)
    ready = [(_found(one, wanted), one.recognition) for one in found if one.status in _RECOGNISED]
    others = [
        FileResult(one.file.path, "skipped", reason="not_recognised")
        for one in found
        if one.status not in _RECOGNISED
    ]
    plan = plan_known(ready, wish, store)
    return Plan(plan.jobs, (*plan.results, *others))


def export(
    wanted: Export, store: Store, observer: Observer = nobody, control: Control | None = None
) -> BatchReport:
    """Write what is wanted.

    Raises:
        NothingKnownError: nothing of what was named was ever recognised.
        OutputError: an output folder cannot be written to; nothing was done.
    """
    plan = plan_export(wanted, store)
    check_folders(plan)
    again = partial(review, wish=_wish(wanted), store=store)
    sink = wanted.sink(plan) if wanted.sink else FolderSink(store, wanted.recipe, wanted.overwrite)
    setting = Setting(store, sink, wanted.recipe, "", load=list, observer=observer, review=again)
    return run(plan, setting, control)


def _wish(wanted: Export) -> Wish:
    return Wish(
        wanted.recipe, "", wanted.output, wanted.sink is not None, wanted.overwrite, template=wanted.template
    )


def _found(known: Known, wanted: Export) -> Found:
    """Return a recording as if it had been found: its texts lie as they would."""
    path = known.file.path
    place = place_of(path, wanted.below)
    root = path.parent if place in (None, path) else place
    assert root is not None  # noqa: S101 - one of the two
    return Found(path, root, known.file.size, known.file.mtime_ns)
