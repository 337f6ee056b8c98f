"""What was said, segment by segment, as rows."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from typing import overload

from gigaam_cli.core.values import Segment, Word
from gigaam_cli.store.database import Database

_NO_CHANNEL = -1


def add_segment(database: Database, recognition: int, segment: Segment, speech: float) -> None:
    """Keep what was said in one segment, in which there were so many seconds of ``speech``."""
    words = [[word.text, word.start, word.end, word.confidence] for word in segment.words]
    database.run(
        "INSERT OR REPLACE INTO segments (recognition, start, channel, end, words, speaker, speech)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            recognition,
            segment.start,
            _NO_CHANNEL if segment.channel is None else segment.channel,
            segment.end,
            json.dumps(words, ensure_ascii=False),
            segment.speaker,
            speech,
        ),
    )


class StoredSegments(Sequence[Segment]):
    """What a recognition found: read from the store whenever it is asked for, so that it takes no memory."""

    def __init__(self, database: Database, recognition: int) -> None:
        self._db, self._recognition = database, recognition

    def __len__(self) -> int:
        (count,) = self._db.run(
            "SELECT count(*) FROM segments WHERE recognition = ?", (self._recognition,)
        ).fetchone()
        return int(count)

    def __iter__(self) -> Iterator[Segment]:
        return segments_of(self._db, self._recognition)

    @overload
    def __getitem__(self, index: int) -> Segment: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Segment]: ...
    def __getitem__(self, index: int | slice) -> Segment | Sequence[Segment]:
        return tuple(self)[index]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]  # what compares by its contents has none


def segments_of(database: Database, recognition: int) -> Iterator[Segment]:
    """Yield what a recognition found, in order of time."""
    rows = database.run(
        "SELECT start, end, words, speaker, nullif(channel, ?) FROM segments WHERE recognition = ?"
        " ORDER BY start, channel",
        (_NO_CHANNEL, recognition),
    )
    for start, end, words, speaker, channel in rows:
        # Most words come again and again: each is kept once.
        said = (Word(sys.intern(text), *rest) for text, *rest in json.loads(words))
        yield Segment(start, end, tuple(said), speaker, channel)
