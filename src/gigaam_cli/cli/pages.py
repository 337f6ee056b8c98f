"""Texts to read: as a page where somebody sits at a terminal, as plain lines elsewhere."""

from __future__ import annotations

import re
import sys

import click

from gigaam_cli.cli.console import is_terminal

_WIDEST = 100
_FENCE = "```"
_MARKS = re.compile(r"\*\*|`")
_LANGUAGE = re.compile(r"^```\w+$", re.MULTILINE)
_HEADING = re.compile(r"^#+ ")


def show_markdown(text: str) -> None:
    """Print Markdown: drawn on a terminal, without its marks in a pipe."""
    show(_drawn(text) if is_terminal(sys.stdout) else plain(text))


def show(text: str) -> None:
    """Print a text; page by page where it is longer than the terminal."""
    if is_terminal(sys.stdout) and text.count("\n") >= _size()[1]:
        click.echo_via_pager(text)
    else:
        click.echo(text, nl=not text.endswith("\n"))


def plain(text: str) -> str:
    """Return Markdown without what makes it harder to read where nobody draws it; commands are indented."""
    lines, inside = [], False
    for line in text.splitlines():
        if line.startswith(_FENCE):
            inside = not inside
        else:
            lines.append(f"    {line}".rstrip() if inside else _MARKS.sub("", _HEADING.sub("", line)))
    return "\n".join(lines) + "\n"


def _drawn(text: str) -> str:
    from rich.console import Console
    from rich.markdown import Markdown
    from rich.theme import Theme

    # In the terminal's own colours: nobody knows whether they are light or dark.
    theme = Theme({"markdown.code": "bold", "markdown.code_block": "bold"})
    console = Console(file=sys.stdout, width=min(_size()[0], _WIDEST), theme=theme)
    with console.capture() as capture:
        console.print(Markdown(_LANGUAGE.sub("```text", text), code_theme="ansi_dark", hyperlinks=False))
    return "".join(f"{line.rstrip()}\n" for line in capture.get().splitlines())


def _size() -> tuple[int, int]:
    from shutil import get_terminal_size

    return get_terminal_size()
