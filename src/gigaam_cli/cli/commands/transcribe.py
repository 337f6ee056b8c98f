"""``gigaam transcribe``: the main job."""

from __future__ import annotations

from typing import Any

import click

from gigaam_cli.cli.interactive import Remembering, begin_with, interactive_option, is_wanted
from gigaam_cli.cli.options import (
    behaviour_options,
    examples,
    input_options,
    limit_options,
    output_options,
    recognition_options,
    segment_options,
)
from gigaam_cli.core.i18n import translate as _


@click.command(
    cls=Remembering,
    help=_(
        "Transcribe files and folders; - is one recording on stdin.\n\n"
        "Each recording gets its texts beside it (or below -o FOLDER). What is done already is not done again."
    ),
    short_help=_("Transcribe files and folders."),
    epilog=examples(
        "gigaam transcribe talk.mp3",
        "gigaam transcribe recordings -o texts -F txt,srt",
        "gigaam transcribe recordings --dry-run",
        "cat talk.ogg | gigaam transcribe - > talk.txt",
    ),
    options_metavar=_("[OPTIONS]"),
)
@input_options
@output_options
@recognition_options
@segment_options
@limit_options
@behaviour_options
@interactive_option
def transcribe(**flags: Any) -> int:
    """Run the command and return its exit code."""
    context = click.get_current_context()
    if is_wanted(context):
        return begin_with(context)

    from gigaam_cli.cli.console import may_ask
    from gigaam_cli.cli.inputs import gathered
    from gigaam_cli.cli.logs import configure
    from gigaam_cli.cli.requests import make_request
    from gigaam_cli.cli.session import Manner, carry_out
    from gigaam_cli.cli.signals import Signals

    configure(flags["verbose"])
    unasked = flags["offline"] or flags["dry_run"] or flags["quiet"] or flags["progress"] == "json"
    ask = may_ask(flags["non_interactive"] or unasked)
    manner = Manner(
        flags["progress"],
        flags["quiet"],
        flags["as_json"],
        flags["dry_run"],
        flags["report"],
        ask,
        keys=not flags["non_interactive"],
    )
    with Signals(), gathered(flags) as inputs:
        request = make_request(flags, inputs.paths, to_stdout=_to_stdout(flags, inputs.stdin))
        return carry_out(request, manner, remember=not inputs.stdin)


def _to_stdout(flags: dict[str, Any], stdin: bool) -> bool:
    output = flags["output"]
    wanted = str(output) == "-" or (output is None and stdin)
    if wanted and (flags["as_json"] or flags["dry_run"]):
        raise click.UsageError(_("--json and --dry-run need stdout for themselves; name a folder with -o"))
    return wanted
