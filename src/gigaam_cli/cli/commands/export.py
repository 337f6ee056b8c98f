"""``gigaam export``: other formats from what was recognised, without audio or model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from gigaam_cli.cli.options import (
    language_option,
    output_options,
    paths_argument,
    profile_option,
    progress_option,
    quiet_option,
)
from gigaam_cli.core.i18n import translate as _


@click.command(
    help=_(
        "Write texts of what was recognised, without recordings or models: of recordings that are or lay below a "
        "PATH, or of all that gigaam knows."
    ),
    short_help=_("Write texts of what was recognised."),
    options_metavar=_("[OPTIONS]"),
)
@paths_argument
@output_options
@progress_option
@quiet_option
@profile_option
@language_option
def export(paths: tuple[Path, ...], **flags: Any) -> int:
    """Run the command and return its exit code."""
    from gigaam_cli.cli.requests import make_export
    from gigaam_cli.cli.session import Manner, carry_out_export

    return carry_out_export(make_export(flags, paths), Manner(flags["progress"], flags["quiet"]))
