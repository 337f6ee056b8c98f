"""Writes every command and option into docs/command-line.md, from the program itself.

    python tools/reference.py            bring the page up to date
    python tools/reference.py --check    change nothing; exit with 1 if it is not

What is written lies between two marks in the page; a page per language.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from gigaam_cli.core.i18n import choose_language

DOCS = Path(__file__).parent.parent / "docs"
PAGES = {"en": DOCS / "command-line.md", "ru": DOCS / "command-line.ru.md"}
"""The page of each language. Help is translated when the commands are imported: one language a process."""
BEGIN, END = "<!-- reference: written by tools/reference.py -->", "<!-- end of the reference -->"
SHARED = {"--help", "--lang"}
"""Options that every command has; they are told of once."""


def main(arguments: Sequence[str]) -> int:
    """Update, or with ``--check`` compare; return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="change nothing, exit with 1 if out of step")
    parser.add_argument("--language", choices=PAGES, default="en")
    chosen = parser.parse_args(arguments)
    choose_language(chosen.language)
    page = PAGES[chosen.language]
    before = page.read_text(encoding="utf-8")
    after = with_reference(before)
    if chosen.check:
        print("the reference is in step" if before == after else f"{page.name} is out of step")
        return int(before != after)
    page.write_text(after, encoding="utf-8")
    return 0


def with_reference(page: str) -> str:
    """Return a page with what lies between its marks written anew."""
    inside = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.DOTALL)
    text = f"{BEGIN}\n\n{reference()}\n{END}"
    return inside.sub(lambda _match: text, page)


def reference() -> str:
    """Return all commands with their options, as Markdown."""
    from gigaam_cli.cli.commands.group import program

    return "\n".join(_section(path, command) for path, command in _commands(program, "gigaam"))


def _commands(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name, inner in sorted(command.commands.items()):
            if not inner.hidden:
                yield from _commands(inner, f"{path} {name}")


def _section(path: str, command: click.Command) -> str:
    context = click.Context(command, info_name=path)
    usage = " ".join(command.collect_usage_pieces(context))
    lines = [f"### `{path}`", "", f"`{path} {usage}`", "", *_paragraphs(command.help or "")]
    options = [row for row in map(_row, _listed(command)) if row]
    if options:
        lines += ["| option | what it does |", "|---|---|", *options, ""]
    return "\n".join(lines)


def _listed(command: click.Command) -> Iterator[click.Option]:
    for parameter in command.params:
        if isinstance(parameter, click.Option) and not parameter.hidden and SHARED.isdisjoint(parameter.opts):
            yield parameter


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in text.split("\n\n"):
        yield from (paragraph, "")


def _row(option: click.Option) -> str:
    record = option.get_help_record(click.Context(click.Command("any")))
    assert record is not None  # only of hidden ones there is none
    names, what = (" ".join(part.split()).replace("|", "\\|") for part in record)
    return f"| `{names}` | {what} |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
