"""Every command and option has help in both languages, fits the terminal and is described in the docs."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import lru_cache

import click
import pytest

from gigaam_cli.core.i18n import LANGUAGES
from tests.cli.drivers import environment
from tests.cli.tree import commands, options
from tools import reference

COMMANDS = [name for name, _command in commands()]
WIDTHS = (80, 100)
# Prints the help of every command, one after the other, in one process: each language has its own.
ALL_HELP = """
import sys
from gigaam_cli.core.i18n import choose_language
from gigaam_cli.cli.main import _speak
_speak(sys.argv[1])
import click
from gigaam_cli.cli.commands.group import program

def show(command, context):
    print("\\f" + context.command_path + "\\n" + context.get_help())
    for name, inner in sorted(getattr(command, "commands", {}).items()):
        show(inner, click.Context(inner, info_name=name, parent=context, **inner.context_settings))

show(program, click.Context(program, info_name="gigaam", **program.context_settings))
"""


@lru_cache(maxsize=8)
def helps(language: str, width: int) -> dict[str, str]:
    """Return the help of every command by its name."""
    finished = subprocess.run(
        [sys.executable, "-c", ALL_HELP, language],
        check=True,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=environment(COLUMNS=str(width), PYTHONIOENCODING="utf-8"),
    )
    pages = (page.partition("\n") for page in finished.stdout.split("\f")[1:])
    return {name: text for name, _newline, text in pages}


def section(name: str, page: str) -> str:
    """Return what a page says of a command."""
    found = re.search(rf"^### `{re.escape(name)}`\n(.*?)(?=^##|\Z)", page, re.DOTALL | re.MULTILINE)
    return found[1] if found else ""


@pytest.mark.parametrize(("name", "command"), list(commands()), ids=COMMANDS)
def test_every_command_has_help(name: str, command: click.Command) -> None:
    assert command.help
    assert command.help[0].isupper()
    assert command.get_short_help_str(200).endswith(".")


@pytest.mark.parametrize(("name", "option"), list(options()), ids=lambda item: getattr(item, "name", item))
def test_every_option_has_help(name: str, option: click.Option) -> None:
    assert option.help, f"{name} {option.opts}"
    assert option.help.endswith("."), f"{name} {option.opts}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_option_is_in_the_help_of_its_command_in_words_of_the_language(language: str) -> None:
    pages = helps(language, 200)
    assert set(pages) == set(COMMANDS)
    for name, option in options():
        (line,) = [
            line for line in pages[name].splitlines() if re.search(rf"^  .*{option.opts[-1]}\b", line)
        ][:1]
        assert len(line.split("  ")) > 1
    for name, text in pages.items():
        words = re.findall("[а-яё]{3,}", text.lower())
        assert bool(words) == (language == "ru"), name


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_line_of_help_is_wider_than_the_terminal(language: str, width: int) -> None:
    for name, text in helps(language, width).items():
        for line in text.splitlines():
            assert len(line) <= width, (name, line)


@pytest.mark.parametrize("language", reference.PAGES)
def test_the_docs_describe_every_command_and_option(language: str) -> None:
    """If they do not: ``make reference``."""
    page = reference.PAGES[language].read_text(encoding="utf-8")
    for name in COMMANDS:
        assert section(name, page), f"{name} is not described"
    for name, option in options():
        if not reference.SHARED.isdisjoint(option.opts):
            continue
        flag = re.compile(rf"^\| `[^`]*(?<![\w-]){option.opts[-1]}(?![\w-])[^`]*` \| (.*)")
        found = [match[1] for row in section(name, page).splitlines() if (match := flag.match(row))]
        assert len(found) == 1, f"{name} {option.opts} is not described"
        assert len(found[0]) > 10


@pytest.mark.parametrize("language", reference.PAGES)
def test_the_docs_describe_nothing_that_is_not_there(language: str) -> None:
    page = reference.PAGES[language].read_text(encoding="utf-8")
    assert set(re.findall(r"^### `(gigaam[^`]*)`", page, re.MULTILINE)) == set(COMMANDS)


def test_the_reference_is_written_between_its_marks_only() -> None:
    page = f"before\n{reference.BEGIN}\nold\n{reference.END}\nafter\n"
    written = reference.with_reference(page)
    assert written.startswith(f"before\n{reference.BEGIN}\n\n### `gigaam`\n")
    assert written.endswith(f"\n{reference.END}\nafter\n")
    assert "\nold\n" not in written
    assert reference.with_reference(written) == written
