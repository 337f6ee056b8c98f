"""The Russian page says what the English one says: the same parts, commands, pictures, figures and links."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.pages import (
    DOCS,
    blocks,
    commands,
    english_pages,
    inline,
    is_russian,
    name_of,
    russian,
    tokens,
    without_comments,
)

PAGES = english_pages()
both = pytest.mark.parametrize("page", PAGES, ids=name_of)


def test_no_page_is_in_one_language_only() -> None:
    found = {page.name for page in DOCS.glob("*.md") if is_russian(page)}
    assert found == {russian(page).name for page in DOCS.glob("*.md") if not is_russian(page)}


@both
def test_headings_are_the_same(page: Path) -> None:
    assert headings(page) == headings(russian(page))


@both
def test_blocks_of_code_are_the_same(page: Path) -> None:
    assert shown(page) == shown(russian(page))


@both
def test_tables_have_the_same_rows(page: Path) -> None:
    assert rows(page) == rows(russian(page))


@both
def test_pictures_and_links_lead_to_the_same(page: Path) -> None:
    assert sorted(targets(page)) == sorted(targets(russian(page)))


@pytest.mark.parametrize("name", ["performance", "measured", "demo-model"])
def test_tables_have_the_same_figures(name: str) -> None:
    english, other = (figures(page) for page in (DOCS / f"{name}.md", DOCS / f"{name}.ru.md"))
    assert english == other


def test_every_russian_page_is_in_russian() -> None:
    for page in map(russian, PAGES):
        words = re.findall(r"[А-Яа-яё]+", page.read_text(encoding="utf-8"))
        assert len(words) > 50, name_of(page)


def headings(page: Path) -> list[str]:
    return [token.tag for token in tokens(page) if token.type == "heading_open"]


def shown(page: Path) -> list[tuple[str, str]]:
    """Return what the blocks have in common in all languages: no comments, no words of the program."""
    found = []
    for block in blocks(page):
        if block.language == "console":
            found.append(("console", "\n".join(one.line for one in commands(block))))
        elif block.language == "text":  # words, not code
            found.append(("text", ""))
        else:
            found.append((block.language, without_comments(block.content)))
    return found


def rows(page: Path) -> list[int]:
    """Return the columns of each row of each table."""
    counts: list[int] = []
    for token in tokens(page):
        if token.type == "tr_open":
            counts.append(0)
        elif token.type in ("td_open", "th_open"):
            counts[-1] += 1
    return counts


def targets(page: Path) -> list[str]:
    """Return what pictures and links lead to, without their language and without anchors."""
    found = []
    for token in inline(page):
        if token.type in ("link_open", "image"):
            target = str(token.attrs.get("href") or token.attrs.get("src"))
            found.append(re.sub(r"\.ru(?=\.\w+$)", "", target.partition("#")[0]))
    return [target for target in found if not target.endswith("README.md")]


def figures(page: Path) -> list[list[str]]:
    """Return the numbers in each cell of all tables."""
    found, inside = [], False
    for token in tokens(page):
        inside = {"table_open": True, "table_close": False}.get(token.type, inside)
        if inside and token.type == "inline":
            found.append(re.findall(r"\d+", token.content))
    return found
