"""From segments to what was said: the threads that keep the devices busy."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import chain

from gigaam_cli.core.errors import DeviceLostError, EngineStuckError, GigaamError, RecognitionError
from gigaam_cli.core.timecode import clock
from gigaam_cli.core.values import SAMPLE_RATE, Recognition
from gigaam_cli.engines.protocol import Engine
from gigaam_cli.pipeline.flow import Broken, Closed, Heard, Lost, Message, Recognised, SegmentQueue, Staged
from gigaam_cli.pipeline.guard import one_files_work

# One that was given twice to an engine that did not answer is not given a third time.
_MOST_TRIES = 2
Send = Callable[[Message], None]


class Worker:
    """Recognises segments until the queue is closed or the device is lost: ``run`` is the body of its thread."""

    def __init__(self, engine: Engine, queue: SegmentQueue, send: Send) -> None:
        self.engine = engine
        self._queue = queue
        self._send = send
        self._batches: deque[list[Heard]] = deque()
        self._lock = threading.Lock()
        self._asked: float | None = None
        self._gone = False

    def run(self) -> None:
        """Work."""
        try:
            with contextlib.suppress(Closed):
                while True:
                    self.work_off()
        except DeviceLostError as error:
            self._send(Lost(error) if self._queue.taker_leaves() else Broken(error))

    def work_off(self) -> None:
        """Take a batch from the queue and recognise it; what a lost device leaves undone goes back.

        Where a batch fails, its segments are tried one by one, so that only the one at fault is lost.
        """
        self._batches.append(self._queue.take(self.engine.info.batch))
        try:
            while self._batches:
                self._batches.extend([item] for item in self._recognise(self._batches[0]))
                self._batches.popleft()
        except DeviceLostError:
            self._queue.put_back(list(chain.from_iterable(self._batches)))
            raise

    @property
    def waits(self) -> float:
        """For how many seconds the engine has not answered, 0 where it was not asked."""
        asked = self._asked
        return 0.0 if asked is None else time.monotonic() - asked

    def wait_on(self) -> None:
        """Wait as if the engine had been asked only now."""
        with self._lock:
            self._asked = time.monotonic() if self._asked is not None else None

    def abandon(self) -> list[Heard]:
        """Expect no answer any more; return what is to be done by others, nothing if there was one after all.

        The thread ends when its call does, and whatever that brings is thrown away.
        """
        with self._lock:
            if self._asked is None:
                return []
            self._gone = True
            asked, *others = self._batches
            return [*(replace(item, tries=item.tries + 1) for item in asked), *chain.from_iterable(others)]

    def _recognise(self, batch: Sequence[Heard]) -> list[Heard]:
        """Send a result for each segment of ``batch``, or return those to try one by one."""
        wanted: list[Heard] = []
        given_up: list[Heard] = []
        for item in batch:
            (given_up if item.work.abandoned else wanted).append(item)
        failed: list[GigaamError] = []
        with one_files_work(failed.append):
            # Nothing is sent before all is there: each segment gets one result, and one only.
            results = self._ask(wanted) if wanted else []
            for item, recognition in results:
                self._send(Recognised(item.work, item.segment, recognition))
        for item in given_up:
            self._send(Recognised(item.work, item.segment, None))
        if not failed:
            return []
        if len(wanted) > 1:
            return wanted
        (item,) = wanted
        self._send(_failed(item, failed[0]))
        return []

    def _ask(self, wanted: Sequence[Heard]) -> list[tuple[Heard, Recognition]]:
        for work in {id(item.work): item.work for item in wanted if not item.work.taken}.values():
            work.taken = True
            self._send(Staged(work, "recognising"))
        with self._asking():
            answers = self.engine.recognise([item.segment.audio for item in wanted])
            return list(zip(wanted, answers, strict=True))

    @contextlib.contextmanager
    def _asking(self) -> Iterator[None]:
        """Let others see how long the body takes; raises Closed if they gave up waiting."""
        self._asked = time.monotonic()
        try:
            yield
        finally:
            with self._lock:
                self._asked = None
                if self._gone:
                    raise Closed


class Crew:
    """The workers of a run, as many for each engine as it gains from, and somebody who looks after them."""

    def __init__(
        self, engines: Sequence[Engine], queue: SegmentQueue, send: Send, hire: Callable[[Worker], None]
    ) -> None:
        self._queue, self._send, self._hire = queue, send, hire
        self._workers: list[Worker] = []
        for engine in engines:
            for _ in range(engine.info.calls):
                self._add(engine)

    def look_after(self, patience: float) -> list[str]:
        """See to workers whose engine has not answered for ``patience`` seconds; return its devices.

        A call that its engine can end is ended, and then fails. Any other is abandoned with its thread: another
        worker does the work, and what it is about fails if the same happens again.
        """
        stuck: list[str] = []
        for worker in tuple(self._workers):
            if worker.waits > patience:
                stuck.append(worker.engine.info.device)
                self._free(worker, patience)
        return stuck

    def wait_on(self) -> None:
        """Wait as if all engines had been asked only now."""
        for worker in self._workers:
            worker.wait_on()

    def _add(self, engine: Engine) -> None:
        worker = Worker(engine, self._queue, self._send)
        self._workers.append(worker)
        self._hire(worker)

    def _free(self, worker: Worker, patience: float) -> None:
        if worker.engine.interrupt():
            for colleague in self._workers:
                if colleague.engine is worker.engine:  # the end of one call was the end of all
                    colleague.wait_on()
        else:
            self._replace(worker, patience)

    def _replace(self, worker: Worker, patience: float) -> None:
        left = worker.abandon()
        if not left:
            return
        self._workers.remove(worker)
        for item in left:
            if item.tries >= _MOST_TRIES:
                self._send(_failed(item, EngineStuckError(seconds=round(patience))))
        self._queue.put_back([item for item in left if item.tries < _MOST_TRIES])
        self._add(worker.engine)


def _failed(item: Heard, error: GigaamError) -> Recognised:
    position = clock(item.segment.start / SAMPLE_RATE)
    return Recognised(item.work, item.segment, None, RecognitionError(position=position, detail=str(error)))
