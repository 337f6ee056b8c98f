"""What the store knows of recordings, beside what is there now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gigaam_cli.pipeline.coverage import unheard
from gigaam_cli.store.store import Store
from gigaam_cli.store.values import Known, is_there

STATES = ("done", "suspect", "partial", "failed", "begun", "stale", "gone", "unwritten")
"""``suspect``: done, with speech that has no text. ``begun``: in work, or its run was killed. ``stale``: the file
changed since. ``unwritten``: a text of it is gone."""

_BY_STATUS = {"done": "done", "partial": "partial", "failed": "failed", "working": "begun"}


@dataclass(frozen=True, slots=True)
class Standing:
    """A recording and how it stands with it, one of ``STATES``."""

    known: Known
    state: str


def overview(store: Store, below: Iterable[Path] = ()) -> Iterator[Standing]:
    """Yield every recording that is or lies below one of some paths, all where none is named, in order of path."""
    places = tuple(below)
    for known in store.known():
        if not places or place_of(known.file.path, places) is not None:
            yield Standing(known, _state(known, store))


def place_of(path: Path, places: Iterable[Path]) -> Path | None:
    """Return the nearest of some paths that a file is or lies below."""
    around = [place for place in places if path == place or place in path.parents]
    return max(around, key=lambda place: len(place.parts), default=None)


def _state(known: Known, store: Store) -> str:
    path = known.file.path
    if not is_there(known.file):
        return "stale" if path.exists() else "gone"
    state = _BY_STATUS[known.status]
    if state != "done":
        return state
    if not all(output.exists() for output in store.published(path)):
        return "unwritten"
    return "suspect" if unheard(store.spoken(known.recognition)) else "done"
