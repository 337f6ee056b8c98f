"""Workers: one result for every segment, whatever the engine does."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from gigaam_cli.core.errors import NoAudioStreamError, RecognitionError
from gigaam_cli.core.values import SAMPLE_RATE, AudioSegment
from gigaam_cli.pipeline.flow import Heard, Message, Recognised, SegmentQueue, Work
from gigaam_cli.pipeline.jobs import Job
from gigaam_cli.pipeline.workers import recognise, run_worker
from gigaam_cli.store.store import Fingerprint
from tests.fakes.engines import FakeEngine, MiscountingEngine, fails_at, fails_on, slow, word
from tests.fakes.sounds import beeps


def work(number: int = 0) -> Work:
    return Work(Job(number, Fingerprint(Path(f"/{number}.wav"), 1, 1), {}))


def heard(code: int, of: Work) -> Heard:
    audio = beeps([code])
    return Heard(of, AudioSegment(code, 65 * SAMPLE_RATE, audio, len(audio)))


def results(engine: FakeEngine, batch: list[Heard]) -> list[Recognised]:
    """What ``recognise`` sends, checked to be one result for each segment."""
    sent: list[Message] = []
    recognise(engine, batch, sent.append)
    came = [message for message in sent if isinstance(message, Recognised)]
    assert len(came) == len(sent)
    assert sorted(message.segment.index for message in came) == sorted(item.segment.index for item in batch)
    return came


def text(message: Recognised) -> str | None:
    return None if message.recognition is None else message.recognition.tokens[0].text.strip()


def test_every_segment_gets_what_was_heard_in_it() -> None:
    of = work()
    came = results(FakeEngine(), [heard(code, of) for code in (1001, 1002, 1003)])
    assert [text(message) for message in came] == [word(1001), word(1002), word(1003)]
    assert all(message.error is None for message in came)


def test_a_batch_that_fails_is_tried_one_by_one() -> None:
    of = work()
    engine = FakeEngine(fails_on(1002))
    came = results(engine, [heard(code, of) for code in (1001, 1002, 1003)])
    assert engine.heard == [[1001, 1002, 1003], [1001], [1002], [1003]]
    assert {message.segment.index: text(message) for message in came} == {
        1001: word(1001),
        1002: None,
        1003: word(1003),
    }


def test_an_engine_that_fails_once_on_a_batch_loses_nothing() -> None:
    of = work()
    came = results(FakeEngine(fails_at(1)), [heard(code, of) for code in (1001, 1002)])
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
    engine = FakeEngine()
    came = results(engine, [heard(1001, gone), heard(1002, here)])
    assert engine.heard == [[1002]]
    assert {message.work.job.number: text(message) for message in came} == {0: None, 1: word(1002)}


def test_a_batch_of_abandoned_segments_alone_does_not_bother_the_engine() -> None:
    gone = work()
    gone.abandoned = True
    engine = FakeEngine()
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

    recognise(FakeEngine(fails_on(*failing)), [heard(1001, of), heard(1002, of)], send)
    assert sorted(message.segment.index for message in sent) == [1001, 1002]


def test_a_worker_works_until_the_queue_is_closed() -> None:
    queue, of = SegmentQueue(100), work()
    sent: list[Message] = []
    enough = threading.Event()

    def send(message: Message) -> None:
        sent.append(message)
        if len(sent) == 6:
            enough.set()

    thread = threading.Thread(target=run_worker, args=(FakeEngine(slow(0.01), batch=4), queue, send))
    thread.start()
    for code in range(1000, 1006):
        queue.put(heard(code, of))
    assert enough.wait(5)
    queue.close()
    thread.join(5)
    assert not thread.is_alive()
