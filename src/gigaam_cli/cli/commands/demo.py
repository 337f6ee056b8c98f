"""``gigaam demo``: the bundled recordings through the bundled model, offline, right after the install."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gigaam_cli.cli.options import language_option
from gigaam_cli.core.i18n import translate as _

if TYPE_CHECKING:
    from gigaam_cli.core.values import Transcript
    from gigaam_cli.pipeline.jobs import Job


@click.command(
    help=_(
        "Transcribe the bundled recordings with the bundled model, without network.\n\n"
        "The model is a small demonstration: it knows a few voices and is no substitute for the real models."
    ),
    short_help=_("Transcribe the bundled recordings, offline."),
    options_metavar=_("[OPTIONS]"),
)
@language_option
def demo(lang: str | None) -> int:  # noqa: ARG001 - read before click, see main
    """Run the command and return its exit code."""
    from gigaam_cli.cli.console import make_streams_safe
    from gigaam_cli.cli.session import Manner, carry_out
    from gigaam_cli.core.paths import demo_folder
    from gigaam_cli.engines.catalog import DEMO_MODEL
    from gigaam_cli.pipeline.transcribe import Request

    make_streams_safe()
    request = Request(
        inputs=(demo_folder() / "recordings",), model=DEMO_MODEL, device="cpu", sink=lambda _plan: _Printer()
    )
    click.echo(_("A small demonstration model speaks here; it is no substitute for the real ones."), err=True)
    return carry_out(request, Manner(), remember=False)


class _Printer:
    """Prints each transcript with its recording's name."""

    def deliver(self, job: Job, recognition: int, transcript: Transcript) -> tuple[Path, ...]:  # noqa: ARG002
        from gigaam_cli.writers.base import Shaping
        from gigaam_cli.writers.registry import writer

        text = writer("timecodes").render(transcript, Shaping())
        click.echo(f"{job.file.path.name}\n{text}")
        return ()

    def nothing_of(self, job: Job) -> None:
        """Print nothing."""
