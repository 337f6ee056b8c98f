"""SubRip subtitles, for any player."""

from __future__ import annotations

from gigaam_cli.core.values import Transcript
from gigaam_cli.writers.base import PARTIAL, Shaping
from gigaam_cli.writers.cues import Cue, cues
from gigaam_cli.writers.stamps import stamp

_PARTIAL_SECONDS = 2.0

# SubRip knows no escapes, and players obey <b> and {\an8}: look-alikes keep the text and its width.
_HARMLESS = str.maketrans({"<": "‹", ">": "›", "{": "(", "}": ")", "\\": "/"})


class SrtWriter:
    """``talk.srt``; a cue names its speaker where another one spoke before."""

    name = "srt"
    suffix = ".srt"

    def render(self, transcript: Transcript, shaping: Shaping) -> str:
        """Return numbered cues with blank lines between them."""
        shown = cues(transcript, shaping)
        if transcript.partial:
            end = shown[-1].end if shown else 0.0
            shown.append(Cue(end, end + _PARTIAL_SECONDS, (f"[{PARTIAL}]",)))
        return "\n".join(_block(number, cue) for number, cue in enumerate(shown, start=1))


def _block(number: int, cue: Cue) -> str:
    text = "\n".join(cue.lines).translate(_HARMLESS)
    return f"{number}\n{stamp(cue.start, ',')} --> {stamp(cue.end, ',')}\n{text}\n"
