"""What outputs are called: decided for the whole run before work starts, never two of one name. Pure."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from pathlib import Path

from gigaam_cli.pipeline.listing import folded
from gigaam_cli.pipeline.template import Template

# What file systems take for one name, in bytes, less the longest ending that gigaam adds.
_NAME_BYTES = 255
_LONGEST_SUFFIX = len("_timecodes.txt")
_SHORT, _LONG, _UNIQUE, _VERSIONED = range(4)


@dataclass(frozen=True, slots=True)
class Recording:
    """An input with the folder that its outputs go to; ``version`` tells apart files that had one path in turn.

    ``stem`` is what they are called without their endings, where it is not the recording's own name.
    """

    path: Path
    folder: Path
    version: str = ""
    stem: str = ""


def output_folder(path: Path, root: Path, output: Path | None, template: Template | None = None) -> Path:
    """Return where the outputs of ``path`` go: beside it, or below ``output`` as ``path`` lies below ``root``.

    With a template they go where it says, below either.
    """
    if template is not None:
        return (path.parent if output is None else output) / template.folder(path, root)
    return path.parent if output is None else _mirrored(path.parent, root, output)


@lru_cache(maxsize=1)  # recordings come folder by folder
def _mirrored(folder: Path, root: Path, output: Path) -> Path:
    return output / folder.relative_to(root)


def assign_names(
    recordings: Sequence[Recording],
    suffixes: Mapping[str, str],
    published: Callable[[Path], Collection[Path]],
    taken: Callable[[str, Path], bool],
) -> dict[Path, dict[str, Path]]:
    """Return each recording's outputs, by format.

    ``suffixes`` maps a format to the ending of its files. ``published(recording)`` are the outputs it has
    already, whose names stay; ``taken(output, recording)`` says that a name belongs to somebody else. A short
    name (``talk.txt``) that two want is had by neither: both keep their extension (``talk.mp3.txt``), and where
    even that clashes, they end in a number made from their path, and at last from path and version.
    """
    namings = [_naming(item, suffixes, published(item.path)) for item in recordings]
    inputs = {folded(str(item.path)) for item in recordings}
    while clashing := _clashing(namings, inputs, taken):
        for naming in clashing:
            naming.lengthen()
    return {naming.recording.path: naming.paths() for naming in namings}


def is_long(recording: Path, output: Path, suffix: str, template: Template | None = None) -> bool:
    """Whether an output is not called what it would be if its recording were alone."""
    stem = template.stem(recording) if template else ""
    return output.name != _stem(Recording(recording, output.parent, stem=stem), _SHORT) + suffix


@dataclass(slots=True)
class _Naming:
    """How a recording's outputs are called: those published already as they are, the others by ``level``.

    Outputs are text until all are named: of a hundred thousand recordings, paths take too long.
    """

    recording: Recording
    suffixes: Mapping[str, str]
    kept: dict[str, str]
    level: int
    outputs: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.outputs = _outputs(self.recording, self.suffixes, self.level) | self.kept

    def paths(self) -> dict[str, Path]:
        """Return the outputs by format."""
        folder = self.recording.folder
        return {name: folder / os.path.basename(output) for name, output in self.outputs.items()}  # noqa: PTH119 - text

    def lengthen(self) -> None:
        """Take the next longer name for what is not published yet."""
        self.level += 1
        self.__post_init__()

    def movable(self) -> Iterator[str]:
        """The outputs that are not published yet."""
        return (output for name, output in self.outputs.items() if name not in self.kept)

    def keys(self, output: str) -> Iterator[tuple[str, str]]:
        """Short names must differ by more than case, for disks that fold it; others are as good as unique."""
        yield "exact", output
        if self.level == _SHORT or output in self.kept.values():
            yield "folded", folded(output)

    def clashes(self, wanted: Mapping[tuple[str, str], int], inputs: Collection[str]) -> bool:
        """Whether an output that is not published yet is an input's name, or wanted more than once."""
        return any(
            folded(output) in inputs or any(wanted[key] > 1 for key in self.keys(output))
            for output in self.movable()
        )


def _naming(item: Recording, suffixes: Mapping[str, str], published: Collection[Path]) -> _Naming:
    kept: dict[str, str] = {}
    level = _SHORT
    there = {str(path) for path in published}
    for candidate in (_SHORT, _LONG, _UNIQUE, _VERSIONED) if there else ():
        for name, output in _outputs(item, suffixes, candidate).items():
            if output in there and name not in kept:
                kept[name] = output
                level = candidate
    return _Naming(item, suffixes, kept, level)


def _clashing(
    namings: Sequence[_Naming], inputs: Collection[str], taken: Callable[[str, Path], bool]
) -> list[_Naming]:
    near = _near_others(namings, inputs)
    wanted = Counter(
        key for naming in near.values() for output in naming.outputs.values() for key in naming.keys(output)
    )

    def clashes(naming: _Naming) -> bool:
        path = naming.recording.path
        return (path in near and naming.clashes(wanted, inputs)) or any(
            taken(output, path) for output in naming.movable()
        )

    return [naming for naming in namings if naming.level < _VERSIONED and clashes(naming)]


def _near_others(namings: Sequence[_Naming], inputs: Collection[str]) -> dict[Path, _Naming]:
    """Return, by recording, those with a name that differs from another's by case at most: as a rule very few."""
    common = [[folded(output) for output in naming.outputs.values()] for naming in namings]
    counts = Counter(chain(inputs, *common))
    return {
        naming.recording.path: naming
        for naming, names in zip(namings, common, strict=True)
        if any(counts[name] > 1 for name in names)
    }


def _outputs(item: Recording, suffixes: Mapping[str, str], level: int) -> dict[str, str]:
    start = os.path.join(item.folder, _stem(item, level))  # noqa: PTH118 - text
    return {name: start + suffix for name, suffix in suffixes.items()}


def _stem(item: Recording, level: int) -> str:
    stem = item.stem or item.path.stem
    if level != _SHORT:
        stem += item.path.suffix
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
