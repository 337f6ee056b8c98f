"""What the answers would do: the run that ``--dry-run`` tells of, looked at and kept."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gigaam_cli.cli.caller import Caller
from gigaam_cli.cli.console import bars_fit, error_console, say
from gigaam_cli.cli.errors import explain, printable
from gigaam_cli.cli.menu.answers import Answers, arguments
from gigaam_cli.cli.menu.layout import place
from gigaam_cli.cli.menu.running import run
from gigaam_cli.cli.signals import SignalReceived
from gigaam_cli.cli.terminal import unseen
from gigaam_cli.core.errors import GigaamError
from gigaam_cli.core.i18n import translate as _
from gigaam_cli.core.model_errors import ModelMissingError

if TYPE_CHECKING:
    from gigaam_cli.pipeline.preview import Preview, Sums
    from gigaam_cli.pipeline.request import Request
    from gigaam_cli.pipeline.transcribe import Foreseen

_SHOWN = 5
_QUICK = 20  # so few recordings need no bar


@dataclass(frozen=True, slots=True)
class Plan:
    """A run ahead. ``looked_at`` of ``recordings`` went into ``sums``: fewer where that was interrupted."""

    request: Request
    sums: Sums
    failing: tuple[tuple[Path, GigaamError], ...]
    looked_at: int
    recordings: int
    missing: ModelMissingError | None
    """The model is not here: nothing was looked at."""
    known: bool
    """It is known what would recognise, so that it can be said what is done already."""


def look(answers: Answers) -> Plan | None:
    """Return what ``answers`` would do; None where that cannot be said, and why was told."""
    kept: list[Plan] = []

    def show(foreseen: Foreseen, preview: Preview) -> int:
        kept.append(_looked(foreseen, preview))
        return 0

    with unseen(), _told_to_wait():
        run([*arguments(answers), "--dry-run"], Caller(show))
    return kept[0] if kept else None


def tell(plan: Plan) -> None:
    """Print a plan in sums, with what would fail."""
    from gigaam_cli.cli.dry_run import rows_of

    rows = list(rows_of(plan.sums, known=plan.known))
    width = max(len(label) for label, _value in rows)
    say("")
    for label, value in rows:
        say(printable(f"{label:{width}}  {value}"))
    if plan.looked_at < plan.recordings:
        part = _("That is of {number} of {total} recordings: looking at them was interrupted.")
        say(part.format(number=plan.looked_at, total=plan.recordings))
    for path, error in plan.failing[:_SHOWN]:
        say("  " + _("would fail") + f": {place(path)}: {printable(error.message(_))} [{error.code}]")
    if len(plan.failing) > _SHOWN:
        say(_("  ... and {number} more").format(number=len(plan.failing) - _SHOWN))
    for problem in plan.sums.problems:
        say(f"{explain(problem)} [{problem.code}]")


def _looked(foreseen: Foreseen, preview: Preview) -> Plan:
    prepared = foreseen.prepared
    missing = next((error for error in foreseen.problems if isinstance(error, ModelMissingError)), None)
    failing = [(result.path, result.error) for result in prepared.plan.results if result.error]
    looked_at = 0
    with _bar(len(prepared.plan.jobs)) as advance:
        try:
            for ahead in preview if missing is None else ():
                looked_at += 1
                advance()
                failing += [(ahead.job.file.path, ahead.error)] if ahead.error else []
        except SignalReceived as error:  # what was seen until then is worth showing
            if error.reason != "interrupted":
                raise
    return Plan(
        request=prepared.request,
        sums=preview.sums(),
        failing=tuple(failing),
        looked_at=looked_at,
        recordings=len(prepared.plan.jobs),
        missing=missing,
        known=prepared.choice is not None,
    )


@contextmanager
def _told_to_wait() -> Iterator[None]:
    """Say what goes on until there is more to be shown, on a line that the next one takes the place of."""
    if not bars_fit():
        yield
        return
    _draw(_("looking at recordings ...") + "\r")
    try:
        yield
    finally:
        _draw("\x1b[K")


def _draw(text: str) -> None:
    with suppress(OSError, ValueError):
        sys.stderr.write(text)
        sys.stderr.flush()


@contextmanager
def _bar(total: int) -> Iterator[Callable[[], object]]:
    """Show how many recordings were looked at, where they are many and something can be drawn."""
    if total <= _QUICK or not bars_fit():
        yield lambda: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    words = TextColumn(_("looking at recordings; Ctrl-C: enough"), markup=False)
    with Progress(
        words, BarColumn(bar_width=None), MofNCompleteColumn(), console=error_console(), transient=True
    ) as bars:
        task = bars.add_task("", total=total)
        yield lambda: bars.advance(task)
