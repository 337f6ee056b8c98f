"""A run as the command line shows it: signals, progress, summary, exit code."""

from __future__ import annotations

from dataclasses import dataclass

import click

from gigaam_cli.cli.errors import OK, printable
from gigaam_cli.cli.progress import progress, reason
from gigaam_cli.cli.report import code_of, show_json, show_summary
from gigaam_cli.cli.signals import Signals
from gigaam_cli.core.i18n import translate as _
from gigaam_cli.core.paths import state_folder
from gigaam_cli.pipeline import transcribe
from gigaam_cli.pipeline.jobs import BatchReport
from gigaam_cli.pipeline.run import Control
from gigaam_cli.store.store import Store


@dataclass(frozen=True, slots=True)
class Manner:
    """How a run is shown."""

    progress: str = "auto"
    quiet: bool = False
    as_json: bool = False
    dry_run: bool = False


def carry_out(request: transcribe.Request, manner: Manner, remember: bool = True) -> int:
    """Do ``request`` and return the exit code; ``remember`` says that the state store is to know of it."""
    control = Control()
    with Signals(control):
        store = Store.open(state_folder()) if remember else Store.in_memory()
        try:
            prepared = transcribe.prepare(request, store)
            if manner.dry_run:
                _show_plan(prepared)
                return OK
            with progress(manner.progress, manner.quiet) as observer:
                report = transcribe.carry_out(prepared, store, observer, control)
        finally:
            store.close()
        _show(report, manner)
        return code_of(report)


def _show(report: BatchReport, manner: Manner) -> None:
    if manner.as_json:
        show_json(report)
    failed = report.of_status("failed") or report.fatal
    if failed or not (manner.quiet or manner.progress == "json"):
        show_summary(report)


def _show_plan(prepared: transcribe.Prepared) -> None:
    """Print what would be done, a line an input."""
    plan = prepared.plan
    for job in plan.jobs:
        outputs = ", ".join(str(path) for path in job.outputs.values())
        verb = _("transcribe") if job.recognition is None else _("write")
        click.echo(printable(f"{verb}\t{job.file.path}\t{outputs}"))
    for result in plan.results:
        why = str(result.error) if result.error else reason(result.reason, "...")
        word = _("failed") if result.error else _("skip")
        click.echo(printable(f"{word}\t{result.path}\t{why}"))
