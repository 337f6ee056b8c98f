"""``gigaam models``: list, pull, verify and remove the models on this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from gigaam_cli.cli import completion
from gigaam_cli.cli.options import (
    HELP_NAMES,
    ONE_RUN,
    language_option,
    option,
    profile_option,
    progress_option,
    quiet_option,
)
from gigaam_cli.core.i18n import translate as _

if TYPE_CHECKING:
    from gigaam_cli.engines.inventory import Holding


@click.group(
    help=_("The models on this machine: list, fetch, check and remove them."),
    short_help=_("List, fetch, check and remove models."),
    context_settings={"help_option_names": HELP_NAMES},
    options_metavar=_("[OPTIONS]"),
    subcommand_metavar=_("COMMAND [ARGS]..."),
)
@language_option
def models(lang: str | None) -> None:
    """Group the commands."""


@models.command(
    "list",
    help=_("List all models that gigaam knows, and which of them are here."),
    options_metavar=_("[OPTIONS]"),
)
@option("--json", "as_json", is_flag=True, envvar="GIGAAM_JSON", help=_("Print the list as JSON on stdout."))
@language_option
def list_models(as_json: bool, lang: str | None) -> int:  # noqa: ARG001 - read before click, see main
    """Run the command and return its exit code."""
    from gigaam_cli.engines.inventory import holdings

    if as_json:
        click.echo(json.dumps({"schema": 1, "models": [_as_json(item) for item in holdings()]}, indent=1))
    else:
        click.echo("\n".join(_table(holdings())))
    return 0


@models.command(
    help=_(
        "Fetch a model from the Hugging Face hub.\n\n"
        "HF_ENDPOINT names a mirror, HF_TOKEN a token, HTTPS_PROXY a proxy. A fetch that was cut short goes on "
        "where it ended; sizes and checksums are compared before the model is put in its place."
    ),
    short_help=_("Fetch a model."),
    options_metavar=_("[OPTIONS]"),
)
@click.argument("name", metavar=_("MODEL"), shell_complete=completion.catalog)
@option(
    "--precision",
    type=click.Choice(["auto", "fp32", "fp16", "int8"]),
    default="auto",
    help=_("Which of its files, where there are several (auto: fp32)."),
)
@option(
    "--again", is_flag=True, once=ONE_RUN, help=_("Ask the hub for newer files even if the model is here.")
)
@option("--offline", is_flag=True, help=_("Use no network: only say whether the model is here."))
@progress_option
@quiet_option
@profile_option
@language_option
def pull(name: str, **flags: Any) -> int:
    """Run the command and return its exit code."""
    from gigaam_cli.cli.console import say
    from gigaam_cli.cli.fetching import Wanted, pull_model
    from gigaam_cli.cli.signals import Signals
    from gigaam_cli.engines.catalog import DEMO_MODELS

    if name in DEMO_MODELS:
        if not flags["quiet"] and flags["progress"] != "json":
            say(_("{model} comes with gigaam: there is nothing to fetch").format(model=name))
        return 0
    with Signals():
        wanted = Wanted(name, flags["precision"], flags["offline"], flags["again"])
        return pull_model(wanted, flags["progress"], flags["quiet"])


@models.command(
    help=_(
        "Read all files of models and compare them with what was installed; without names, of all models."
    ),
    short_help=_("Check models byte for byte."),
    options_metavar=_("[OPTIONS]"),
)
@click.argument("names", nargs=-1, metavar=_("[MODEL...]"), shell_complete=completion.installed)
@language_option
def verify(names: tuple[str, ...], lang: str | None) -> int:  # noqa: ARG001 - read before click, see main
    """Run the command and return its exit code."""
    from gigaam_cli.cli.errors import ENVIRONMENT, OK
    from gigaam_cli.engines.inventory import holdings, present

    chosen = [present(name) for name in names] or [
        item for item in holdings() if item.source and (item.precisions or item.recorded)
    ]
    damaged = False
    for item in chosen:
        for row, whole in _verified(item):
            damaged |= not whole
            click.echo(row)
    return ENVIRONMENT if damaged else OK


@models.command(
    help=_("Remove a model's files from this machine."),
    short_help=_("Remove a model."),
    options_metavar=_("[OPTIONS]"),
)
@click.argument("name", metavar=_("MODEL"), shell_complete=completion.installed)
@option("-n", "--non-interactive", is_flag=True, help=_("Never ask."))
@language_option
def remove(name: str, non_interactive: bool, lang: str | None) -> int:  # noqa: ARG001 - read before click
    """Run the command and return its exit code."""
    from gigaam_cli.cli.console import may_ask, say
    from gigaam_cli.cli.fetching import Lines, size_text
    from gigaam_cli.engines import inventory
    from gigaam_cli.engines.catalog import DEMO_MODELS

    if name in DEMO_MODELS:
        raise click.UsageError(_("{model} comes with gigaam and stays").format(model=name))
    there = inventory.present(name)
    question = _("Remove {folder} ({size})?").format(folder=there.folder, size=size_text(there.size))
    if may_ask(non_interactive) and not click.confirm(question, err=True):
        return 0
    inventory.remove(name, Lines())
    say(_("removed {model}: {size}").format(model=name, size=size_text(there.size)))
    return 0


def _verified(item: Holding) -> Iterator[tuple[str, bool]]:
    """Yield a row for each file of a model, and whether it is whole."""
    from gigaam_cli.engines import inventory

    if item.precisions and not item.recorded:
        nothing = _("not installed by gigaam models pull: nothing to compare with")
        yield f"{item.name}\t{nothing}", True
        return
    for file, problem in inventory.verify(item):
        state = _(problem) if problem else _("whole")
        yield f"{item.name}\t{file}\t{state}", problem is None


def _table(items: Iterator[Holding]) -> Iterator[str]:
    from gigaam_cli.cli.fetching import size_text

    rows = [(_("MODEL"), _("HERE"), _("SIZE"), _("WHAT"))]
    for item in items:
        here = ", ".join((*item.precisions, *(f"{one}*" for one in item.rewritten))) or "-"
        size = size_text(item.size) if item.precisions else "-"
        rows.append((item.name, here, size, _what(item)))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        yield "  ".join((*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]))
    if any("*" in row[1] for row in rows):
        yield _("* rewritten for this machine")


def _what(item: Holding) -> str:
    from gigaam_cli.engines.catalog import DEFAULT_MODEL, about

    default = _(" (default)") if item.name == DEFAULT_MODEL else ""
    return _(about(item.name)) + default


def _as_json(item: Holding) -> dict[str, object]:
    return {
        "name": item.name,
        "folder": str(item.folder),
        "precisions": list(item.precisions),
        "rewritten": list(item.rewritten),
        "size": item.size,
        "recorded": item.recorded,
        "licence": item.licence,
        "source": item.source,
    }
