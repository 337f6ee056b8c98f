"""``gigaam watch``: transcribes what arrives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from gigaam_cli.cli.options import (
    attending_options,
    examples,
    option,
    output_options,
    reading_options,
    recognition_options,
    segment_options,
    together,
    watched_options,
)
from gigaam_cli.core.i18n import translate as _

_looking_options = together(
    option(
        "--poll",
        type=click.FloatRange(min=0.1),
        metavar=_("SECONDS"),
        help=_("Look for changes that often, rather than be told of them: for network disks."),
    ),
    option(
        "--rescan",
        type=click.FloatRange(min=1),
        default=600.0,
        metavar=_("SECONDS"),
        help=_("Look at all folders again that often, whatever was told of them."),
    ),
    title=_("Watching"),
)
_finished_options = together(
    option(
        "--move-to",
        type=click.Path(file_okay=False, path_type=Path),
        metavar=_("FOLDER"),
        help=_("Move a recording there when all its texts are written."),
    ),
    option("--delete-source", is_flag=True, help=_("Delete a recording when all its texts are written.")),
    title=_("Watching"),
)


@click.command(
    help=_(
        "Stay and transcribe what is in folders and what arrives there.\n\n"
        "A file is taken when it has stopped growing. Ctrl-C ends the watch; what is finished is kept."
    ),
    short_help=_("Transcribe what arrives in folders."),
    epilog=examples(
        "gigaam watch inbox -o texts",
        "gigaam watch inbox --move-to archive",
    ),
    options_metavar=_("[OPTIONS]"),
)
@watched_options
@_looking_options
@output_options
@_finished_options
@recognition_options
@segment_options
@reading_options
@attending_options
def watch(folders: tuple[Path, ...], **flags: Any) -> int:
    """Run the command and return its exit code."""
    from gigaam_cli.cli.console import may_ask
    from gigaam_cli.cli.logs import configure
    from gigaam_cli.cli.requests import make_watch
    from gigaam_cli.cli.watching import Attendance, attend

    wanted = make_watch(flags, folders)
    configure(flags["verbose"])
    unasked = flags["offline"] or flags["quiet"] or flags["progress"] == "json"
    return attend(
        wanted,
        Attendance(
            flags["progress"],
            flags["quiet"],
            flags["verbose"] > 0,
            flags["report"],
            may_ask(flags["non_interactive"] or unasked),
            flags["poll"],
            keys=not flags["non_interactive"],
        ),
    )
