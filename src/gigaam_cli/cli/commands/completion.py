"""``gigaam completion``: what teaches a shell to complete gigaam's commands, options and values."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from gigaam_cli.cli.completion import VARIABLE
from gigaam_cli.cli.options import language_option
from gigaam_cli.core.i18n import translate as _

if TYPE_CHECKING:
    from click.shell_completion import ShellComplete

_SETUP = {
    "bash": ('eval "$(gigaam completion bash)"', "~/.bashrc"),
    "zsh": ('eval "$(gigaam completion zsh)"', "~/.zshrc"),
    "fish": ("gigaam completion fish | source", "~/.config/fish/config.fish"),
}


@click.command(
    help=_(
        "Print a script that teaches a shell to complete commands, options, models, profiles and files.\n\n"
        "On a terminal it says where the script belongs."
    ),
    short_help=_("Complete commands in a shell."),
    options_metavar=_("[OPTIONS]"),
)
@click.argument("shell", type=click.Choice(tuple(_SETUP)))
@language_option
def completion(shell: str, lang: str | None) -> int:  # noqa: ARG001 - read before click, see main
    """Run the command and return its exit code."""
    from gigaam_cli.cli.console import is_terminal, say

    # A value may have commas in it; click's script for fish would cut it there.
    click.echo(_completer(shell).source().replace('split ","', 'split -m 1 ","'), nl=False)
    if is_terminal(sys.stdout):
        line, file = _SETUP[shell]
        say(_("to have it in every shell, write into {file}: {line}").format(file=file, line=line))
    return 0


def _completer(shell: str) -> ShellComplete:
    """Return what click has for a shell."""
    from click.shell_completion import get_completion_class

    from gigaam_cli.cli.commands.group import program

    known = get_completion_class(shell)
    if known is None:
        raise click.UsageError(_("{shell} is not known to click").format(shell=shell))
    return known(program, {}, "gigaam", VARIABLE)
