"""Commands that are run from within the program: what their caller wants beside the exit code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from gigaam_cli.pipeline.jobs import BatchReport
    from gigaam_cli.pipeline.preview import Preview
    from gigaam_cli.pipeline.transcribe import Foreseen


@dataclass(slots=True)
class Caller:
    """Whoever runs a command with ``obj=Caller(...)``; ``show`` takes the place of what ``--dry-run`` prints."""

    show: Callable[[Foreseen, Preview], int] | None = None
    report: BatchReport | None = None
    """What became of the run, once it is over."""


def caller() -> Caller | None:
    """Return who runs the command from within the program, None where a shell does."""
    context = click.get_current_context(silent=True)
    return context.find_object(Caller) if context else None
