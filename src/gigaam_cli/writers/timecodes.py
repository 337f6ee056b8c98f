"""A line for each phrase, with the time at which it is said."""

from __future__ import annotations

import math

from gigaam_cli.core.values import Transcript
from gigaam_cli.writers.base import PARTIAL, Shaping
from gigaam_cli.writers.phrases import Phrase, phrases
from gigaam_cli.writers.stamps import milliseconds, timecode


class TimecodesWriter:
    """``talk_timecodes.txt``, as in ``[00:00:05 - 00:00:09] [Клиент] Алло, да, здравствуйте.``

    The whole phrase lies between its two times: the first is rounded down and the second up, so that a player
    sent to the first misses nothing. Neighbours may share a second for that.
    """

    name = "timecodes"
    suffix = "_timecodes.txt"

    def render(self, transcript: Transcript, shaping: Shaping) -> str:
        """Return the lines."""
        lines = [_line(phrase) for phrase in phrases(transcript, shaping)]
        if transcript.partial:
            lines.append(f"[{PARTIAL}]")
        return "".join(f"{line}\n" for line in lines)


def _line(phrase: Phrase) -> str:
    start = milliseconds(phrase.start) // 1000
    end = math.ceil(milliseconds(phrase.end) / 1000)
    speaker = f"[{phrase.speaker}] " if phrase.speaker else ""
    return f"[{timecode(start)} - {timecode(end)}] {speaker}{phrase.text}"
