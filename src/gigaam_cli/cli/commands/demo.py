"""``gigaam demo``: the bundled recordings through the bundled model, offline, right after the install."""

from __future__ import annotations

import click

from gigaam_cli.cli.options import language_option
from gigaam_cli.core.i18n import translate as _


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
    from gigaam_cli.cli.console import text_output
    from gigaam_cli.cli.session import Manner, carry_out
    from gigaam_cli.core.paths import demo_folder
    from gigaam_cli.engines.catalog import DEMO_MODEL
    from gigaam_cli.pipeline.jobs import Recipe
    from gigaam_cli.pipeline.plan import Plan
    from gigaam_cli.pipeline.request import Request
    from gigaam_cli.pipeline.sinks import StreamSink

    recipe = Recipe(formats=("timecodes",))

    def printer(plan: Plan) -> StreamSink:
        return StreamSink(text_output(), recipe, [job.number for job in plan.jobs], headings=True)

    click.echo(_("A small demonstration model speaks here; it is no substitute for the real ones."), err=True)
    recordings = demo_folder() / "recordings"
    request = Request((recordings,), recipe=recipe, model=DEMO_MODEL, device="cpu", sink=printer)
    return carry_out(request, Manner(), remember=False)
