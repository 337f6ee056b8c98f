"""Workers: one result for every segment, whatever the engine does."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from gigaam_cli.core.errors import DeviceLostError, NoAudioStreamError, RecognitionError
from gigaam_cli.core.values import SAMPLE_RATE, AudioSegment
from gigaam_cli.pipeline.flow import Broken, Heard, Lost, Message, Recognised, SegmentQueue, Staged, Work
from gigaam_cli.pipeline.jobs import Job
from gigaam_cli.pipeline.workers import Crew, Worker
from gigaam_cli.store.values import Fingerprint
from tests.fakes.engines import FakeEngine, MiscountingEngine, fails_at, fails_on, slow, word
from tests.fakes.sounds import beeps


def work(number: int = 0, taken: bool = True) -> Work:
    return Work(Job(number, Fingerprint(Path(f"/{number}.wav"), 1, 1), {}), taken=taken)


def heard(code: int, of: Work) -> Heard:
    audio = beeps([code])
    return Heard(of, AudioSegment(code, 65 * SAMPLE_RATE, audio, len(audio)))


def queue_of(*items: Heard, takers: int = 1) -> SegmentQueue:
    queue = SegmentQueue(1000, takers=takers)
    for item in items:
        queue.put(item)
    return queue


def results(engine: FakeEngine, batch: list[Heard]) -> list[Recognised]:
    """What becomes of a batch, checked to be one result for each segment."""
    sent: list[Message] = []
    Worker(engine, queue_of(*batch), sent.append).work_off()
    came = [message for message in sent if isinstance(message, Recognised)]
    assert len(came) == len(sent)
    assert sorted(message.segment.index for message in came) == sorted(item.segment.index for item in batch)
    return came


def text(message: Recognised) -> str | None:
    return None if message.recognition is None else message.recognition.tokens[0].text.strip()


def test_every_segment_gets_what_was_heard_in_it() -> None:
    of = work()
    came = results(FakeEngine(batch=8), [heard(code, of) for code in (1001, 1002, 1003)])
    assert [text(message) for message in came] == [word(1001), word(1002), word(1003)]
    assert all(message.error is None for message in came)


def test_it_is_told_once_that_an_engine_is_at_a_recording() -> None:
    sent: list[Message] = []
    one, other = work(1, taken=False), work(2, taken=False)
    queue = queue_of(heard(1001, one), heard(1002, one), heard(1003, other), heard(1004, one))
    worker = Worker(FakeEngine(batch=3), queue, sent.append)
    for _ in range(2):
        worker.work_off()
    assert sent[:2] == [Staged(one, "recognising"), Staged(other, "recognising")]
    assert sum(isinstance(message, Staged) for message in sent) == 2


def test_a_batch_that_fails_is_tried_one_by_one() -> None:
    of = work()
    engine = FakeEngine(fails_on(1002), batch=8)
    came = results(engine, [heard(code, of) for code in (1001, 1002, 1003)])
    assert engine.heard == [[1001, 1002, 1003], [1001], [1002], [1003]]
    assert {message.segment.index: text(message) for message in came} == {
        1001: word(1001),
        1002: None,
        1003: word(1003),
    }


def test_an_engine_that_fails_once_on_a_batch_loses_nothing() -> None:
    of = work()
    came = results(FakeEngine(fails_at(1), batch=8), [heard(code, of) for code in (1001, 1002)])
    assert [text(message) for message in came] == [word(1001), word(1002)]


@pytest.mark.parametrize("error", [ValueError("bug"), KeyError("x"), MemoryError(), NoAudioStreamError()])
def test_whatever_is_raised_names_the_place(error: Exception) -> None:
    (message,) = results(FakeEngine(fails_at(1, error=error)), [heard(1001, work())])
    assert isinstance(message.error, RecognitionError)
    assert "at 1:05" in str(message.error)


@pytest.mark.parametrize("surplus", [-1, -2, 1])
def test_an_engine_that_cannot_count_is_asked_one_by_one(surplus: int) -> None:
    of = work()
    came = results(MiscountingEngine(surplus, batch=3), [heard(code, of) for code in (1001, 1002, 1003)])
    assert [text(message) for message in came] == [word(1001), word(1002), word(1003)]


def test_segments_of_an_abandoned_recording_are_not_recognised() -> None:
    gone, here = work(0), work(1)
    gone.abandoned = True
    engine = FakeEngine(batch=8)
    came = results(engine, [heard(1001, gone), heard(1002, here)])
    assert engine.heard == [[1002]]
    assert {message.work.job.number: text(message) for message in came} == {0: None, 1: word(1002)}


def test_a_batch_of_abandoned_segments_alone_does_not_bother_the_engine() -> None:
    gone = work()
    gone.abandoned = True
    engine = FakeEngine(batch=8)
    results(engine, [heard(1001, gone), heard(1002, gone)])
    assert engine.heard == []


@pytest.mark.parametrize("failing", [(), (1001,), (1002,)])
def test_a_recording_abandoned_meanwhile_gets_no_second_result(failing: tuple[int, ...]) -> None:
    """The room of a segment in the queue must be given back once, not twice."""
    of = work()
    sent: list[Recognised] = []

    def send(message: Message) -> None:
        assert isinstance(message, Recognised)
        sent.append(message)
        of.abandoned = True

    queue = queue_of(heard(1001, of), heard(1002, of))
    Worker(FakeEngine(fails_on(*failing), batch=2), queue, send).work_off()
    assert sorted(message.segment.index for message in sent) == [1001, 1002]


def test_a_worker_works_until_the_queue_is_closed() -> None:
    queue, of = SegmentQueue(100), work()
    sent: list[Message] = []
    enough = threading.Event()

    def send(message: Message) -> None:
        sent.append(message)
        if len(sent) == 6:
            enough.set()

    thread = threading.Thread(target=Worker(FakeEngine(slow(0.01), batch=4), queue, send).run)
    thread.start()
    for code in range(1000, 1006):
        queue.put(heard(code, of))
    assert enough.wait(5)
    queue.close()
    thread.join(5)
    assert not thread.is_alive()


# --- a device that is lost -----------------------------------------------------------------------------------


LOST = DeviceLostError(device="cuda:1", detail="no answer")


def test_what_a_lost_device_was_given_goes_to_the_others() -> None:
    of = work()
    queue = queue_of(*(heard(code, of) for code in (1001, 1002, 1003)), takers=2)
    sent: list[Message] = []
    Worker(FakeEngine(fails_at(1, error=LOST), batch=2), queue, sent.append).run()
    assert sent == [Lost(LOST)]
    Worker(FakeEngine(batch=8), queue, sent.append).work_off()
    assert [text(message) for message in sent[1:] if isinstance(message, Recognised)] == [
        word(1001),
        word(1002),
        word(1003),
    ]


def test_a_device_lost_in_the_middle_of_trying_one_by_one_loses_and_repeats_nothing() -> None:
    def trouble(call: int, codes: Sequence[int]) -> None:
        if call == 1:
            raise ValueError("bug")
        if call == 3:
            raise LOST

    of = work()
    queue = queue_of(*(heard(code, of) for code in (1001, 1002, 1003)), takers=2)
    sent: list[Message] = []
    Worker(FakeEngine(trouble, batch=3), queue, sent.append).run()
    Worker(FakeEngine(batch=8), queue, sent.append).work_off()
    found = [text(message) for message in sent if isinstance(message, Recognised)]
    assert sorted(map(str, found)) == [word(1001), word(1002), word(1003)]


def test_segments_of_an_abandoned_recording_are_answered_once_when_a_device_is_lost() -> None:
    gone, here = work(0), work(1)
    gone.abandoned = True
    queue = queue_of(heard(1001, gone), heard(1002, here), takers=2)
    sent: list[Message] = []
    Worker(FakeEngine(fails_at(1, error=LOST), batch=2), queue, sent.append).run()
    Worker(FakeEngine(batch=2), queue, sent.append).work_off()
    assert sorted(message.segment.index for message in sent if isinstance(message, Recognised)) == [
        1001,
        1002,
    ]


def test_without_the_last_device_the_run_cannot_go_on() -> None:
    queue = queue_of(heard(1001, work()), takers=2)
    sent: list[Message] = []
    for _ in range(2):
        Worker(FakeEngine(fails_at(1, error=LOST)), queue, sent.append).run()
    assert sent == [Lost(LOST), Broken(LOST)]


# --- an engine that does not answer --------------------------------------------------------------------------


class Stuck:
    """Trouble: whoever brings one of these sounds waits until ``free`` is set, ``times`` times at most."""

    def __init__(self, *codes: int, times: int = 100) -> None:
        self.free = threading.Event()
        self.waiting = threading.Semaphore(0)
        self._codes, self._left = set(codes), times

    def __call__(self, call: int, codes: Sequence[int]) -> None:
        if self._left and self._codes & set(codes):
            self._left -= 1
            self.waiting.release()
            self.free.wait(20)


class Staff:
    """A crew over a queue, with its threads."""

    def __init__(self, engine: FakeEngine, *items: Heard) -> None:
        self.sent: list[Message] = []
        self.queue = queue_of(*items)
        self.threads: list[threading.Thread] = []
        self.crew = Crew([engine], self.queue, self.sent.append, self._hire)

    def _hire(self, worker: Worker) -> None:
        self.threads.append(threading.Thread(target=worker.run))
        self.threads[-1].start()

    @property
    def results(self) -> dict[int, str | None]:
        """What was said of each segment; each has one result."""
        found = [message for message in self.sent if isinstance(message, Recognised)]
        assert len({message.segment.index for message in found}) == len(found)
        return {message.segment.index: text(message) for message in found}

    def wait_for(self, count: int) -> None:
        deadline = time.monotonic() + 10
        while len(self.results) < count and time.monotonic() < deadline:
            time.sleep(0.005)

    def end(self) -> None:
        self.queue.close()
        for thread in self.threads:
            thread.join(10)
            assert not thread.is_alive()


def test_another_worker_does_what_one_did_not_come_back_with() -> None:
    of, stuck = work(), Stuck(1001, times=1)
    staff = Staff(FakeEngine(stuck), *(heard(code, of) for code in (1001, 1002)))
    assert stuck.waiting.acquire(timeout=5)
    assert staff.crew.look_after(patience=60) == []
    assert staff.crew.look_after(patience=0) == ["cpu"]
    staff.wait_for(2)
    stuck.free.set()  # what comes too late is thrown away
    staff.end()
    assert staff.results == {1001: word(1001), 1002: word(1002)}


def test_what_gets_an_engine_stuck_twice_fails_and_the_rest_goes_on() -> None:
    of, stuck = work(), Stuck(1001)
    staff = Staff(FakeEngine(stuck, batch=2), *(heard(code, of) for code in (1001, 1002, 1003)))
    for _ in range(2):
        assert stuck.waiting.acquire(timeout=5)
        staff.crew.look_after(patience=0)
    staff.wait_for(3)
    stuck.free.set()
    staff.end()
    assert staff.results == {1001: None, 1002: word(1002), 1003: word(1003)}
    (failure,) = [message for message in staff.sent if isinstance(message, Recognised) and message.error]
    assert "no answer" in str(failure.error)


def test_an_answer_that_comes_in_time_is_taken() -> None:
    of, stuck = work(), Stuck(1001)
    staff = Staff(FakeEngine(stuck), heard(1001, of))
    assert stuck.waiting.acquire(timeout=5)
    stuck.free.set()
    staff.wait_for(1)
    assert staff.crew.look_after(patience=0) == []
    staff.end()
    assert staff.results == {1001: word(1001)}
    assert len(staff.threads) == 1


def test_calls_that_can_be_ended_are_and_their_worker_stays() -> None:
    class Breakable(FakeEngine):
        interrupted = 0

        def interrupt(self) -> bool:
            self.interrupted += 1
            stuck.free.set()
            return True

    of, stuck = work(), Stuck(1001, 1002)
    engine = Breakable(stuck, calls=2)
    staff = Staff(engine, *(heard(code, of) for code in (1001, 1002)))
    for _ in range(2):
        assert stuck.waiting.acquire(timeout=5)
    time.sleep(0.2)
    staff.crew.look_after(patience=0.1)
    staff.wait_for(2)
    staff.end()
    assert engine.interrupted == 1, "the end of one call was the end of both"
    assert len(staff.threads) == 2
