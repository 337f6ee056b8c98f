"""A run as the command line shows it: signals, progress, summary, exit code."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from gigaam_cli.cli.caller import caller
from gigaam_cli.cli.errors import exit_code, tell
from gigaam_cli.cli.journal import journal
from gigaam_cli.cli.naming import Below
from gigaam_cli.cli.progress import json_error, progress, seated, teller
from gigaam_cli.cli.report import code_of, show_json, show_summary
from gigaam_cli.cli.signals import Signals
from gigaam_cli.core.errors import GigaamError, OutputExistsError
from gigaam_cli.core.events import Event, Observer
from gigaam_cli.core.model_errors import ModelMissingError
from gigaam_cli.core.paths import state_folder
from gigaam_cli.media.process import kill_all
from gigaam_cli.pipeline import transcribe
from gigaam_cli.pipeline.control import Control
from gigaam_cli.pipeline.export import Export, export
from gigaam_cli.pipeline.jobs import BatchReport
from gigaam_cli.pipeline.request import Request
from gigaam_cli.store.store import Store


@dataclass(frozen=True, slots=True)
class Manner:
    """How a run is shown."""

    progress: str = "auto"
    quiet: bool = False
    as_json: bool = False
    dry_run: bool = False
    report: Path | None = None
    """Where lines of JSON go that say what became of each input."""
    may_ask: bool = False
    """Somebody is there who can be asked whether to fetch a model."""
    keys: bool = False
    """Keys may be read from the terminal while bars are drawn on it."""


def carry_out(request: Request, manner: Manner, remember: bool = True) -> int:
    """Do ``request`` and return the exit code; ``remember`` says that the state store is to know of it."""
    control = Control()
    if manner.dry_run:
        return _told(lambda: _foresee(request, manner, remember), manner, control)
    return _shown(lambda: _run(request, manner, remember, control), manner, control)


def carry_out_export(wanted: Export, manner: Manner) -> int:
    """Write what is wanted of what was recognised, and return the exit code."""
    control = Control()
    return _shown(lambda: _export(wanted, manner, control), manner, control)


def _shown(work: Callable[[], BatchReport], manner: Manner, control: Control) -> int:
    """Do ``work``, show what came of it, and return the exit code."""

    def shown() -> int:
        report = work()
        if (within := caller()) is not None:
            within.report = report
        _show(report, manner)
        return code_of(report)

    return _told(shown, manner, control)


def _told(work: Callable[[], int], manner: Manner, control: Control) -> int:
    """Return the exit code of ``work``; what ends it is told as programs expect it where they listen."""
    with Signals(control):
        try:
            return work()
        except GigaamError as error:
            if manner.progress != "json":
                raise
            json_error(error)
            return exit_code(error)


def _foresee(request: Request, manner: Manner, remember: bool) -> int:
    """Show what a run would meet, and change nothing; return its exit code."""
    from gigaam_cli.cli.dry_run import show
    from gigaam_cli.pipeline.preview import Preview

    folder = state_folder()
    store = Store.open_to_read(folder) if remember else Store.in_memory()
    try:
        foreseen = transcribe.foresee(request, store)
    finally:
        store.close()
    if not remember:
        _refuse_to_skip(foreseen.prepared)
    preview = Preview(foreseen, folder if remember else None, foreseen.speed)
    within = caller()
    try:
        if within is not None and within.show is not None:
            return within.show(foreseen, preview)
        return show(foreseen, preview, as_json=manner.as_json, events=manner.progress == "json")
    finally:
        kill_all()  # where it was interrupted, FFmpegs are at work


def _export(wanted: Export, manner: Manner, control: Control) -> BatchReport:
    store = Store.open(state_folder(), teller(manner.progress, manner.quiet))
    try:
        with progress(manner.progress, manner.quiet, naming=Below(wanted.below)) as observer:
            return export(wanted, store, observer, control)
    finally:
        store.close()


def _run(request: Request, manner: Manner, remember: bool, control: Control) -> BatchReport:
    """Run."""
    tell = teller(manner.progress, manner.quiet)
    store = Store.open(state_folder(), tell) if remember else Store.in_memory()
    try:
        prepared = _prepared(request, store, manner)
        if not remember:
            _refuse_to_skip(prepared)
        with (
            journal(manner.report) as book,
            seated(manner.progress, manner.quiet, control, manner.keys) as seat,
            progress(manner.progress, manner.quiet, seat, Below(request.inputs)) as observer,
        ):
            if book is None:
                return transcribe.carry_out(prepared, store, observer, control)
            return book.finish(transcribe.carry_out(prepared, store, _both(observer, book), control))
    finally:
        store.close()
        kill_all()  # a reader that hangs would leave its FFmpeg behind


def _both(one: Observer, other: Observer) -> Observer:
    def tell_both(event: Event) -> None:
        one(event)
        other(event)

    return tell_both


def _prepared(request: Request, store: Store, manner: Manner) -> transcribe.Prepared:
    """Prepare the run; where its model is missing and somebody is there to say yes, fetch it first."""
    prepare = partial(transcribe.prepare, request, store, teller(manner.progress, manner.quiet))
    try:
        return prepare()
    except ModelMissingError as error:
        if not manner.may_ask:
            raise
        from gigaam_cli.cli.fetching import offered

        if not offered(error, manner.progress, manner.quiet):
            raise
    return prepare()


def _refuse_to_skip(prepared: transcribe.Prepared) -> None:
    """What comes on stdin comes once: a text in its way is an error, not something for the next run."""
    for result in prepared.plan.results:
        if result.reason == "exists":
            raise OutputExistsError(path=result.outputs[0])


def _show(report: BatchReport, manner: Manner) -> None:
    if manner.as_json:
        show_json(report)
    if manner.progress == "json":
        if report.fatal:
            json_error(report.fatal)
        return
    if not manner.quiet:
        with contextlib.suppress(OSError):  # such as a log on a full disk: the work itself is done
            show_summary(report, told=manner.progress != "none")
    if report.fatal:
        tell(report.fatal)
