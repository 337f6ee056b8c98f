"""The tree of commands, for tests that look at all of it."""

from __future__ import annotations

from collections.abc import Iterator

import click

from gigaam_cli.cli.commands.group import program


def commands(
    command: click.Command = program, path: tuple[str, ...] = ()
) -> Iterator[tuple[str, click.Command]]:
    """Yield every command with its name as it is typed, those inside others as well; hidden ones not."""
    yield " ".join(("gigaam", *path)), command
    if isinstance(command, click.Group):
        for name, inner in sorted(command.commands.items()):
            if not inner.hidden:
                yield from commands(inner, (*path, name))


def options() -> Iterator[tuple[str, click.Option]]:
    """Yield every option with the name of its command, also those that click adds."""
    for name, command in commands():
        for parameter in command.get_params(click.Context(command)):
            if isinstance(parameter, click.Option) and not parameter.hidden:
                yield name, parameter
