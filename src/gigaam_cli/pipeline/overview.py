"""What the store knows of recordings, beside what is there now."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gigaam_cli.pipeline.coverage import unheard
from gigaam_cli.store.store import Store
from gigaam_cli.store.values import Known, is_there

STATES = ("done", "suspect", "partial", "failed", "in_work", "begun", "stale", "gone", "unwritten", "adopted")
"""``suspect``: done, with speech that has no text. ``in_work``: a run is at it. ``begun``: its run was ended.
``stale``: the file changed since. ``unwritten``: a text of it is gone. ``adopted``: texts were taken in, the words
are unknown."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A recording and how it stands with it, one of ``STATES``."""

    known: Known
    state: str


def overview(store: Store, below: Iterable[Path] = ()) -> Iterator[Standing]:
    """Yield every recording that is or lies below one of some paths, all where none is named, in order of path."""
    return (Standing(known, _state(known, store)) for known in chosen(store, tuple(below)))


def chosen(store: Store, below: Collection[Path]) -> Iterator[Known]:
    """Yield what the store knows of recordings that are or lie below some paths, of all where none is named."""
    return (known for known in store.known() if not below or place_of(known.file.path, below))


def place_of(path: Path, places: Iterable[Path]) -> Path | None:
    """Return the nearest of some paths that a file is or lies below."""
    around = [place for place in places if path == place or place in path.parents]
    return max(around, key=lambda place: len(place.parts), default=None)


def _state(known: Known, store: Store) -> str:
    path = known.file.path
    if known.status == "working" and store.leases.is_held(path):
        return "in_work"
    if not is_there(known.file):
        return "stale" if path.exists() else "gone"
    if known.status not in ("done", "adopted"):
        return "begun" if known.status == "working" else known.status
    if not all(output.exists() for output in store.outputs.of(path)):
        return "unwritten"
    if known.status == "adopted":
        return "adopted"
    return "suspect" if unheard(store.spoken(known.recognition)) else "done"
