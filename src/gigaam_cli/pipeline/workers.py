"""From segments to what was said: the threads that keep the devices busy."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Sequence
from itertools import chain

from gigaam_cli.core.errors import DeviceLostError, GigaamError, RecognitionError
from gigaam_cli.core.timecode import clock
from gigaam_cli.core.values import SAMPLE_RATE
from gigaam_cli.engines.protocol import Engine
from gigaam_cli.pipeline.flow import Broken, Closed, Heard, Lost, Message, Recognised, SegmentQueue
from gigaam_cli.pipeline.guard import one_files_work


def run_worker(engine: Engine, queue: SegmentQueue, send: Callable[[Message], None]) -> None:
    """Recognise segments until the queue is closed or the device is lost: the body of a worker's thread."""
    try:
        with contextlib.suppress(Closed):
            while True:
                work_off(engine, queue, send)
    except DeviceLostError as error:
        send(Lost(error) if queue.taker_leaves() else Broken(error))


def work_off(engine: Engine, queue: SegmentQueue, send: Callable[[Message], None]) -> None:
    """Take a batch from the queue and recognise it; what a lost device leaves undone goes back.

    Where a batch fails, its segments are tried one by one, so that only the one at fault is lost.
    """
    batches = deque([queue.take(engine.info.batch)])
    try:
        while batches:
            batches.extend([item] for item in recognise(engine, batches[0], send))
            batches.popleft()
    except DeviceLostError:
        queue.put_back(list(chain.from_iterable(batches)))
        raise


def recognise(engine: Engine, batch: Sequence[Heard], send: Callable[[Message], None]) -> list[Heard]:
    """Recognise ``batch`` and send a result for each of its segments, or return those to try one by one."""
    wanted: list[Heard] = []
    given_up: list[Heard] = []
    for item in batch:
        (given_up if item.work.abandoned else wanted).append(item)
    failed: list[GigaamError] = []
    with one_files_work(failed.append):
        # Nothing is sent before all is there: each segment gets one result, and one only.
        audio = [item.segment.audio for item in wanted]
        results = list(zip(wanted, engine.recognise(audio), strict=True)) if wanted else []
        for item, recognition in results:
            send(Recognised(item.work, item.segment, recognition))
    for item in given_up:
        send(Recognised(item.work, item.segment, None))
    if not failed:
        return []
    if len(wanted) > 1:
        return wanted
    (item,) = wanted
    send(Recognised(item.work, item.segment, None, _placed(failed[0], item)))
    return []


def _placed(error: GigaamError, item: Heard) -> RecognitionError:
    return RecognitionError(position=clock(item.segment.start / SAMPLE_RATE), detail=str(error))
