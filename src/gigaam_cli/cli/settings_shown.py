"""What each setting is, and where that comes from: as click sees it when a command starts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import click
from click.core import ParameterSource

from gigaam_cli.cli.settings import Reader, Table, as_toml, file_defaults, table
from gigaam_cli.core.i18n import translate as _
from gigaam_cli.core.settings import Document, Given, merged

_SOURCES = {ParameterSource.ENVIRONMENT: "environment", ParameterSource.DEFAULT_MAP: "file"}


@dataclass(frozen=True, slots=True)
class Standing:
    """The value of a setting for some commands; ``main`` says that these are not the exception."""

    key: str
    title: str
    value: object
    source: str
    """``environment``, ``file`` or ``default``."""
    variable: str
    profile: str | None
    commands: tuple[str, ...]
    main: bool = True


def standings(document: Document, profile: str | None) -> Iterator[Standing]:
    """Yield how all settings stand where ``profile`` is chosen, in groups and in the order of the help texts.

    Raises:
        ProfileUnknownError: there is no such profile.
        click.BadParameter: the value of a variable makes no sense.
    """
    rules = table()
    given = merged(document.layers(profile))
    contexts = _contexts(rules, given)
    found = [
        standing
        for key in rules.known
        for standing in _of_one(rules.settings[key], contexts, given.get(key), rules)
    ]
    titles = list(dict.fromkeys(standing.title for standing in found))
    yield from sorted(found, key=lambda standing: titles.index(standing.title))


def _contexts(rules: Table, given: Mapping[str, Given]) -> dict[str, click.Context]:
    """Return each command as it starts without a single option."""
    commands = {reader.name: reader.command for readers in rules.settings.values() for reader in readers}
    return {
        name: command.make_context(
            name, [], resilient_parsing=True, default_map=file_defaults(command, given)
        )
        for name, command in commands.items()
    }


def _of_one(
    readers: list[Reader], contexts: Mapping[str, click.Context], given: Given | None, rules: Table
) -> Iterator[Standing]:
    """Yield a standing for each value that a setting has for one command or another."""
    found: dict[str, Standing] = {}
    for reader in readers:
        standing = _standing(reader, contexts[reader.name], given, rules)
        before = found.get(repr(standing.value))
        if before is None:
            found[repr(standing.value)] = replace(standing, main=not found)
        else:
            found[repr(standing.value)] = replace(before, commands=(*before.commands, reader.name))
    yield from found.values()


def _standing(reader: Reader, context: click.Context, given: Given | None, rules: Table) -> Standing:
    option, key = reader.option, reader.key
    said_by = context.get_parameter_source(str(option.name)) or ParameterSource.DEFAULT
    source = _SOURCES.get(said_by, "default")
    value: object = context.params[str(option.name)]
    if source == "environment":
        value = as_toml(key, _said(reader, context), rules)
    elif source == "file" and given is not None:
        value = as_toml(key, given.value, rules)
    if isinstance(value, tuple):
        value = list(value)
    profile = given.profile if given is not None and source == "file" else None
    title = rules.option(key).title or _("Other")
    return Standing(key, title, value, source, str(option.envvar), profile, (reader.name,))


def _said(reader: Reader, context: click.Context) -> object:
    """Return what the environment says, which must make sense."""
    value = reader.option.value_from_envvar(context)
    try:
        reader.option.process_value(click.Context(reader.command), value)
    except click.BadParameter as error:
        error.param_hint = str(reader.option.envvar)
        raise
    return value
