"""What a writer is, and everything that shapes its text without recognising again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from gigaam_cli.core.values import Transcript

PARTIAL = "запись оборвана"
"""How every format for people says that the transcript ends before the recording did."""


@dataclass(frozen=True, slots=True)
class Shaping:
    """How words become phrases, paragraphs and subtitles; lengths in characters, times in seconds."""

    pause: float = 0.7
    """A silence between words that ends a phrase and a subtitle."""
    max_phrase_seconds: float = 15.0
    paragraph_pause: float = 2.0
    """A silence between phrases that begins a new paragraph."""
    max_paragraph_seconds: float = 60.0
    """A paragraph with a timecode takes no more phrases after that long."""
    max_line_width: int = 42
    max_lines: int = 2
    min_cue_seconds: float = 1.0
    max_cue_seconds: float = 7.0
    max_chars_per_second: float = 21.0


class Writer(Protocol):
    """A format: its name on the command line, what it appends to an output's stem, and the text itself."""

    @property
    def name(self) -> str:
        """What ``--format`` calls it."""

    @property
    def suffix(self) -> str:
        """What follows the stem in the output's name, with the extension's dot."""

    def render(self, transcript: Transcript, shaping: Shaping) -> str:
        """Return the whole file; lines end with ``\\n``, the last one too."""
