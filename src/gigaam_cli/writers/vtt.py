"""WebVTT subtitles, for web pages; speakers are voices."""

from __future__ import annotations

from gigaam_cli.core.values import Transcript
from gigaam_cli.writers.base import PARTIAL, Shaping
from gigaam_cli.writers.cues import Cue, cues
from gigaam_cli.writers.stamps import stamp

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


class VttWriter:
    """``talk.vtt``, as in ``<v Клиент>Алло, да, здравствуйте.``"""

    name = "vtt"
    suffix = ".vtt"

    def render(self, transcript: Transcript, shaping: Shaping) -> str:
        """Return the header, a note where the recording is cut off, and the cues."""
        blocks = ["WEBVTT\n"]
        if transcript.partial:
            blocks.append(f"NOTE {PARTIAL}\n")
        return "\n".join(blocks + [_block(cue) for cue in cues(transcript, shaping)])


def _block(cue: Cue) -> str:
    # The voice names the speaker in every cue, so the label for eyes is left out.
    text = "\n".join(cue.lines).removeprefix(cue.label).lstrip().translate(_ESCAPES)
    voice = f"<v {cue.speaker.translate(_ESCAPES)}>" if cue.speaker else ""
    return f"{stamp(cue.start, '.')} --> {stamp(cue.end, '.')}\n{voice}{text}\n"
