"""The way into the menu: ``-i``, on a terminal."""

from __future__ import annotations

import click
from click.core import ParameterSource

from gigaam_cli.cli.caller import caller
from gigaam_cli.cli.console import may_ask
from gigaam_cli.cli.options import ONE_RUN, option
from gigaam_cli.core.i18n import translate as _

_GIVEN = "gigaam.given"

_HELP = _("Ask in a menu, on a terminal.")
interactive_option = option("-i", "--interactive", is_flag=True, once=ONE_RUN, help=_HELP)
# Bare gigaam asks in any case: the variable is for transcribe.
bare_option = click.option("-i", "--interactive", is_flag=True, help=_HELP)


class Remembering(click.Command):
    """A command that knows its arguments as they were given."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments, and keep them."""
        ctx.meta[_GIVEN] = tuple(args)
        return super().parse_args(ctx, args)


def is_wanted(context: click.Context) -> bool:
    """Whether the menu is to begin: not where the menu itself runs the command, or ``-n`` forbids it.

    Of the two, what stands on the command line wins over environment and settings.
    """
    if not context.params["interactive"] or caller() is not None:
        return False
    given = [context.get_parameter_source(name) for name in ("interactive", "non_interactive")]
    on_the_line = [source is ParameterSource.COMMANDLINE for source in given]
    return on_the_line == [True, False] or not context.params["non_interactive"]


def begin() -> int:
    """Show the menu; return the exit code of the last run.

    Raises:
        UsageError: nobody is there who could answer.
    """
    _check()
    from gigaam_cli.cli.menu.start import start

    return start()


def begin_with(context: click.Context) -> int:
    """Show the menu with what the command line of ``context`` says already.

    Raises:
        UsageError: nobody is there who could answer, or stdin or stdout are taken.
    """
    _check()
    flags = context.params
    if "-" in (flags["files_from"], str(flags["output"]), *flags["inputs"], *flags["files"]):
        raise click.UsageError(_("-i needs the terminal for itself; name files and folders instead of -"))
    from gigaam_cli.cli.menu.answers import answered
    from gigaam_cli.cli.menu.start import start_with

    return start_with(answered(context.command, context.meta[_GIVEN]))


def _check() -> None:
    if not may_ask(non_interactive=False):
        raise click.UsageError(_("-i asks on a terminal, and stdin or stderr is none"))
