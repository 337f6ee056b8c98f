"""Keeps the Russian catalogues in step with the source.

    python tools/messages.py            update gigaam.po from the source, then compile every catalogue
    python tools/messages.py --check    change nothing; say what is out of step and exit with 1

``gigaam.po`` holds our messages, as they are marked in the source. ``click.po`` holds those of click that a
user can meet, in the words of all releases that we support; it is kept by hand and only compiled here.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "gigaam_cli"
CATALOGUES = SOURCE / "locale" / "ru" / "LC_MESSAGES"
OURS = CATALOGUES / "gigaam.po"
MessageId = tuple[str, ...]
"""A message in the source: one form, or singular and plural."""
KEYWORDS = {"_": None, "mark": None, "translate_plural": (1, 2)}


def main(arguments: Sequence[str]) -> int:
    """Update, or with ``--check`` compare; return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="change nothing, exit with 1 if out of step")
    if parser.parse_args(arguments).check:
        problems = list(differences())
        print("\n".join(problems) or "the catalogues are in step")
        return 1 if problems else 0
    _update()
    return 0


def differences() -> Iterator[str]:
    """Yield what ``main`` without ``--check`` would change, and what a translator has still to do."""
    known, wanted = _ids(_load(OURS)), _ids(_extracted())
    yield from (f"{OURS.name} lacks: {message[0]}" for message in sorted(wanted - known))
    yield from (
        f"{OURS.name} has what the source has not: {message[0]}" for message in sorted(known - wanted)
    )
    for file in sorted(CATALOGUES.glob("*.po")):
        catalog = _load(file)
        for message in catalog:
            if message.id and (message.fuzzy or not all(_forms(message.string))):
                yield f"{file.name} does not translate: {message.id}"
        if _compiled_texts(file) != _texts(catalog):
            yield f"{_compiled(file).name} is not {file.name} compiled"


def _update() -> None:
    catalog = _load(OURS)
    before = catalog.creation_date
    catalog.update(_extracted(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    catalog.creation_date = before  # a date that changes by itself makes noise in every diff
    text = io.BytesIO()
    write_po(text, catalog, width=110, include_lineno=False)
    OURS.write_bytes(text.getvalue())
    for file in sorted(CATALOGUES.glob("*.po")):
        with _compiled(file).open("wb") as stream:
            write_mo(stream, _load(file))


def _extracted() -> Catalog:
    catalog = Catalog()
    for name, line, message, comments, context in extract_from_dir(SOURCE, keywords=KEYWORDS):
        place = (f"src/gigaam_cli/{name}", line)
        catalog.add(message, locations=[place], auto_comments=comments, context=context)
    return catalog


def _load(file: Path) -> Catalog:
    with file.open("rb") as stream:
        return read_po(stream, locale="ru")


def _compiled(file: Path) -> Path:
    return file.with_suffix(".mo")


def _compiled_texts(file: Path) -> dict[MessageId, tuple[str, ...]]:
    with _compiled(file).open("rb") as stream:
        return _texts(read_mo(stream))


def _ids(catalog: Catalog) -> set[MessageId]:
    return {_forms(message.id) for message in catalog if message.id}


def _texts(catalog: Catalog) -> dict[MessageId, tuple[str, ...]]:
    return {_forms(message.id): _forms(message.string) for message in catalog if message.id}


def _forms(text: str | Sequence[str]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
