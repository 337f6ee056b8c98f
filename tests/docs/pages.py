"""The pages of the documentation, and what stands in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
_MARKDOWN = MarkdownIt("commonmark").enable("table")


@dataclass(frozen=True, slots=True)
class Block:
    """A block of code; ``language`` is what stands behind its fence."""

    page: Path
    line: int
    language: str
    content: str

    @property
    def place(self) -> str:
        """Where it is, for messages."""
        return f"{self.page.relative_to(ROOT).as_posix()}:{self.line}"


@dataclass(frozen=True, slots=True)
class Command:
    """A command of a block of a terminal, and what it is said to print."""

    line: str
    output: str


def is_russian(page: Path) -> bool:
    return page.name.endswith(".ru.md")


def russian(page: Path) -> Path:
    """Return the Russian page that stands beside an English one."""
    return page.with_name(f"{page.stem}.ru.md")


def english_pages() -> list[Path]:
    """Return the site's pages and those that stand outside of it, in English."""
    pages = [*DOCS.glob("*.md"), ROOT / "README.md", ROOT / "examples" / "README.md"]
    return sorted(page for page in pages if not is_russian(page))


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def tokens(page: Path) -> list[Token]:
    return _MARKDOWN.parse(page.read_text(encoding="utf-8"))


def blocks(page: Path) -> Iterator[Block]:
    """Yield the blocks of code in order."""
    for token in tokens(page):
        if token.type == "fence":
            assert token.map is not None
            yield Block(page, token.map[0] + 1, token.info.strip(), token.content)
        assert token.type != "code_block", f"{name_of(page)}: an indented block says no language"


def inline(page: Path) -> Iterator[Token]:
    """Yield what stands in the running text: code, links, pictures, words."""
    for token in tokens(page):
        yield from token.children or ()


def commands(block: Block) -> list[Command]:
    """Return the commands of a ``console`` block: ``$ `` begins one, ``> `` goes on with it."""
    found: list[tuple[str, list[str]]] = []
    for line in block.content.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif line.startswith("> ") and not found[-1][1]:
            found[-1] = (f"{found[-1][0]}\n{line[2:]}", [])
        else:
            assert found, f"{block.place}: begins with what no command printed"
            found[-1][1].append(line)
    return [Command(line, "\n".join(output)) for line, output in found]


def without_comments(script: str) -> str:
    """Return lines without what is for people only."""
    lines = (re.sub(r"(^|\s+)#.*$", "", line).rstrip() for line in script.splitlines())
    return "\n".join(line for line in lines if line)
