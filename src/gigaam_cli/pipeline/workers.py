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
    wanted = [item for item in batch if not item.work.abandoned]
    failed: list[GigaamError] = []
    with one_files_work(failed.append):
        recognitions = list(engine.recognise([item.segment.audio for item in wanted])) if wanted else []
        for item, recognition in zip(wanted, recognitions, strict=True):
            send(Recognised(item.work, item.segment, recognition))
    for item in batch:
        if item.work.abandoned:
            send(Recognised(item.work, item.segment, None))
        elif failed and len(wanted) > 1:
            recognise(engine, [item], send)
        elif failed:
            send(Recognised(item.work, item.segment, None, _placed(failed[0], item)))


def _placed(error: GigaamError, item: Heard) -> RecognitionError:
    return RecognitionError(position=clock(item.segment.start / SAMPLE_RATE), detail=str(error))
