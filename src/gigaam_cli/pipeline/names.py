"""What outputs are called: decided for the whole run before work starts, never two of one name. Pure."""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# What file systems take for one name, in bytes, less the longest ending that gigaam adds.
_NAME_BYTES = 255
_LONGEST_SUFFIX = len("_timecodes.txt")
_SHORT, _LONG, _UNIQUE = range(3)


@dataclass(frozen=True, slots=True)
class Recording:
    """An input with the folder that its outputs go to."""

    path: Path
    folder: Path


def output_folder(path: Path, root: Path, output: Path | None) -> Path:
    """Return where the outputs of ``path`` go: beside it, or below ``output`` as ``path`` lies below ``root``."""
    return path.parent if output is None else output / path.parent.relative_to(root)


def assign_names(
    recordings: Sequence[Recording],
    suffixes: Mapping[str, str],
    published: Callable[[Path], Collection[Path]],
    taken: Callable[[Path, Path], bool],
) -> dict[Path, dict[str, Path]]:
    """Return each recording's outputs, by format.

    ``suffixes`` maps a format to the ending of its files. ``published(recording)`` are the outputs it has
    already, whose names stay; ``taken(output, recording)`` says that a name belongs to somebody else. A short
    name (``talk.txt``) that two want is had by neither: both keep their extension (``talk.mp3.txt``), and where
    even that clashes, they end in a number made from their path.
    """
    fixed = {item.path: _published_level(item, suffixes, published(item.path)) for item in recordings}
    levels = {path: _SHORT if level is None else level for path, level in fixed.items()}
    inputs = {_fold(item.path) for item in recordings}
    movable = [item for item in recordings if fixed[item.path] is None]
    while clashing := _clashing(
        recordings, movable, suffixes, levels, lambda o, r: _fold(o) in inputs or taken(o, r)
    ):
        for path in clashing:
            levels[path] += 1
    return {item.path: _outputs(item, suffixes, levels[item.path]) for item in recordings}


def _clashing(
    recordings: Sequence[Recording],
    movable: Sequence[Recording],
    suffixes: Mapping[str, str],
    levels: Mapping[Path, int],
    taken: Callable[[Path, Path], bool],
) -> list[Path]:
    wanted = Counter(
        key
        for item in recordings
        for output in _outputs(item, suffixes, levels[item.path]).values()
        for key in _keys(output, levels[item.path])
    )
    return [
        item.path
        for item in movable
        if levels[item.path] < _UNIQUE
        and any(
            taken(output, item.path) or any(wanted[key] > 1 for key in _keys(output, levels[item.path]))
            for output in _outputs(item, suffixes, levels[item.path]).values()
        )
    ]


def _keys(output: Path, level: int) -> Iterator[tuple[str, str]]:
    """Short names must differ by more than case, for disks that fold it; others are as good as unique."""
    yield "exact", str(output)
    if level == _SHORT:
        yield "folded", _fold(output)


def _fold(path: Path) -> str:
    return unicodedata.normalize("NFC", str(path)).casefold()


def _published_level(item: Recording, suffixes: Mapping[str, str], published: Collection[Path]) -> int | None:
    for level in (_SHORT, _LONG, _UNIQUE):
        if not published:
            break
        if any(output in published for output in _outputs(item, suffixes, level).values()):
            return level
    return None


def _outputs(item: Recording, suffixes: Mapping[str, str], level: int) -> dict[str, Path]:
    stem = _stem(item.path, level)
    return {name: item.folder / f"{stem}{suffix}" for name, suffix in suffixes.items()}


def _stem(path: Path, level: int) -> str:
    stem = path.stem if level == _SHORT else path.name
    room = _NAME_BYTES - _LONGEST_SUFFIX
    if level < _UNIQUE and len(os.fsencode(stem)) <= room:
        return stem
    ending = "-" + hashlib.sha256(os.fsencode(path)).hexdigest()[:8]
    return _cut(stem, room - len(ending)) + ending


def _cut(text: str, room: int) -> str:
    while len(os.fsencode(text)) > room:
        text = text[:-1]
    return text
