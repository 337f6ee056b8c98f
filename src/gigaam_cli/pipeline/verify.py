"""Whether published texts are whole, and of the recordings as they are."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from gigaam_cli.core.files import sha256_of
from gigaam_cli.core.text_errors import NothingPublishedError
from gigaam_cli.pipeline.overview import chosen
from gigaam_cli.store.store import Store
from gigaam_cli.store.values import Fingerprint, Known, KnownOutput

STATES = ("ok", "edited", "missing", "damaged", "stale", "gone", "unreadable", "unchecked")
"""``damaged``: other bytes in a text whose size and time say that nobody changed it. ``stale``: a recording that
changed, or a text of a recognition that the store has no longer. ``gone``: a recording that is not there.
``unchecked``: no checksum tells what the bytes should be, size and time are right."""
HARMLESS = frozenset({"ok", "gone", "unchecked"})
"""Recordings may go when their texts are there."""


@dataclass(frozen=True, slots=True)
class Text:
    """A published text and how it stands with it, one of ``STATES``."""

    path: Path
    format: str
    state: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """A recording with the texts of it; ``state`` is its own, one of ``STATES``."""

    recording: Path
    state: str
    texts: tuple[Text, ...]


def verify(store: Store, below: Iterable[Path] = (), *, contents: bool = False) -> Iterator[Verdict]:
    """Yield what is found of recordings with texts that are or lie below some paths, of all where none is named.

    ``contents`` says that each recording is read and its checksum compared, whatever its time says.

    Raises:
        NothingPublishedError: there is no such recording.
    """
    places = tuple(below)
    verdicts = (verdict for known in chosen(store, places) for verdict in _verdict(known, store, contents))
    first = next(verdicts, None)
    if first is None:
        raise NothingPublishedError(where=", ".join(map(str, places)) or store.place)
    return itertools.chain([first], verdicts)


def _verdict(known: Known, store: Store, contents: bool) -> Iterator[Verdict]:
    """Yield one, or none where there is no text."""
    path = known.file.path
    texts = sorted(_texts(path, store), key=lambda text: str(text.path))
    if texts:
        yield Verdict(path, _source(known, contents), tuple(texts))


def _source(known: Known, contents: bool) -> str:
    file = known.file

    def compare() -> str:
        there = Fingerprint.of(file.path)
        if there.size != file.size:
            return "stale"
        if there == file and not contents:
            return "ok"
        if known.contents is None:
            return "unchecked" if there == file else "stale"
        return "ok" if sha256_of(file.path) == known.contents else "stale"

    return _looked_at(compare, absent="gone")


def _looked_at(compare: Callable[[], str], absent: str) -> str:
    """Return what ``compare`` finds of a file, ``absent`` where there is none."""
    try:
        return compare()
    except (FileNotFoundError, NotADirectoryError):
        return absent
    except OSError:
        return "unreadable"


def _texts(recording: Path, store: Store) -> Iterator[Text]:
    for output in store.outputs.all_of(recording):
        is_current = store.status(output.recognition) is not None
        compare = partial(_compared, output, is_current)
        yield Text(output.file.path, output.format, _looked_at(compare, absent="missing"))


def _compared(output: KnownOutput, is_current: bool) -> str:
    path = output.file.path
    there = Fingerprint.of(path)
    untouched = there == output.file
    if not output.sha256 and untouched:
        return "unchecked" if is_current else "stale"
    if (
        output.sha256
        and path.is_file()
        and there.size == output.file.size
        and sha256_of(path) == output.sha256
    ):
        return "ok" if is_current else "stale"
    return "damaged" if untouched else "edited"
