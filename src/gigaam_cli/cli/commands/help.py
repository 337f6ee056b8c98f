"""``gigaam help``: pages on topics, commands and the codes of errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gigaam_cli.cli.options import examples, language_option
from gigaam_cli.core.i18n import translate as _

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def _completed(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the topics and commands that begin so, for shells."""
    from click.shell_completion import CompletionItem

    from gigaam_cli.cli.topics import TOPICS

    names = sorted({*TOPICS, *_commands(context.find_root())})
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


@click.command(
    "help",
    help=_(
        "Show a page on a topic, on a command, or on what the code of an error means; without a name the list of "
        "topics."
    ),
    short_help=_("Show pages on topics, commands and errors."),
    epilog=examples(
        "gigaam help quick-start",
        "gigaam help transcribe",
        "gigaam help no_audio_stream",
    ),
    options_metavar=_("[OPTIONS]"),
)
@click.argument("topic", nargs=-1, metavar=_("[TOPIC]"), shell_complete=_completed)
@language_option
@click.pass_context
def help_command(context: click.Context, topic: tuple[str, ...], lang: str | None) -> int:  # noqa: ARG001
    """Run the command and return its exit code."""
    from gigaam_cli.cli.pages import show, show_markdown
    from gigaam_cli.cli.topics import TOPICS, page

    if not topic:
        show(_contents())
    elif topic[0] in TOPICS and len(topic) == 1:
        show_markdown(page(topic[0]))
    elif found := _command_help(context.find_root(), topic):
        show(found)
    else:
        show_markdown(_code_page(topic, context))
    return 0


def _contents() -> str:
    """Return the list of topics."""
    from gigaam_cli.cli.topics import TOPICS, title

    width = max(map(len, TOPICS))
    lines = [f"  {topic:{width}}  {title(topic)}" for topic in TOPICS]
    others = [
        _("gigaam help COMMAND is the same as gigaam COMMAND --help."),
        _("gigaam help CODE tells what a code in brackets means, such as [no_audio_stream]."),
    ]
    return "\n".join([_("gigaam help TOPIC shows one of these:"), "", *lines, "", *others]) + "\n"


def _command_help(root: click.Context, names: tuple[str, ...]) -> str | None:
    """Return the help of a command, or of one inside another; None where there is none of that name."""
    context = root
    for name in names:
        command = context.command
        inner = command.get_command(context, name) if isinstance(command, click.Group) else None
        if inner is None:
            return None
        context = click.Context(inner, info_name=name, parent=context)
    return context.get_help() + "\n"


def _code_page(names: tuple[str, ...], context: click.Context) -> str:
    """Return what a code means; raises UsageError where nothing has that name."""
    from gigaam_cli.cli.progress import reason
    from gigaam_cli.cli.topics import TOPICS, code_page, codes, reason_page
    from gigaam_cli.core.nearest import nearest

    name = " ".join(names)
    code = name.strip("[]")
    if code in codes():
        return code_page(code)
    if (meaning := reason(code)) != code:
        return reason_page(code, meaning)
    near = nearest(code, [*TOPICS, *_commands(context.find_root()), *codes()])
    message = _("there is no help on {name}").format(name=name)
    if near:
        message += "; " + _("did you mean {near}?").format(near=near)
    raise click.UsageError(message, context)


def _commands(root: click.Context) -> list[str]:
    command = root.command
    return command.list_commands(root) if isinstance(command, click.Group) else []
