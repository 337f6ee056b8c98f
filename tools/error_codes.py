"""Puts every error code with its exit code, message and hint into docs/troubleshooting.md, in both languages.

python -m tools.error_codes            fill the tables
python -m tools.error_codes --check    change nothing, exit with 1 where a page differs
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import gigaam_cli.core
from gigaam_cli.cli.errors import exit_code
from gigaam_cli.core.errors import GigaamError
from gigaam_cli.core.i18n import choose_language, translate

DOCS = Path(__file__).parents[1] / "docs"
PAGES = {"en": DOCS / "troubleshooting.md", "ru": DOCS / "troubleshooting.ru.md"}
HEADS = {
    "en": ("code", "exit", "what happened", "what to do"),
    "ru": ("код", "выход", "что случилось", "что делать"),
}
_TABLE = re.compile(r"(<!-- error codes -->\n).*?(<!-- end -->)", re.DOTALL)


def errors() -> list[type[GigaamError]]:
    """Return every error that a user can meet, the ones of recordings first, by exit code and code."""
    for module in pkgutil.iter_modules(gigaam_cli.core.__path__, "gigaam_cli.core."):
        if module.name.endswith("errors"):
            importlib.import_module(module.name)
    leaves = [each for each in _below(GigaamError) if each.template]
    return sorted(leaves, key=lambda each: (exit_code(each()), each.code))


def _below(parent: type[GigaamError]) -> Iterator[type[GigaamError]]:
    for child in parent.__subclasses__():
        yield child
        yield from _below(child)


def table(language: str) -> str:
    """Return the codes as a table in markdown; what is filled in at run time is an ellipsis."""
    choose_language(language)
    rows: list[tuple[str, ...]] = [HEADS[language], ("---",) * 4]
    for each in errors():
        texts = (_shown(translate(text)) for text in (each.template, each.advice))
        rows.append((f"`{each.code}`", str(exit_code(each())), *texts))
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _shown(text: str) -> str:
    text = re.sub(r"\s*[(\[]\{\w+\}[)\]]", "", text)
    return re.sub(r"\{\w+\}", "…", text).replace("|", r"\|").replace("*", r"\*")


def filled(page: str, language: str) -> str:
    """Return the page with the table in its place."""
    assert _TABLE.search(page), "the page has no place for the codes"
    return _TABLE.sub(lambda found: found[1] + table(language) + found[2], page)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args(arguments).check
    stale = []
    for language, path in PAGES.items():
        page = path.read_text(encoding="utf-8")
        wanted = filled(page, language)
        if wanted != page:
            stale.append(path.name)
            if not check:
                path.write_text(wanted, encoding="utf-8")
    print(f"{', '.join(stale) or 'nothing'} {'differs' if check else 'written'}")
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
