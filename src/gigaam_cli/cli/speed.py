"""How fast a run is of late, and how long the rest takes. Pure but for its clock."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

# What is older counts no more, but so many steps always do: recognition goes in steps of a segment or a batch.
_WINDOW_SECONDS, _LEAST_STEPS = 60.0, 8
# A speed from less than this is noise.
_SETTLING_SECONDS, _SETTLING_STEPS = 3.0, 3
# After so long without a step a run is slower than its last steps say.
_PATIENCE_SECONDS = 15.0
# How much of what has changed since then is believed a second.
_BELIEF = 0.25


class Speed:
    """Seconds of audio a second, by what was recognised in the last minute; pauses do not count."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._steps: deque[tuple[float, float]] = deque()
        self._rested = 0.0
        self._paused_at: float | None = None
        self._end: tuple[float, float] | None = None

    def note(self, heard: float) -> None:
        """Take note that so many seconds of audio are recognised in all."""
        now = self._now()
        if not self._steps or heard > self._steps[-1][1]:
            self._steps.append((now, heard))
        while len(self._steps) > _LEAST_STEPS and self._steps[1][0] < now - _WINDOW_SECONDS:
            self._steps.popleft()

    def pause(self) -> None:
        """Let time stand still."""
        self._paused_at = self._clock() if self._paused_at is None else self._paused_at

    def resume(self) -> None:
        """Let time go on."""
        if self._paused_at is not None:
            self._rested += self._clock() - self._paused_at
            self._paused_at = None

    @property
    def current(self) -> float | None:
        """Seconds of audio a second, None where it is too early to say."""
        if len(self._steps) <= _SETTLING_STEPS:
            return None
        (began, before), (last, heard) = self._steps[0], self._steps[-1]
        span = max(last, self._now() - _PATIENCE_SECONDS) - began
        return (heard - before) / span if last - began >= _SETTLING_SECONDS else None

    def time_for(self, seconds: float) -> float | None:
        """Return how long so much audio takes, None where it is too early to say; it changes without jumps."""
        speed, now = self.current, self._now()
        if not speed:
            return None
        end = now + seconds / speed
        if self._end is None:
            self._end = (now, end)
        told, before = self._end
        if now - told >= 1.0:
            self._end = (now, before + (end - before) * _BELIEF)
        return max(0.0, self._end[1] - now)

    def _now(self) -> float:
        return (self._clock() if self._paused_at is None else self._paused_at) - self._rested


def rounded(seconds: float) -> float:
    """Return a time that is to come, as exact as it can be known."""
    grain = 60 if seconds >= 3600 else 10 if seconds >= 600 else 5 if seconds >= 60 else 1
    return float(round(seconds / grain) * grain)
