"""The settings: which there are, by the options of the commands that read them, and what a file may say of each."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import time
from functools import cached_property
from typing import Any

import click

from gigaam_cli.cli.options import ONE_RUN, Option, use_profile
from gigaam_cli.core.i18n import translate as _
from gigaam_cli.core.settings import Document, Given, check, load, merged


@dataclass(frozen=True, slots=True)
class Reader:
    """A command that reads a setting, by an option of its own; ``name`` is what one types for it."""

    name: str
    command: click.Command
    option: Option

    @property
    def key(self) -> str:
        """The name of the setting."""
        return key_of(self.option)


class Table:
    """All settings of a program: those options of commands with ``--profile`` that do not belong to one run."""

    def __init__(self, program: click.Group) -> None:
        self.settings: dict[str, list[Reader]] = {}
        self._once: dict[str, str] = {}
        for name, command in _commands(program):
            reads = any(parameter.callback is use_profile for parameter in command.params)
            for option in _options(command):
                self._enter(Reader(name, command, option), reads)

    def _enter(self, reader: Reader, reads: bool) -> None:
        if reads and not reader.option.once:
            self.settings.setdefault(reader.key, []).append(reader)
        else:
            self._once.setdefault(reader.key, reader.option.once or ONE_RUN)

    @property
    def known(self) -> tuple[str, ...]:
        """The keys, in the order of the help texts."""
        return tuple(self.settings)

    @cached_property
    def refused(self) -> Mapping[str, str]:
        """Names of options that are no settings, each with the reason."""
        return {key: reason for key, reason in self._once.items() if key not in self.settings}

    def option(self, key: str) -> Option:
        """Return the option whose type says what a setting may be."""
        return self.settings[key][0].option

    def problem(self, key: str, value: object) -> str | None:
        """Return what is wrong with a value, in the words for flags; None for nothing."""
        reader = self.settings[key][0]
        try:
            reader.option.process_value(click.Context(reader.command), spelled(reader.option, value))
        except click.BadParameter as error:
            return error.message.rstrip(".")
        return None


def table() -> Table:
    """Return the settings of ``gigaam``."""
    from gigaam_cli.cli.commands.group import program

    return Table(program)


def checked() -> Document:
    """Return the settings file of this user, every line of which makes sense.

    Raises:
        SettingsError: it cannot be read, or something in it makes no sense.
    """
    document = load()
    if document.text.strip():
        check(document, table())
    return document


def defaults(command: click.Command, profile: str | None) -> dict[str, object]:
    """Return what the file says of a command's options, as click's default map: in place of their defaults.

    Raises:
        SettingsError: the file makes no sense, or there is no such profile.
    """
    return file_defaults(command, merged(checked().layers(profile)))


def file_defaults(command: click.Command, given: Mapping[str, Given]) -> dict[str, object]:
    """Return what of ``given`` a command reads, as click's default map."""
    return {
        str(option.name): spelled(option, given[key_of(option)].value)
        for option in _options(command)
        if key_of(option) in given
    }


def key_of(option: click.Option) -> str:
    """Return the name of the setting that an option reads: its long flag, without dashes in front."""
    return next(flag for flag in option.opts if flag.startswith("--"))[2:]


def spelled(option: click.Option, value: object) -> Any:
    """Return a value as click takes it for an option.

    Raises:
        click.BadParameter: it is of a type that the option cannot mean.
    """
    if not option.multiple:
        return _one(option, value)
    return [_one(option, item) for item in (value if isinstance(value, list | tuple) else [value])]


def as_toml(key: str, value: object, rules: Table) -> object:
    """Return a value in the type that TOML has for it; texts are read as on the command line.

    What makes no sense stays as it is, and so does the value of an unknown key.
    """
    if key not in rules.settings:
        return value
    option = rules.option(key)
    if not option.multiple:
        return _typed(option, value)
    items = value if isinstance(value, list | tuple) else [value]
    return [part for item in items for part in _parts(option, item)]


def _parts(option: click.Option, value: object) -> Iterator[object]:
    """Yield what one item of a list stands for: several where its type is of several with commas between."""
    if isinstance(option.type, click.types.FuncParamType):
        with contextlib.suppress(click.BadParameter):
            meant = option.type.func(value)
            yield from meant if isinstance(meant, tuple) else [value]
            return
    yield _typed(option, value)


def _typed(option: click.Option, value: object) -> object:
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if not isinstance(value, str):
        return value
    if option.is_flag:
        return _SWITCHES.get(value.strip().lower(), value)
    for number in _NUMBERS if isinstance(option.type, click.IntRange | click.FloatRange) else ():
        with contextlib.suppress(ValueError):
            return number(value)
    return value


def _one(option: click.Option, value: object) -> Any:
    fits = isinstance(value, str)
    if option.is_flag:
        fits = isinstance(value, bool)
    elif not isinstance(value, bool) and not fits:
        fits = isinstance(value, _OTHER_THAN_TEXT.get(type(option.type), ()))
    if not fits:
        raise click.BadParameter(_wanted(option))
    if isinstance(value, str) and value.startswith(_HOME):  # there is no shell to expand it
        return os.path.expanduser(value)  # noqa: PTH111 - Path raises where nobody lives
    return value if isinstance(value, bool) else str(value)


_HOME = ("~/", "~\\")
_NUMBERS = (int, float)
_SWITCHES = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0"), False),
}
_OTHER_THAN_TEXT: dict[type, tuple[type, ...]] = {
    click.IntRange: _NUMBERS,
    click.FloatRange: _NUMBERS,
    # Times, which TOML may write as numbers, and as times of day.
    click.types.FuncParamType: (*_NUMBERS, time),
}


def _wanted(option: click.Option) -> str:
    if option.is_flag:
        return _("it takes true or false")
    if option.multiple:
        return _("it takes a list of texts in quotes")
    if isinstance(option.type, click.IntRange | click.FloatRange):
        return _("it takes a number")
    return _("it takes a text in quotes")


def _options(command: click.Command) -> list[Option]:
    return [parameter for parameter in command.params if isinstance(parameter, Option)]


def _commands(group: click.Group, above: str = "") -> Iterator[tuple[str, click.Command]]:
    """Yield all commands below a group, each with what one types for it."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from _commands(command, f"{above}{name} ")
        else:
            yield f"{above}{name}", command
