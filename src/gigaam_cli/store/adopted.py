"""Recordings whose texts were there before the store knew of them."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from gigaam_cli.core.values import Transcript
from gigaam_cli.store.database import Database
from gigaam_cli.store.outputs import Outputs
from gigaam_cli.store.recordings import number_of
from gigaam_cli.store.segments import add_segment
from gigaam_cli.store.values import Fingerprint, Output

ANY_SHAPING = ""
"""In ``Output.shaping``: nobody knows how the text was written."""
# In the place of the digest: nobody knows what recognised it, and with which options.
_DIGEST = "adopted"


class Adopted:
    """Recognitions by an unknown model: with their words where a text told them, otherwise with none."""

    def __init__(self, database: Database, outputs: Outputs) -> None:
        self._db = database
        self._outputs = outputs

    def take_in(
        self, file: Fingerprint, contents: str, outputs: Sequence[Output], transcript: Transcript | None
    ) -> None:
        """Note texts of a recording as published, and what was said in it, where that is known.

        ``contents`` is the recording's SHA-256.
        """
        with self._db.transaction():
            recognition = self._begun(number_of(self._db, file))
            if transcript is not None:
                self._fill(recognition, transcript)
            self._db.run(
                "UPDATE recordings SET content_hash = ? WHERE path = ?", (contents, os.fsencode(file.path))
            )
            self._outputs.book(recognition, outputs)

    def number(self, file: Fingerprint) -> int | None:
        """Return the number of the adopted recognition of this very file."""
        row = self._db.run(
            "SELECT r.id FROM recognitions r JOIN recordings f ON f.id = r.recording"
            " WHERE f.path = ? AND f.size = ? AND f.mtime_ns = ? AND r.digest = ?",
            (os.fsencode(file.path), file.size, file.mtime_ns, _DIGEST),
        ).fetchone()
        return None if row is None else int(row[0])

    def with_words(self, file: Fingerprint, partial: bool) -> int | None:
        """Return that number where the words are known and the recording was never recognised since.

        ``partial`` says that the words of a recording that breaks off will do.
        """
        row = self._db.run(
            "SELECT id FROM recognitions r WHERE id = ? AND NOT wordless AND (status = 'done' OR ?)"
            " AND NOT EXISTS (SELECT 1 FROM recognitions o WHERE o.recording = r.recording AND o.id != r.id"
            " AND o.status IN ('done', 'partial'))",
            (self.number(file), partial),
        ).fetchone()
        return None if row is None else int(row[0])

    def _begun(self, recording: int) -> int:
        """Return the number of a recording's adopted recognition; where there is none, make one without words."""
        known = self._db.run(
            "SELECT id FROM recognitions WHERE recording = ? AND digest = ?", (recording, _DIGEST)
        ).fetchone()
        if known is not None:
            return int(known[0])
        recognised = self._db.run(
            "SELECT 1 FROM recognitions WHERE recording = ? AND status IN ('done', 'partial')", (recording,)
        ).fetchone()
        cursor = self._db.run(
            "INSERT INTO recognitions (recording, digest, status, wordless, model, engine, changed_at)"
            " VALUES (?, ?, 'done', 1, '', '', ?)",
            # What gigaam itself recognised counts as the later one.
            (recording, _DIGEST, 0.0 if recognised else time.time()),
        )
        return int(cursor.lastrowid or 0)

    def _fill(self, recognition: int, transcript: Transcript) -> None:
        source = transcript.source
        self._db.run("DELETE FROM segments WHERE recognition = ?", (recognition,))
        self._db.run(
            "UPDATE recognitions SET wordless = 0, status = ?, model = ?, engine = ?, container = ?, codec = ?,"
            " stream = ?, duration = ?, speech_seconds = ? WHERE id = ?",
            (
                "partial" if transcript.partial else "done",
                transcript.model,
                transcript.engine,
                source.container,
                source.codec,
                source.stream,
                transcript.duration,
                transcript.speech_seconds,
                recognition,
            ),
        )
        for segment in transcript.segments:
            add_segment(self._db, recognition, segment, speech=0.0)
