"""A recording under way, as the books of a run keep it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gigaam_cli.pipeline.flow import Ended, Opened, Work
from gigaam_cli.pipeline.second_look import Look

if TYPE_CHECKING:
    from gigaam_cli.core.events import Stage


@dataclass(slots=True)
class Entry:
    """How many segments of a recording are back, and how far it is recognised (seconds).

    ``starts`` are those of its segments. ``ahead`` are the ends of segments that are back before those in front of
    them; ``behind`` is the first that is not back. ``known`` are seconds of audio that an earlier run recognised.
    """

    work: Work
    recognition: int
    opened: Opened
    results: int = 0
    starts: set[float] = field(default_factory=set)
    behind: int = 0
    ahead: dict[int, float] = field(default_factory=dict)
    position: float = 0.0
    ended: Ended | None = None
    known: float = 0.0
    look: Look | None = None
    stage: Stage = "decoding"

    def count(self, index: int, span: tuple[float, float]) -> float:
        """Book a segment that is in the store; return up to where everything is there."""
        self.results += 1
        self.starts.add(span[0])
        self.ahead[index] = span[1]
        reached = self.position
        while (end := self.ahead.pop(self.behind, None)) is not None:
            self.behind += 1
            reached = max(reached, end)
        return reached
