"""What a pack of models says that it holds: a JSON file at its beginning."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from gigaam_cli.core.i18n import mark as _
from gigaam_cli.core.model_errors import PackDamagedError, PackForeignError
from gigaam_cli.engines.catalog import PRECISIONS, CatalogEntry, by_name, is_complete

MANIFEST = "manifest.json"
LARGEST = 1 << 20
"""Bytes that a manifest has at most."""
KIND = "gigaam-models"
_SCHEMA = 1
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_SHA256 = re.compile("[0-9a-f]{64}")
_COMMIT = re.compile("[0-9a-f]{0,64}")


@dataclass(frozen=True, slots=True)
class PackedFile:
    """A file of a model; ``commit`` is the hub's, empty where it did not come from there."""

    name: str
    size: int
    sha256: str
    commit: str


@dataclass(frozen=True, slots=True)
class PackedModel:
    """A model with the files of all its precisions."""

    entry: CatalogEntry
    files: tuple[PackedFile, ...]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)

    def place_of(self, file: PackedFile) -> str:
        """What a file of it is called in the pack."""
        return f"{self.entry.name}/{file.name}"


def written(models: Iterable[PackedModel]) -> bytes:
    """Return a manifest as it lies in a pack."""
    content = {
        "schema": _SCHEMA,
        "kind": KIND,
        "models": [
            {
                "name": model.entry.name,
                "source": model.entry.repository,
                "licence": model.entry.licence,
                "files": [asdict(file) for file in model.files],
            }
            for model in models
        ],
    }
    return json.dumps(content, indent=1).encode()


def parsed(text: bytes, source: str) -> tuple[PackedModel, ...]:
    """Read a manifest; ``source`` is what the pack is called.

    Raises:
        PackForeignError: it names models or a kind of pack that this gigaam does not know.
        PackDamagedError: it makes no sense.
    """
    try:
        content = json.loads(text)
        if content["kind"] != KIND or content["schema"] != _SCHEMA:
            raise PackForeignError(source=source, model=f"{content['kind']} {content['schema']}")
        models = tuple(_model(item, source) for item in content["models"])
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise PackDamagedError(source=source, detail=f"{MANIFEST}: {type(error).__name__}") from error
    names = [model.entry.name for model in models]
    if not names or len(set(names)) < len(names):
        raise PackDamagedError(source=source, detail=_("its list of models is empty or names one twice"))
    return models


def _model(item: dict[str, Any], source: str) -> PackedModel:
    entry = by_name(item["name"])
    if entry is None:
        raise PackForeignError(source=source, model=str(item["name"])[:50])
    files = tuple(PackedFile(**file) for file in item["files"])
    problem = _problem(entry, files)
    if problem:
        raise PackDamagedError(source=source, detail=problem)
    return PackedModel(entry, files)


def _problem(entry: CatalogEntry, files: Sequence[PackedFile]) -> str | None:
    """Return why these cannot be a model's files, None where they can."""
    if not all(_is_sound(entry, file) for file in files):
        return _("it names files that belong to no model, or without size and checksum")
    names = {file.name for file in files}
    if len({name.casefold() for name in names}) < len(files):
        return _("it names a file twice")
    if not any(is_complete(entry, names, precision) for precision in PRECISIONS):
        return _("files of a model are missing in it")
    return None


def _is_sound(entry: CatalogEntry, file: PackedFile) -> bool:
    texts = (file.name, file.sha256, file.commit)
    if not all(isinstance(text, str) for text in texts) or type(file.size) is not int or file.size < 0:
        return False
    plain = (
        _PLAIN_NAME.fullmatch(file.name) and _SHA256.fullmatch(file.sha256) and _COMMIT.fullmatch(file.commit)
    )
    return bool(plain) and any(entry.owns(file.name, precision) for precision in PRECISIONS)
