"""Whether a command line is understood, without running it: ``python -m tests.docs.understood watch inbox``."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence

import click

from gigaam_cli.cli.commands.group import program


def understand(arguments: Sequence[str]) -> None:
    """Take the arguments of ``gigaam`` as it does itself.

    Raises:
        click.ClickException: they make no sense.
    """
    command: click.Command = program
    name, rest = "gigaam", list(arguments)
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        name = rest.pop(0)
        if name not in command.commands:
            raise click.UsageError(f"there is no command {name}")
        command = command.commands[name]
    with contextlib.suppress(click.exceptions.Exit):  # --help and --version end there
        command.make_context(name, rest)


def main() -> int:
    try:
        understand(sys.argv[1:])
    except click.ClickException as error:
        error.show()
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
