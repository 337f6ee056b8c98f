"""Engines that say what a test expects, and fail, dawdle or blunder on demand."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from gigaam_cli.core.values import SAMPLE_RATE, Recognition, Token
from gigaam_cli.engines.protocol import EngineInfo
from tests.fakes.sounds import beeps_in, code_of

if TYPE_CHECKING:
    from gigaam_cli.core.values import Audio

Trouble = Callable[[int, Sequence[int]], None]
"""Called before each call with its number, from 1, and the codes of its batch; raises or sleeps."""


def word(code: int) -> str:
    """Return what the engines here say when they hear ``code``."""
    return f"звук{code}"


def no_trouble(call: int, codes: Sequence[int]) -> None:
    """Let every call pass."""


def fails_at(*calls: int, error: Exception | None = None) -> Trouble:
    """Fail at the calls of these numbers."""

    def trouble(call: int, codes: Sequence[int]) -> None:
        if call in calls:
            raise error or RuntimeError(f"call {call} failed")

    return trouble


def fails_on(*codes: int, error: Exception | None = None) -> Trouble:
    """Fail whenever one of these sounds is in the batch."""

    def trouble(call: int, heard: Sequence[int]) -> None:
        if set(codes) & set(heard):
            raise error or RuntimeError(f"cannot stand {codes}")

    return trouble


def slow(seconds: float) -> Trouble:
    """Take a while for every call."""
    return lambda call, codes: time.sleep(seconds)


class FakeEngine:
    """Says ``word(code)`` for each beep, and counts what it was asked and how often at once."""

    def __init__(
        self, trouble: Trouble = no_trouble, calls: int = 1, batch: int = 1, device: str = "cpu"
    ) -> None:
        self.heard: list[list[int]] = []
        self.busiest = 0
        self.closed = False
        self._info = EngineInfo("fake", "beeps", "fp32", device, "asked for", calls, batch)
        self._trouble = trouble
        self._busy = 0
        self._lock = threading.Lock()

    @property
    def info(self) -> EngineInfo:
        """What this engine is."""
        return self._info

    def recognise(self, batch: Sequence[Audio]) -> Iterator[Recognition]:
        """Yield a word for each of ``batch``, in the middle of its segment."""
        codes = [code_of(audio) for audio in batch]
        with self._lock:
            self.heard.append(codes)
            call = len(self.heard)
            self._busy += 1
            self.busiest = max(self.busiest, self._busy)
        try:
            self._trouble(call, codes)
            yield from (_recognition(code, len(audio)) for code, audio in zip(codes, batch, strict=True))
        finally:
            with self._lock:
                self._busy -= 1

    def interrupt(self) -> bool:
        """End no call."""
        return False

    def close(self) -> None:
        """Remember that this was called."""
        self.closed = True


class MiscountingEngine(FakeEngine):
    """Answers a batch with ``surplus`` results too many, or too few where that is negative."""

    def __init__(self, surplus: int, batch: int) -> None:
        super().__init__(batch=batch)
        self._surplus = surplus

    def recognise(self, batch: Sequence[Audio]) -> Iterator[Recognition]:
        """Yield a wrong number of results, unless the batch is a single segment."""
        results = list(super().recognise(batch))
        if len(batch) > 1:
            results = (results + results)[: len(results) + self._surplus]
        yield from results


def _recognition(code: int, samples: int) -> Recognition:
    middle = samples / SAMPLE_RATE / 2
    return Recognition((Token(f" {word(code)}", middle, middle, 0.9),))


class FallsSilent(FakeEngine):
    """Says nothing any more after so many segments."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self._left = after

    def recognise(self, batch: Sequence[Audio]) -> Iterator[Recognition]:
        """Yield words, then none."""
        for recognition in super().recognise(batch):
            self._left -= 1
            yield recognition if self._left >= 0 else Recognition(())


class HardOfHearing(FakeEngine):
    """Says a word for every beep, but hears none of ``missed`` in a segment of less than ``least`` seconds."""

    def __init__(self, missed: Sequence[int], least: float, calls: int = 1) -> None:
        super().__init__(calls=calls)
        self._missed, self._least = set(missed), least

    def recognise(self, batch: Sequence[Audio]) -> Iterator[Recognition]:
        """Yield the words of each segment, each where its beep is."""
        for audio in batch:
            self.heard.append([code for code, _ in beeps_in(audio)])
            deaf = len(audio) < self._least * SAMPLE_RATE
            yield Recognition(
                tuple(
                    Token(f" {word(code)}", at, at + 0.2, 0.9)
                    for code, at in beeps_in(audio)
                    if not (deaf and code in self._missed)
                )
            )
