"""The commands of ``gigaam``."""

from __future__ import annotations

import os

import click

from gigaam_cli import __version__
from gigaam_cli.cli.commands.adopt import adopt
from gigaam_cli.cli.commands.completion import completion
from gigaam_cli.cli.commands.config import config
from gigaam_cli.cli.commands.demo import demo
from gigaam_cli.cli.commands.doctor import doctor
from gigaam_cli.cli.commands.export import export
from gigaam_cli.cli.commands.help import help_command
from gigaam_cli.cli.commands.history import history
from gigaam_cli.cli.commands.models import models
from gigaam_cli.cli.commands.status import status
from gigaam_cli.cli.commands.transcribe import transcribe
from gigaam_cli.cli.commands.verify import verify
from gigaam_cli.cli.commands.watch import watch
from gigaam_cli.cli.console import may_ask
from gigaam_cli.cli.errors import USAGE
from gigaam_cli.cli.interactive import bare_option, begin
from gigaam_cli.cli.options import HELP_NAMES, language_option
from gigaam_cli.core.i18n import translate as _


class Program(click.Group):
    """The group that knows a recording where a command should stand."""

    def resolve_command(
        self, context: click.Context, arguments: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that ``arguments`` begin with.

        Raises:
            UsageError: there is none of that name; of a file or a folder it tells the line that transcribes it.
        """
        name = arguments[0]
        is_input = self.get_command(context, name) is None and os.path.exists(name)  # noqa: PTH110 - no ValueError
        if is_input and not context.resilient_parsing:
            from gigaam_cli.cli.menu.shell import shell_line

            line = shell_line(["transcribe", *arguments])
            raise click.UsageError(_("name a command first: {command}").format(command=line), context)
        return super().resolve_command(context, arguments)


@click.group(
    cls=Program,
    help=_("Turn Russian speech in audio and video files into text, on this machine."),
    context_settings={"help_option_names": HELP_NAMES, "max_content_width": 100},
    invoke_without_command=True,
    options_metavar=_("[OPTIONS]"),
    subcommand_metavar=_("COMMAND [ARGS]..."),
)
@click.version_option(__version__, prog_name="gigaam", help=_("Show the version and exit."))
@bare_option
@language_option
@click.pass_context
def program(context: click.Context, interactive: bool, lang: str | None) -> int:  # noqa: ARG001 - see main
    """Show the menu, or help, where no command is given."""
    if context.invoked_subcommand is not None:
        if interactive:
            raise click.UsageError(_("-i belongs behind transcribe, or stands alone"))
        return 0
    if interactive or may_ask(non_interactive=False):
        return begin()
    click.echo(context.get_help(), err=True)
    return USAGE


program.add_command(transcribe)
program.add_command(watch)
program.add_command(demo)
program.add_command(status)
program.add_command(export)
program.add_command(history)
program.add_command(verify)
program.add_command(adopt)
program.add_command(models)
program.add_command(doctor)
program.add_command(config)
program.add_command(completion)
program.add_command(help_command)
