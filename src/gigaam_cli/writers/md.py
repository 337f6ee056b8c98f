"""A page to read: a title, what the recording is, and paragraphs with their times."""

from __future__ import annotations

import re
from dataclasses import replace

from gigaam_cli.core.values import Transcript
from gigaam_cli.writers.base import PARTIAL, Shaping
from gigaam_cli.writers.phrases import Phrase, paragraphs, phrases
from gigaam_cli.writers.stamps import timecode
from gigaam_cli.writers.text import cleaned, plain

# Whatever GitHub or Obsidian would take for markup inside a line; no text stands at the beginning of one.
_SPECIAL = re.compile(r"[\\`*_\[\]<>#&~|$^=]")


class MdWriter:
    """``talk.md``, in CommonMark."""

    name = "md"
    suffix = ".md"

    def render(self, transcript: Transcript, shaping: Shaping) -> str:
        """Return the page; everything recognised or named is escaped."""
        known = cleaned(replace(transcript, segments=()))
        blocks = [f"# {_escaped(plain(known.source.name))}", _facts(known)]
        limit = shaping.max_paragraph_seconds
        blocks += map(_block, paragraphs(phrases(transcript, shaping), shaping, limit))
        if transcript.partial:
            blocks.append(f"*[{PARTIAL}]*")
        return "\n\n".join(blocks) + "\n"


def _facts(transcript: Transcript) -> str:
    facts = [timecode(int(transcript.duration)), f"модель {transcript.model}", f"движок {transcript.engine}"]
    return " · ".join(map(_escaped, facts))


def _block(paragraph: Phrase) -> str:
    speaker = f" **{_escaped(paragraph.speaker)}:**" if paragraph.speaker else ""
    return f"**{timecode(int(paragraph.start))}**{speaker} {_escaped(paragraph.text)}"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", text)
