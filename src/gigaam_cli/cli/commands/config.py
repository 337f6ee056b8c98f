"""``gigaam config``: the settings, where each came from, and how to change them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

import click

from gigaam_cli.cli import completion
from gigaam_cli.cli.options import HELP_NAMES, json_option, language_option, option
from gigaam_cli.core.i18n import translate as _

if TYPE_CHECKING:
    from gigaam_cli.cli.settings_shown import Standing
    from gigaam_cli.core.settings import Document

_COMMENT_COLUMN = 36
_key = click.argument("key", metavar=_("SETTING"), shell_complete=completion.keys)
_profile = {
    "metavar": _("NAME"),
    "shell_complete": completion.profiles,
}


@click.group(
    help=_(
        "The settings of this user: a file with values for long options. What the command line and the environment "
        "say comes before it."
    ),
    short_help=_("Show and change settings."),
    context_settings={"help_option_names": HELP_NAMES},
    options_metavar=_("[OPTIONS]"),
    subcommand_metavar=_("COMMAND [ARGS]..."),
)
@language_option
def config(lang: str | None) -> None:
    """Group the commands."""


@config.command(
    help=_("Show every setting, its value and where that comes from, as the settings file would say it."),
    short_help=_("Show all settings and where they come from."),
    options_metavar=_("[OPTIONS]"),
)
@option("--profile", **_profile, help=_("Show the settings that this profile gives."))
@json_option
@language_option
def show(profile: str | None, as_json: bool, lang: str | None) -> int:  # noqa: ARG001 - read before click
    """Run the command and return its exit code."""
    from gigaam_cli.cli.settings import checked
    from gigaam_cli.cli.settings_shown import standings

    document = checked()
    found = list(standings(document, profile))
    if as_json:
        values = _as_json(document, profile, found)
        click.echo(json.dumps(values, ensure_ascii=True, indent=1, default=str))
    else:
        click.echo("\n".join(_lines(document, found)))
    return 0


@config.command(
    help=_("Print the path of the settings file, whether it is there or not."),
    options_metavar=_("[OPTIONS]"),
)
@language_option
def path(lang: str | None) -> int:  # noqa: ARG001 - read before click, see main
    """Run the command and return its exit code."""
    from gigaam_cli.core.paths import settings_file

    click.echo(os.fspath(settings_file()))
    return 0


@config.command(
    "set",
    help=_(
        "Write a setting into the settings file, or into a profile there, which is made where it is not.\n\n"
        "What is in the file already stays as it is, with its comments. A list takes several values."
    ),
    short_help=_("Change a setting."),
    options_metavar=_("[OPTIONS]"),
)
@_key
@click.argument("values", nargs=-1, required=True, metavar=_("VALUE..."), shell_complete=completion.values)
@option("--profile", **_profile, envvar=None, help=_("Change the profile of this name."))
@language_option
def set_value(key: str, values: tuple[str, ...], profile: str | None, lang: str | None) -> int:  # noqa: ARG001
    """Run the command and return its exit code."""
    from gigaam_cli.cli.console import say
    from gigaam_cli.cli.settings import as_toml, table
    from gigaam_cli.cli.settings_file import put
    from gigaam_cli.core.settings import check_key, check_one, read, shown

    rules, place = table(), _place(profile)
    check_key(key, rules, place)
    if len(values) > 1 and not rules.option(key).multiple:
        raise click.UsageError(_("{key} takes one value").format(key=key))
    value = as_toml(key, values if len(values) > 1 else values[0], rules)
    check_one(key, value, rules, place)
    document = read(put(key, value, profile))
    say(f"{document.place(key, profile)}: {key} = {shown(value)}")
    _tell_what_comes_before(str(rules.option(key).envvar))
    return 0


@config.command(
    help=_("Take a setting out of the settings file, or out of a profile there."),
    short_help=_("Take a setting out."),
    options_metavar=_("[OPTIONS]"),
)
@_key
@option("--profile", **_profile, envvar=None, help=_("Change the profile of this name."))
@language_option
def unset(key: str, profile: str | None, lang: str | None) -> int:  # noqa: ARG001 - read before click
    """Run the command and return its exit code."""
    from gigaam_cli.cli.console import say
    from gigaam_cli.cli.settings import table
    from gigaam_cli.cli.settings_file import take_out
    from gigaam_cli.core.paths import settings_file
    from gigaam_cli.core.settings import check_key, read

    document = read(settings_file())
    if key in next(document.layers(profile)).values:
        take_out(key, profile)
        say(_("{place}: {key} is taken out").format(place=document.place(key, profile), key=key))
        return 0
    check_key(key, table(), _place(profile))
    say(_("{place}: {key} was not set").format(place=_place(profile), key=key))
    return 0


def _place(profile: str | None) -> str:
    from gigaam_cli.core.paths import settings_file
    from gigaam_cli.core.settings import Document

    return Document(settings_file()).place("", profile)


def _tell_what_comes_before(variable: str) -> None:
    from gigaam_cli.cli.console import say

    if os.environ.get(variable):
        say(_("{variable} is set and comes before the file").format(variable=variable))


def _lines(document: Document, found: list[Standing]) -> Iterator[str]:
    """Yield the settings as the lines of a settings file."""
    note = "" if document.path.exists() else " " + _("(not there)")
    yield f"# {document.path}{note}"
    for title, group in groupby(found, lambda standing: standing.title):
        yield f"\n# {title}"
        for standing in group:
            yield f"{_assignment(standing):{_COMMENT_COLUMN - 1}} # {_origin(document, standing)}"


def _assignment(standing: Standing) -> str:
    """Return a line for a file; a comment where no value could be written there."""
    from gigaam_cli.core.settings import shown

    if standing.value in (None, []):
        return f"# {standing.key} ="
    line = f"{standing.key} = {shown(standing.value)}"
    return line if standing.main else f"# {line}"


def _origin(document: Document, standing: Standing) -> str:
    if standing.source == "environment":
        return standing.variable
    if standing.source == "file":
        place = document.place(standing.key, standing.profile)
        return place.replace(str(document.path), document.path.name, 1)
    if standing.main:
        return _("default")
    return _("default of {commands}").format(commands=", ".join(standing.commands))


def _as_json(document: Document, profile: str | None, found: list[Standing]) -> dict[str, Any]:
    return {
        "schema": 1,
        "file": str(document.path),
        "exists": document.path.exists(),
        "profile": profile,
        "profiles": list(document.profiles),
        "settings": [
            {
                "key": standing.key,
                "value": standing.value,
                "source": standing.source,
                "variable": standing.variable,
                "profile": standing.profile,
                "commands": list(standing.commands),
            }
            for standing in found
        ],
    }
