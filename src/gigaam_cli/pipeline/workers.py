"""From segments to what was said: the threads that keep the devices busy."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from gigaam_cli.core.errors import GigaamError, RecognitionError
from gigaam_cli.core.timecode import clock
from gigaam_cli.core.values import SAMPLE_RATE
from gigaam_cli.engines.protocol import Engine
from gigaam_cli.pipeline.flow import Closed, Heard, Message, Recognised, SegmentQueue
from gigaam_cli.pipeline.guard import one_files_work


def run_worker(engine: Engine, queue: SegmentQueue, send: Callable[[Message], None]) -> None:
    """Recognise segments until the queue is closed: the body of a worker's thread."""
    with contextlib.suppress(Closed):
        while True:
            recognise(engine, queue.take(engine.info.batch), send)


def recognise(engine: Engine, batch: list[Heard], send: Callable[[Message], None]) -> None:
    """Recognise ``batch`` and send a result for each of its segments.

    Where a batch fails, its segments are tried one by one, so that only the one at fault is lost.
    """
    wanted: list[Heard] = []
    for item in batch:
        if item.work.abandoned:
            send(Recognised(item.work, item.segment, None))
        else:
            wanted.append(item)
    failed: list[GigaamError] = []
    with one_files_work(failed.append):
        # Nothing is sent before all is there: each segment gets one result, and one only.
        audio = [item.segment.audio for item in wanted]
        results = list(zip(wanted, engine.recognise(audio), strict=True)) if wanted else []
        for item, recognition in results:
            send(Recognised(item.work, item.segment, recognition))
    for item in wanted if failed else ():
        if len(wanted) > 1:
            recognise(engine, [item], send)
        else:
            send(Recognised(item.work, item.segment, None, _placed(failed[0], item)))


def _placed(error: GigaamError, item: Heard) -> RecognitionError:
    return RecognitionError(position=clock(item.segment.start / SAMPLE_RATE), detail=str(error))
