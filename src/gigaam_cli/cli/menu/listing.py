"""What a folder shows in the browser, where the pointer is, what is marked: values, without a terminal."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gigaam_cli.media.discover import EXTENSIONS


@dataclass(frozen=True, slots=True)
class Entry:
    """A folder or a recording."""

    path: Path
    is_folder: bool


def entries_of(folder: Path) -> tuple[Entry, ...]:
    """Return the folders and recordings in ``folder``, the folders first, by name; hidden ones are left out.

    Raises:
        OSError: it cannot be read.
    """
    found = []
    with os.scandir(folder) as items:
        for item in items:
            if item.name.startswith("."):
                continue
            if _is_folder(item) or Path(item.name).suffix.lower() in EXTENSIONS:
                found.append(Entry(folder / item.name, _is_folder(item)))
    return tuple(sorted(found, key=lambda entry: (not entry.is_folder, entry.path.name.casefold())))


def _is_folder(item: os.DirEntry[str]) -> bool:
    try:
        return item.is_dir()
    except OSError:  # a link to nowhere that it may not be followed to
        return False


@dataclass(frozen=True, slots=True)
class Listing:
    """A folder on show. Row 0 takes what is marked, or the folder itself; the others are its entries."""

    folder: Path
    entries: tuple[Entry, ...] = ()
    pointed: int = 0
    typed: str = ""
    """Only entries with this in their names are shown."""
    marked: frozenset[Path] = frozenset()
    problem: str = ""
    """Why the folder cannot be read."""

    @property
    def shown(self) -> Sequence[Entry]:
        """The entries that the filter lets through."""
        wanted = self.typed.casefold()
        return (
            [entry for entry in self.entries if wanted in entry.path.name.casefold()]
            if wanted
            else self.entries
        )

    @property
    def entry(self) -> Entry | None:
        """The entry that is pointed at, None on the first row."""
        return self.shown[self.pointed - 1] if self.pointed else None

    @property
    def finds_nothing(self) -> bool:
        """Whether something is typed that is in no name here: it may be a path."""
        return bool(self.typed) and not self.shown

    @property
    def goes_on_with_a_space(self) -> bool:
        """Whether a space belongs to what is typed: to the name that is pointed at, or to a path."""
        if not self.typed or self.entry is None:
            return self.finds_nothing
        return f"{self.typed} ".casefold() in self.entry.path.name.casefold()

    @property
    def taken(self) -> tuple[Path, ...]:
        """What the first row stands for."""
        return tuple(sorted(self.marked)) or (self.folder,)

    def moved(self, rows: int) -> Listing:
        """Point so many rows further down, no further than there are rows."""
        return replace(self, pointed=min(max(0, self.pointed + rows), len(self.shown)))

    def filtered(self, typed: str) -> Listing:
        """Show only what has ``typed`` in its name, and point at the first of that."""
        listing = replace(self, typed=typed, pointed=0)
        return listing.moved(1) if typed else listing

    def toggled(self) -> Listing:
        """Mark what is pointed at, or unmark it, and go on to the next row."""
        if self.entry is None:
            return self
        return replace(self, marked=self.marked ^ {self.entry.path}).moved(1)

    def opened(self, folder: Path) -> Listing:
        """Show another folder; where it is the one above, point at the one that was left."""
        try:
            entries, problem = entries_of(folder), ""
        except OSError as error:
            entries, problem = (), error.strerror or str(error)
        paths = [entry.path for entry in entries]
        pointed = paths.index(self.folder) + 1 if self.folder in paths else 0
        return Listing(folder, entries, pointed, marked=self.marked, problem=problem)
