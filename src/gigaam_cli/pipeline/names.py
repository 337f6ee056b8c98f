"""What outputs are called: decided for the whole run before work starts, never two of one name. Pure."""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

# What file systems take for one name, in bytes, less the longest ending that gigaam adds.
_NAME_BYTES = 255
_LONGEST_SUFFIX = len("_timecodes.txt")
_SHORT, _LONG, _UNIQUE, _VERSIONED = range(4)


@dataclass(frozen=True, slots=True)
class Recording:
    """An input with the folder that its outputs go to; ``version`` tells apart files that had one path in turn."""

    path: Path
    folder: Path
    version: str = ""


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
    even that clashes, they end in a number made from their path, and at last from path and version.
    """
    namings = [_naming(item, suffixes, published(item.path)) for item in recordings]
    inputs = {_fold(item.path) for item in recordings}
    while clashing := _clashing(namings, lambda output, path: _fold(output) in inputs or taken(output, path)):
        for naming in clashing:
            naming.lengthen()
    return {naming.recording.path: naming.outputs for naming in namings}


@dataclass(slots=True)
class _Naming:
    """How a recording's outputs are called: those published already as they are, the others by ``level``."""

    recording: Recording
    suffixes: Mapping[str, str]
    kept: dict[str, Path]
    level: int
    outputs: dict[str, Path] = field(init=False)

    def __post_init__(self) -> None:
        self.outputs = _outputs(self.recording, self.suffixes, self.level) | self.kept

    def lengthen(self) -> None:
        """Take the next longer name for what is not published yet."""
        self.level += 1
        self.__post_init__()

    def movable(self) -> Iterator[Path]:
        """The outputs that are not published yet."""
        return (output for name, output in self.outputs.items() if name not in self.kept)

    def keys(self, output: Path) -> Iterator[tuple[str, str]]:
        """Short names must differ by more than case, for disks that fold it; others are as good as unique."""
        yield "exact", str(output)
        if self.level == _SHORT or output in self.kept.values():
            yield "folded", _fold(output)


def _naming(item: Recording, suffixes: Mapping[str, str], published: Collection[Path]) -> _Naming:
    kept: dict[str, Path] = {}
    level = _SHORT
    for candidate in (_SHORT, _LONG, _UNIQUE, _VERSIONED) if published else ():
        for name, output in _outputs(item, suffixes, candidate).items():
            if output in published and name not in kept:
                kept[name] = output
                level = candidate
    return _Naming(item, suffixes, kept, level)


def _clashing(namings: Sequence[_Naming], taken: Callable[[Path, Path], bool]) -> list[_Naming]:
    wanted = Counter(
        key for naming in namings for output in naming.outputs.values() for key in naming.keys(output)
    )
    return [
        naming
        for naming in namings
        if naming.level < _VERSIONED
        and any(
            taken(output, naming.recording.path) or any(wanted[key] > 1 for key in naming.keys(output))
            for output in naming.movable()
        )
    ]


def _fold(path: Path) -> str:
    return unicodedata.normalize("NFC", str(path)).casefold()


def _outputs(item: Recording, suffixes: Mapping[str, str], level: int) -> dict[str, Path]:
    stem = _stem(item, level)
    return {name: item.folder / f"{stem}{suffix}" for name, suffix in suffixes.items()}


def _stem(item: Recording, level: int) -> str:
    stem = item.path.stem if level == _SHORT else item.path.name
    room = _NAME_BYTES - _LONGEST_SUFFIX
    if level < _UNIQUE and len(os.fsencode(stem)) <= room:
        return stem
    version = item.version if level == _VERSIONED else ""
    ending = "-" + hashlib.sha256(os.fsencode(item.path) + version.encode()).hexdigest()[:8]
    return _cut(stem, room - len(ending)) + ending


def _cut(text: str, room: int) -> str:
    while len(os.fsencode(text)) > room:
        text = text[:-1]
    return text
