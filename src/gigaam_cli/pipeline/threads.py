"""The threads of a run: readers, workers, and one that reads again what has no text."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial

from gigaam_cli.engines.protocol import Engine
from gigaam_cli.pipeline.flow import Broken, Message, SegmentQueue
from gigaam_cli.pipeline.guard import one_files_work
from gigaam_cli.pipeline.jobs import Job, Pace, Recipe
from gigaam_cli.pipeline.readers import Schedule, run_reader
from gigaam_cli.pipeline.second_look import SecondLooks
from gigaam_cli.pipeline.workers import Crew, Worker

# A thread that is inside a native call when the run ends is left to the process's end after this long.
_PATIENCE_SECONDS = 5.0


class Threads:
    """At work within ``with``; afterwards none is left, nor any FFmpeg.

    ``segments`` wait for the engines, ``looks`` are what is to be read again, ``crew`` are the workers.
    """

    def __init__(
        self,
        engines: Sequence[Engine],
        jobs: Sequence[Job],
        recipe: Recipe,
        pace: Pace,
        inbox: queue.SimpleQueue[Message],
    ) -> None:
        takers = sum(engine.info.calls for engine in engines)
        self.segments = SegmentQueue(_room(engines, recipe, pace), pace.readers, takers)
        self.looks = SecondLooks(recipe, self.segments, inbox.put)
        self._schedule = Schedule(jobs, pace, inbox.put, recipe.decode.stall_timeout)
        self._recipe, self._pace, self._inbox = recipe, pace, inbox
        self._threads: list[threading.Thread] = []
        self.crew = Crew(engines, self.segments, inbox.put, self._hire)

    def __enter__(self) -> Threads:
        for number in range(self._pace.readers):
            body = partial(run_reader, self._schedule, self._recipe, self.segments, self._inbox.put)
            self._start(body, f"reader-{number}")
        self._start(self.looks.run, "reader-again")
        return self

    def begin_no_more(self) -> None:
        """Finish the recordings that are being read, and begin no others."""
        self._schedule.end()

    def __exit__(self, *_: object) -> None:
        self.segments.close()
        self._schedule.close()
        self.looks.close()
        deadline = time.monotonic() + _PATIENCE_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _hire(self, worker: Worker) -> None:
        self._start(worker.run, f"worker-{worker.engine.info.device}")

    def _start(self, body: Callable[[], None], name: str) -> None:
        thread = threading.Thread(target=self._watched, args=(body,), name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _watched(self, body: Callable[[], None]) -> None:
        """Run a thread's body; if it dies, end the run rather than let it wait for ever."""
        with one_files_work(lambda error: self._inbox.put(Broken(error))):
            body()


def _room(engines: Sequence[Engine], recipe: Recipe, pace: Pace) -> float:
    """Seconds of audio that may be under way: enough to have a full batch waiting behind each in work."""
    segments = sum(engine.info.calls * engine.info.batch for engine in engines)
    return max(pace.queue_seconds, 2 * segments * recipe.segment.max_segment)
