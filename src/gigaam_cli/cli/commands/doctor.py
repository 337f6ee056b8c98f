"""``gigaam doctor``: what works on this machine, and what mends the rest."""

from __future__ import annotations

import click

from gigaam_cli.cli.options import json_option, language_option, model_option, option, profile_option
from gigaam_cli.core.i18n import translate as _


@click.command(
    help=_(
        "Look what works on this machine and tell what mends the rest: programs, libraries, devices, models, "
        "disks, network, state store, terminal, and a second of real recognition on each device.\n\n"
        "The exit code is 4 where something failed that every recording needs, else 0. Nothing is mended here."
    ),
    short_help=_("Look what works here, and what mends the rest."),
    options_metavar=_("[OPTIONS]"),
)
@model_option
@option("--offline", is_flag=True, help=_("Use no network: do not ask the model hub."))
@json_option
@profile_option
@language_option
@click.pass_context
def doctor(context: click.Context, model: str, offline: bool, as_json: bool, lang: str | None) -> int:  # noqa: ARG001 - read before click, see main
    """Run the command and return its exit code."""
    from click.core import ParameterSource

    from gigaam_cli.cli.checks import carry_out
    from gigaam_cli.cli.signals import Signals
    from gigaam_cli.pipeline.doctor.models import WantedModel

    source = context.get_parameter_source("model")
    wanted = WantedModel(model, named=source is not ParameterSource.DEFAULT)
    with Signals():
        return carry_out(wanted, offline=offline, as_json=as_json)
