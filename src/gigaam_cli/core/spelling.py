"""What names are one and the same on some disk: in another case, or with letters put together in another way."""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Callable, Iterable
from pathlib import Path, PurePath
from typing import TypeVar

FOLDING = sys.platform in ("win32", "darwin")
"""Whether disks of this system are used to take talk.txt and Talk.txt for one."""
_Path = TypeVar("_Path", bound=PurePath)


def folded(name: str) -> str:
    """Return what two names have in common that some disk takes for one."""
    return name.lower() if name.isascii() else unicodedata.normalize("NFC", name).casefold()


def is_one_file(one: PurePath, other: PurePath) -> bool:
    """Whether two paths lead to the same file."""
    try:
        return Path(one).samefile(other)
    except (OSError, ValueError):
        return False


def _names(folder: PurePath) -> Iterable[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 - names alone are what is wanted
    except (OSError, ValueError):  # the latter where a NUL is in the name
        return ()


class Spelling:
    """How names are spelled on the disk: there, ``c:\\users`` and ``C:\\Users`` are one recording's folder.

    ``names`` lists a folder, which is asked once for each; ``same`` says whether two paths lead to one file.
    Where disks do not fold names, nothing is looked at.
    """

    def __init__(
        self,
        names: Callable[[PurePath], Iterable[str]] = _names,
        same: Callable[[PurePath, PurePath], bool] = is_one_file,
        folding: bool = FOLDING,
    ) -> None:
        self._names, self._same, self._folding = names, same, folding
        self._known: dict[PurePath, dict[str, list[str]]] = {}

    def of(self, path: _Path) -> _Path:
        """Return an absolute path as its names are spelled on the disk; what is not there stays as it is."""
        if not self._folding:
            return path
        there = type(path)(_spelled_drive(path.anchor))
        for name in path.parts[1:]:
            there = there / self._spelled(there, name)
        return there

    def _spelled(self, folder: PurePath, name: str) -> str:
        alike = self._alike(folder).get(folded(name), [])
        if name in alike:
            return name
        return next((other for other in alike if self._same(folder / name, folder / other)), name)

    def _alike(self, folder: PurePath) -> dict[str, list[str]]:
        if folder not in self._known:
            alike: dict[str, list[str]] = {}
            for name in self._names(folder):
                alike.setdefault(folded(name), []).append(name)
            self._known[folder] = alike
        return self._known[folder]


def _spelled_drive(anchor: str) -> str:
    return anchor.upper() if anchor[1:2] == ":" else anchor


def folds(folder: Path) -> bool:
    """Whether the disk takes talk.txt and Talk.txt for one: that of a folder, or of the nearest that is there."""
    for place in (folder, *folder.parents):
        if place.name.swapcase() == place.name or not os.path.lexists(place):
            continue
        return is_one_file(place, place.with_name(place.name.swapcase()))
    return FOLDING
