"""``gigaam help``: its pages say what is so, in both languages, on a terminal and in a pipe."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pexpect
import pytest

import gigaam_cli
from gigaam_cli.cli.commands.group import program
from gigaam_cli.cli.pages import plain
from gigaam_cli.cli.topics import FOLDER, TOPICS, code_page, codes, page
from gigaam_cli.core.i18n import LANGUAGES, choose_language
from tests.cli.conftest import Call
from tests.cli.drivers import environment
from tests.cli.tree import options

SOURCE = Path(gigaam_cli.__file__).parent
WIDEST = 80
"""Columns of a plain page; one of its commands must fit when it is drawn, too."""
PAGES = [(language, topic) for language in LANGUAGES for topic in TOPICS]
NO_FLAGS = {"--", "-vv"}


@pytest.fixture(params=PAGES, ids="-".join)
def text(request: pytest.FixtureRequest) -> str:
    """Return a page."""
    language, topic = request.param
    choose_language(language)
    return page(topic)


def commands(text: str) -> Iterator[str]:
    """Yield the command lines that a page shows."""
    for block in re.findall(r"^```\w*\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        yield from (line for line in block.splitlines() if "gigaam " in line)


def arguments(line: str) -> list[str]:
    """Return what gigaam is given in a line of a shell or of cron."""
    words = shlex.split(line)
    given = words[words.index("gigaam") + 1 :]
    ends = [given.index(word) for word in ("|", "<", ">") if word in given]
    return given[: min(ends, default=None)]


def parsed(given: list[str]) -> click.Context:
    """Return what click makes of arguments, without running anything; raises UsageError."""
    context = program.make_context("gigaam", list(given))
    while isinstance(context.command, click.Group):
        name, command, rest = context.command.resolve_command(
            context, [*context._protected_args, *context.args]
        )
        assert command is not None
        context = command.make_context(name, rest, parent=context)
    return context


def test_both_languages_have_all_pages() -> None:
    for language in LANGUAGES:
        assert {file.stem for file in (FOLDER / language).iterdir()} == set(TOPICS)


def test_pages_are_in_their_language(text: str, request: pytest.FixtureRequest) -> None:
    russian = len(re.findall("[а-яё]", text.lower()))
    assert (russian > 100) == ("ru-" in request.node.name)
    assert russian == 0 or "en-" not in request.node.name


@pytest.mark.parametrize("topic", TOPICS)
def test_both_languages_show_the_same_commands_flags_and_codes(topic: str) -> None:
    found = []
    for language in LANGUAGES:
        choose_language(language)
        marked = re.findall("`([^`\n]+)`", re.sub("^```.*?^```", "", page(topic), flags=re.S | re.M))
        marked = [re.sub(r"(FILE|FOLDER|ФАЙЛ|ПАПКА)\b", "NAME", item) for item in marked]
        found.append((list(commands(page(topic))), sorted(set(marked) - {"en", "ru"})))
    assert [item for item in found[0][1] if item not in found[1][1] and "[empty_file]" not in item] == []
    assert found[0][0] == found[1][0]


def test_every_command_shown_is_one_that_gigaam_takes(text: str) -> None:
    for line in commands(text):
        assert parsed(arguments(line))


def test_a_command_that_is_not_one_would_be_noticed() -> None:
    with pytest.raises(click.UsageError):
        parsed(arguments("cat a | gigaam transcribe - --no-such-flag > b"))


def test_every_flag_and_variable_named_is_there(text: str) -> None:
    flags = {flag for _command, option in options() for flag in (*option.opts, *option.secondary_opts)}
    for flag in re.findall(r"`(--?[\w-]+)", text):
        assert flag in flags | NO_FLAGS
    known = {str(option.envvar) for _command, option in options()}
    source = "".join(file.read_text(encoding="utf-8") for file in SOURCE.rglob("*.py"))
    for variable in re.findall(r"\b(?:GIGAAM|HF|HTTPS)_[A-Z_]+", text):
        assert variable in known or variable in source


def test_plain_pages_fit_and_have_no_marks(text: str) -> None:
    lines = plain(text).splitlines()
    assert not any(re.search(r"`|\*\*|^#", line) for line in lines)
    listed = "- audio_stream_missing: "
    before = lines[: next((i for i, line in enumerate(lines) if line.startswith(listed)), None)]
    assert max(map(len, before)) <= WIDEST
    assert all(len(f"    {line}") <= WIDEST for line in commands(text))


def test_the_list_names_every_topic(call: Call) -> None:
    outcome = call("help")
    assert (outcome.code, outcome.err) == (0, "")
    assert [line.split()[0] for line in outcome.out.splitlines() if line.startswith("  ")] == list(TOPICS)


def test_a_topic_in_a_pipe(call: Call) -> None:
    outcome = call("help", "formats")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out == plain(page("formats"))
    assert "\x1b" not in outcome.out


@pytest.mark.parametrize("names", [["transcribe"], ["models", "pull"], ["help"]], ids="-".join)
def test_a_command(names: list[str], call: Call) -> None:
    assert call("help", *names).out == call(*names, "--help").out


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_a_page_and_a_place_in_the_list(language: str, call: Call) -> None:
    choose_language(language)
    assert len(codes()) > 50
    for code, kind in codes().items():
        text = code_page(code)
        assert text.startswith(f"# {code}\n")
        assert re.search(r": \d+\n$", text)
        assert "{" not in text
        assert (kind.advice == "") or len(text.split("\n\n")) == 4
        assert f"- `{code}`: " in page("errors")
    assert call("--lang", language, "help", "no_audio_stream").code == 0
    assert call("--lang", language, "help", "[no_audio_stream]").out == plain(code_page("no_audio_stream"))


def test_why_an_input_is_skipped_is_a_code_as_well(call: Call) -> None:
    assert "--overwrite replaces it" in call("help", "exists").out


@pytest.mark.parametrize(
    ("names", "near"),
    [
        (["modles"], "models"),
        (["trancsribe"], "transcribe"),
        (["no_audio"], "no_audio_stream"),
        (["quickstart"], "quick-start"),
    ],
)
def test_a_name_that_is_nothing_is_wrong_use_and_the_nearest_is_told(
    names: list[str], near: str, call: Call
) -> None:
    outcome = call("help", *names)
    assert (outcome.code, outcome.out) == (2, "")
    assert f"there is no help on {names[0]}; did you mean {near}?" in outcome.err


def test_a_name_that_is_like_nothing(call: Call) -> None:
    outcome = call("help", "qqq")
    assert outcome.code == 2
    assert outcome.err.endswith("there is no help on qqq\n")
    assert call("help", "models", "qqq").code == call("help", "demo", "pull").code == 2


# --- on a terminal ------------------------------------------------------------------------------------------


def on_terminal(*arguments: str, rows: int, columns: int, **variables: str) -> str:
    """Return all that the program writes on a terminal of that size."""
    settings = {"TERM": "xterm", "PAGER": "cat", **variables}
    child = pexpect.spawn(
        sys.executable,
        ["-m", "gigaam_cli", *arguments],
        dimensions=(rows, columns),
        env=environment(COLUMNS=None, LINES=None, **settings),
        encoding="utf-8",
        timeout=30,
    )
    said: str = child.read()
    child.close()
    assert child.exitstatus == 0
    return said.replace("\r\n", "\n")


@pytest.mark.skipif(os.name == "nt", reason="a pseudo-terminal")
@pytest.mark.parametrize("columns", [40, 80, 200])
def test_a_page_is_drawn_as_wide_as_the_terminal_at_most(columns: int) -> None:
    drawn = on_terminal("help", "exit-codes", rows=100, columns=columns)
    assert "\x1b[" in drawn
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in drawn.splitlines()]
    assert max(map(len, lines)) <= min(columns, 100)
    assert "`" not in drawn


@pytest.mark.skipif(os.name == "nt", reason="a pseudo-terminal")
def test_a_page_longer_than_the_terminal_goes_through_the_pager(tmp_path: Path) -> None:
    pager = tmp_path / "pager"
    pager.write_text('#!/bin/sh\necho "[pager]"; exec cat\n')
    pager.chmod(0o755)
    for names in (["help", "exit-codes"], ["help", "transcribe"]):
        for rows, paged in ((10, True), (300, False)):
            said = on_terminal(*names, rows=rows, columns=80, PAGER=str(pager))
            assert ("[pager]" in said) == paged, (names, rows)


@pytest.mark.skipif(os.name == "nt", reason="a pseudo-terminal")
@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=str)
def test_without_colours_where_they_are_not_wanted(variables: dict[str, str]) -> None:
    drawn = on_terminal("help", "settings", rows=100, columns=80, **variables)
    assert not re.search(r"\x1b\[[0-9;]*[34][0-9]", drawn)
