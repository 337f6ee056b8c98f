"""A table of phrases, for spreadsheets and scripts."""

from __future__ import annotations

import csv
import io

from gigaam_cli.core.values import Transcript
from gigaam_cli.writers.base import Shaping
from gigaam_cli.writers.phrases import phrases
from gigaam_cli.writers.stamps import milliseconds


class TsvWriter:
    """``talk.tsv``: start, end, speaker and text, with tabs between them and quotes where Excel wants them.

    Times are whole milliseconds, as Whisper writes them: a Russian Excel takes 1.25 for a date.
    """

    name = "tsv"
    suffix = ".tsv"

    def render(self, transcript: Transcript, shaping: Shaping) -> str:
        """Return a header and a row for each phrase."""
        table = io.StringIO()
        rows = csv.writer(table, dialect="excel-tab", lineterminator="\n")
        rows.writerow(("start", "end", "speaker", "text"))
        for phrase in phrases(transcript, shaping):
            times = milliseconds(phrase.start), milliseconds(phrase.end)
            rows.writerow((*times, phrase.speaker or "", phrase.text))
        return table.getvalue()
