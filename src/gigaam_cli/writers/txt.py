"""The text alone: a paragraph a line, blank lines between voices and after long pauses."""

from __future__ import annotations

from gigaam_cli.core.values import Transcript
from gigaam_cli.writers.base import PARTIAL, Shaping
from gigaam_cli.writers.phrases import paragraphs, phrases


class TxtWriter:
    """``talk.txt``; without any speech, no bytes at all."""

    name = "txt"
    suffix = ".txt"

    def render(self, transcript: Transcript, shaping: Shaping) -> str:
        """Return the paragraphs."""
        texts = [paragraph.text for paragraph in paragraphs(phrases(transcript, shaping), shaping)]
        if transcript.partial:
            texts.append(f"[{PARTIAL}]")
        return "\n".join(f"{text}\n" for text in texts)
