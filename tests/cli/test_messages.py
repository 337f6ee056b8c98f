"""The Russian catalogues: complete, in step with the source, and saying what the English says."""

from __future__ import annotations

import ast
import gettext
import string
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

import gigaam_cli
from gigaam_cli.core.i18n import LOCALE_FOLDER, choose_language, translate_plural

SOURCE = Path(gigaam_cli.__file__).parent
TOOL = SOURCE.parent.parent / "tools" / "messages.py"
CATALOGUES = sorted((LOCALE_FOLDER / "ru" / "LC_MESSAGES").glob("*.po"))
MARKS = {"_", "mark", "translate_plural"}


def load(file: Path) -> Catalog:
    with file.open("rb") as stream:
        return read_po(stream, locale="ru")


def entries() -> list[tuple[str, Message]]:
    """Return all messages with the name of their catalogue."""
    return [(file.name, message) for file in CATALOGUES for message in load(file) if message.id]


def forms(text: str | tuple[str, ...] | list[str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def marked() -> Iterator[str]:
    """Yield the messages that the source marks, found by its syntax tree: unlike Babel it sees all of them."""
    for module in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKS:
                for argument in node.args[:2]:
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                        yield argument.value


def test_there_are_catalogues() -> None:
    assert [file.name for file in CATALOGUES] == ["click.po", "gigaam.po"]
    assert len(set(marked())) > 100


def test_the_tool_finds_nothing_to_do() -> None:
    """If it does: ``make messages``, and translate what it added."""
    finished = subprocess.run([sys.executable, TOOL, "--check"], check=False, capture_output=True, text=True)
    assert (finished.returncode, finished.stdout, finished.stderr) == (0, "the catalogues are in step\n", "")


def test_every_message_of_the_source_is_there() -> None:
    (ours,) = (load(file) for file in CATALOGUES if file.name == "gigaam.po")
    known = {form for message in ours for form in forms(message.id)}
    assert set(marked()) - known == set()


@pytest.mark.parametrize(("name", "message"), entries(), ids=lambda value: str(getattr(value, "id", value)))
def test_a_translation_is_whole(name: str, message: Message) -> None:
    english, russian = forms(message.id), forms(message.string)
    assert not message.fuzzy
    assert len(russian) == (3 if len(english) == 2 else 1)
    for form in russian:
        assert form.strip()
        assert form not in english
        assert form.endswith("\n") == english[0].endswith("\n")
        assert form.endswith(".") == english[-1].endswith(".") or name == "click.po"
        allowed = set().union(*map(placeholders, english))
        assert placeholders(form) <= allowed
        if name == "gigaam.po":
            assert placeholders(form) == allowed


@pytest.mark.parametrize("file", CATALOGUES, ids=lambda file: file.name)
def test_the_compiled_catalogue_says_the_same(file: Path) -> None:
    with file.with_suffix(".mo").open("rb") as stream:
        compiled = gettext.GNUTranslations(stream)
    for message in load(file):
        if not message.id:
            continue
        english, russian = forms(message.id), forms(message.string)
        if len(english) == 1:
            assert compiled.gettext(english[0]) == russian[0]
        else:
            said = [compiled.ngettext(english[0], english[1], number) for number in (1, 3, 7)]
            assert said == russian


def test_plurals() -> None:
    choose_language("ru")
    said = [
        translate_plural("{number} file", "{number} files", number).format(number=number)
        for number in (1, 2, 5, 11, 21, 22, 111)
    ]
    assert said == ["1 файл", "2 файла", "5 файлов", "11 файлов", "21 файл", "22 файла", "111 файлов"]
