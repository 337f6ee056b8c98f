"""A line for each phrase, with the time at which it is said."""

from __future__ import annotations

import math
from itertools import chain, pairwise

from gigaam_cli.core.values import Transcript
from gigaam_cli.writers.base import PARTIAL, Shaping
from gigaam_cli.writers.phrases import Phrase, phrases
from gigaam_cli.writers.stamps import milliseconds, timecode


class TimecodesWriter:
    """``talk_timecodes.txt``, as in ``[00:00:05 - 00:00:09] [Клиент] Алло, да, здравствуйте.``

    The first time is rounded down, so that a player sent there misses nothing, and the second up, but not
    beyond where the next phrase begins.
    """

    name = "timecodes"
    suffix = "_timecodes.txt"

    def render(self, transcript: Transcript, shaping: Shaping) -> str:
        """Return the lines."""
        said = chain(phrases(transcript, shaping), [None])
        lines = [_line(phrase, following) for phrase, following in pairwise(said) if phrase is not None]
        if transcript.partial:
            lines.append(f"[{PARTIAL}]")
        return "".join(f"{line}\n" for line in lines)


def _line(phrase: Phrase, following: Phrase | None) -> str:
    start = _whole(phrase.start)
    end = math.ceil(milliseconds(phrase.end) / 1000)
    if following is not None:
        end = max(min(end, _whole(following.start)), min(end, start + 1))
    speaker = f"[{phrase.speaker}] " if phrase.speaker else ""
    return f"[{timecode(start)} - {timecode(end)}] {speaker}{phrase.text}"


def _whole(seconds: float) -> int:
    return milliseconds(seconds) // 1000
