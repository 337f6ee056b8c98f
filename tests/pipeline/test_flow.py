"""The queue between readers and devices: bounded in seconds, fair to the oldest, and nobody is left waiting."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gigaam_cli.core.values import SAMPLE_RATE, AudioSegment
from gigaam_cli.pipeline import flow
from gigaam_cli.pipeline.flow import Closed, Heard, SegmentQueue, Work
from gigaam_cli.pipeline.jobs import Job
from gigaam_cli.store.values import Fingerprint

MOMENT = 0.1
WORK = Work(Job(0, Fingerprint(Path("/a.wav"), 1, 1), {}))


def heard(seconds: float, index: int = 0) -> Heard:
    audio = np.zeros(round(seconds * SAMPLE_RATE), np.float32)
    return Heard(WORK, AudioSegment(index, 0, audio, len(audio)))


def indices(batch: list[Heard]) -> list[int]:
    return [item.segment.index for item in batch]


class Pool:
    """Threads whose end nobody waits for: where one waits for ever, a test fails and does not hang."""

    def submit(self, call: Callable[..., Any], *arguments: object) -> Future[Any]:
        """Begin a call in a thread of its own."""
        future: Future[Any] = Future()

        def body() -> None:
            try:
                future.set_result(call(*arguments))
            except Closed as error:
                future.set_exception(error)

        threading.Thread(target=body, daemon=True).start()
        return future


@pytest.fixture
def pool() -> Pool:
    return Pool()


def still_waits(future: Future[Any]) -> bool:
    try:
        future.result(MOMENT)
    except NotYet:
        return True
    return False


def wait_until(condition: Callable[[], bool], patience: float = 5.0) -> None:
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)


def test_segments_come_out_in_the_order_in_which_they_came() -> None:
    queue = SegmentQueue(100)
    for index in range(4):
        queue.put(heard(1, index))
    assert [indices(queue.take(1)) for _ in range(4)] == [[0], [1], [2], [3]]


def test_put_waits_until_there_is_room(pool: Pool) -> None:
    queue = SegmentQueue(3)
    queue.put(heard(2))
    blocked = pool.submit(queue.put, heard(2))
    assert still_waits(blocked)
    queue.release(2)
    blocked.result(5)


def test_what_is_being_recognised_takes_room_until_it_is_released(pool: Pool) -> None:
    queue = SegmentQueue(3)
    queue.put(heard(2))
    queue.take(1)
    blocked = pool.submit(queue.put, heard(2))
    assert still_waits(blocked)
    queue.release(2)
    blocked.result(5)


def test_a_segment_longer_than_the_limit_passes_alone(pool: Pool) -> None:
    queue = SegmentQueue(1)
    queue.put(heard(20))
    blocked = pool.submit(queue.put, heard(0.5))
    assert still_waits(blocked)
    queue.release(20)
    blocked.result(5)


@given(st.lists(st.integers(1, 400_000), min_size=1, max_size=8), st.randoms(use_true_random=False))
@settings(max_examples=50, deadline=None)
def test_all_room_is_there_again_when_everything_is_released(lengths: list[int], random: Random) -> None:
    """To the last sample, or a segment longer than the limit would wait for ever."""
    queue = SegmentQueue(200)
    seconds = [length / SAMPLE_RATE for length in lengths]
    for length in seconds:
        queue.put(heard(length))
    random.shuffle(seconds)
    for length in seconds:
        queue.take(1)
        queue.release(length)
    putter = threading.Thread(target=queue.put, args=(heard(201),), daemon=True)
    putter.start()
    putter.join(5)
    assert not putter.is_alive()


def test_closing_frees_everybody(pool: Pool) -> None:
    full, empty = SegmentQueue(1), SegmentQueue(1)
    full.put(heard(1))
    waiting: list[Future[Any]] = [
        pool.submit(full.put, heard(1)),
        pool.submit(full.put, heard(1)),
        pool.submit(empty.take, 1),
        pool.submit(empty.take, 8),
    ]
    assert all(still_waits(future) for future in waiting)
    full.close()
    empty.close()
    for future in waiting:
        with pytest.raises(Closed):
            future.result(5)


def test_a_closed_queue_takes_and_gives_nothing() -> None:
    queue = SegmentQueue(10)
    queue.put(heard(1))
    queue.close()
    with pytest.raises(Closed):
        queue.put(heard(1))
    with pytest.raises(Closed):
        queue.take(1)


def test_a_batch_waits_a_moment_to_fill_up(pool: Pool) -> None:
    queue = SegmentQueue(100)
    taker = pool.submit(queue.take, 4)
    for index in range(4):
        queue.put(heard(1, index))
    assert indices(taker.result(5)) == [0, 1, 2, 3]


def test_a_batch_does_not_wait_for_what_never_comes() -> None:
    queue = SegmentQueue(100)
    queue.put(heard(1))
    began = time.monotonic()
    assert indices(queue.take(4)) == [0]
    assert time.monotonic() - began < 1


def test_a_taker_that_comes_away_empty_waits_for_the_next(pool: Pool) -> None:
    """Two wait for a batch to fill up; one of them gets it, and the other must not take that for the end."""
    queue = SegmentQueue(100)
    takers = [pool.submit(queue.take, 4) for _ in range(2)]
    queue.put(heard(1, 0))
    wait_until(lambda: any(taker.done() for taker in takers))
    assert still_waits(next(taker for taker in takers if not taker.done()))
    queue.put(heard(1, 1))
    assert sorted(index for taker in takers for index in indices(taker.result(5))) == [0, 1]


@given(st.lists(st.floats(0.1, 5), min_size=1, max_size=12), st.floats(0.5, 6))
@settings(max_examples=25, deadline=None)
def test_no_more_audio_is_inside_than_the_limit(lengths: list[float], limit: float) -> None:
    """...or one segment, where that alone is longer."""
    queue = SegmentQueue(limit)
    inside: list[float] = []
    lock = threading.Lock()

    def feed() -> None:
        for length in lengths:
            item = heard(length)
            queue.put(item)
            with lock:
                inside.append(item.segment.seconds)

    feeder = threading.Thread(target=feed, daemon=True)
    feeder.start()
    for _ in lengths:
        (item,) = queue.take(1)
        wait_until(lambda item=item: item.segment.seconds in inside)  # type: ignore[misc]
        with lock:
            assert sum(inside) <= limit + 1e-9 or len(inside) == 1
            inside.remove(item.segment.seconds)
        queue.release(item.segment.seconds)
    feeder.join(5)
    assert not feeder.is_alive()


@given(st.lists(st.floats(0.1, 20), min_size=1, max_size=30), st.integers(1, 5))
@settings(deadline=None)
def test_the_oldest_is_in_every_batch(lengths: list[float], size: int) -> None:
    """However odd its length, it does not wait for company while others overtake it."""
    queue = SegmentQueue(1e9)
    waiting = list(range(len(lengths)))
    for index, length in enumerate(lengths):
        queue.put(heard(length, index))
    while len(waiting) >= size:
        batch = indices(queue.take(size))
        assert batch[0] == waiting[0]
        waiting = [index for index in waiting if index not in batch]


def test_the_last_segments_are_shared_out_the_longest_first() -> None:
    queue = SegmentQueue(100, takers=2)
    for index, seconds in enumerate((1, 1, 4, 4, 4)):
        queue.put(heard(seconds, index))
    queue.reader_leaves()
    assert [indices(queue.take(8)) for _ in range(5)] == [[2], [3], [4], [0], [1]]


def test_nobody_waits_for_a_batch_to_fill_up_when_no_more_will_come(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow, "_FILL_SECONDS", 60.0)
    queue = SegmentQueue(100)
    taker = pool.submit(queue.take, 8)
    queue.reader_leaves()
    queue.put_back([heard(1)])
    assert indices(taker.result(MOMENT)) == [0]


def test_what_is_put_back_comes_first_and_took_its_room_all_the_time(pool: Pool) -> None:
    queue = SegmentQueue(3)
    queue.put(heard(1, 0))
    queue.put(heard(1, 1))
    queue.put_back(queue.take(1))
    assert indices(queue.take(1)) == [0]
    blocked = pool.submit(queue.put, heard(2, 2))
    assert still_waits(blocked)
    queue.release(1)
    blocked.result(5)


def test_takers_that_leave_are_counted() -> None:
    queue = SegmentQueue(3, takers=2)
    assert [queue.taker_leaves(), queue.taker_leaves()] == [1, 0]
