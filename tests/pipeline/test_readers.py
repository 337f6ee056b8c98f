"""Readers: everything that is in a recording, in order, and an end that says what was wrong with the file."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gigaam_cli.core.errors import AudioStreamMissingError
from gigaam_cli.core.values import SAMPLE_RATE
from gigaam_cli.media.probe import probe
from gigaam_cli.pipeline.flow import (
    Advanced,
    Closed,
    Ended,
    Heard,
    Message,
    Opened,
    Probed,
    ReaderLeft,
    SegmentQueue,
    Wanted,
    Work,
)
from gigaam_cli.pipeline.jobs import Job, Pace, Recipe
from gigaam_cli.pipeline.readers import Schedule, read, run_reader
from gigaam_cli.store.values import Fingerprint
from tests.fakes.ffmpeg import hang_when_decoding
from tests.fakes.sounds import code_of, silence, write_wav
from tests.pipeline.rig import Rig, assert_nothing_left_running

RECIPE = Recipe()


def work_on(path: Path, number: int = 0) -> Work:
    return Work(Job(number, Fingerprint.of(path), {}))


def reading(path: Path, recipe: Recipe = RECIPE, work: Work | None = None) -> Iterator[Message | Heard]:
    return read(Probed(work or work_on(path), probe(path)), recipe)


def test_everything_comes_in_order(rig: Rig) -> None:
    path = rig.record("a.wav", 5)
    opened, *middle, ended = reading(path)
    assert isinstance(opened, Opened)
    assert (opened.stream, opened.codec, opened.info.container) == (0, "pcm_s16le", "wav")
    heard = [message for message in middle if isinstance(message, Heard)]
    assert [code_of(message.segment.audio) for message in heard] == rig.codes["a.wav"]
    assert [message.segment.index for message in heard] == [0, 1, 2, 3, 4]
    assert isinstance(ended, Ended)
    assert (ended.segments, ended.seconds, ended.error) == (5, 5.0, None)
    assert ended.speech == pytest.approx(1.0, abs=0.2)


def test_nothing_is_called_settled_that_is_still_to_come(rig: Rig) -> None:
    messages = list(reading(rig.record("a.wav", 7)))
    starts = [message.segment.start if isinstance(message, Heard) else None for message in messages]
    settled = 0
    for message, start in zip(messages, starts, strict=True):
        if isinstance(message, Advanced):
            assert message.settled >= settled
            settled = message.settled
            assert message.segments == sum(other is not None for other in starts[: messages.index(message)])
        elif start is not None:
            assert start >= settled - SAMPLE_RATE, "room before speech may be settled already, speech may not"


def test_a_stream_that_is_not_there_is_an_error_before_any_work(rig: Rig) -> None:
    with pytest.raises(AudioStreamMissingError):
        next(reading(rig.record("a.wav", 1), Recipe(audio_stream=3)))


def grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(bytes(1000))


def replace(path: Path) -> None:
    other = path.with_suffix(".new")
    other.write_bytes(path.read_bytes()[::-1])
    other.replace(path)


def touch(path: Path) -> None:
    os.utime(path, ns=(1, 1))


def cut_off(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


@pytest.mark.parametrize("change", [grow, replace, touch, cut_off, Path.unlink])
def test_a_file_that_changes_while_it_is_read_is_told(rig: Rig, change: Callable[[Path], None]) -> None:
    """Longer than what FFmpeg and the pipe hold, so that it does read what is changed."""
    path = write_wav(rig.folder / "a.wav", silence(300))
    messages = reading(path)
    next(messages)
    next(messages)
    change(path)
    *_, ended = messages
    assert isinstance(ended, Ended)
    assert ended.error is not None
    assert ended.error.code == "changed_while_reading"


def test_a_recording_that_is_given_up_is_not_read_to_its_end(rig: Rig) -> None:
    work = work_on(write_wav(rig.folder / "a.wav", silence(600)))
    messages = reading(work.job.file.path, work=work)
    next(messages)
    next(messages)
    work.abandon()
    rest = list(messages)
    assert len(rest) <= 2
    assert isinstance(rest[-1], Ended)
    assert rest[-1].seconds < 10


def test_a_reader_that_waits_for_ffmpeg_is_freed(
    rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = work_on(rig.record("a.wav", 1))
    hang_when_decoding(tmp_path, monkeypatch)
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(list, reading(work.job.file.path, work=work))
        time.sleep(0.2)
        assert not done.done()
        began = time.monotonic()
        work.abandon()
        done.result(5)
        assert time.monotonic() - began < 2


def test_what_is_not_read_to_its_end_leaves_nothing_running(rig: Rig) -> None:
    messages = reading(write_wav(rig.folder / "a.wav", silence(600)))
    next(messages)
    next(messages)
    del messages
    assert_nothing_left_running()


# --- the schedule -------------------------------------------------------------------------------------------


def take_all(schedule: Schedule) -> list[int]:
    return [work.job.number for work, _ in schedule]


def jobs(folder: Path, *lengths: float) -> list[Job]:
    return [
        work_on(write_wav(folder / f"{number}.wav", silence(seconds)), number).job
        for number, seconds in enumerate(lengths)
    ]


def probed(sent: list[Message]) -> int:
    return sum(isinstance(message, Probed) for message in sent)


def test_the_longest_comes_first(rig: Rig) -> None:
    sent: list[Message] = []
    schedule = Schedule(jobs(rig.folder, 0.1, 0.3, 0.2), Pace(), sent.append)
    # Only what is probed can be compared, so all are given the time for that.
    schedule._fill()
    while probed(sent) < 3:
        time.sleep(0.01)
    assert take_all(schedule) == [1, 2, 0]
    schedule.close()


def test_or_the_first_where_the_order_matters(rig: Rig) -> None:
    schedule = Schedule(jobs(rig.folder, 0.1, 0.3, 0.2), Pace(in_order=True), lambda message: None)
    assert take_all(schedule) == [0, 1, 2]
    schedule.close()


def test_no_more_is_probed_ahead_than_was_asked_for(rig: Rig) -> None:
    sent: list[Message] = []
    schedule = Schedule(jobs(rig.folder, *[0.1] * 6), Pace(probe_ahead=2), sent.append)
    next(iter(schedule))
    time.sleep(0.3)
    assert probed(sent) <= 2
    schedule.close()


def test_many_readers_share_the_recordings(rig: Rig) -> None:
    schedule = Schedule(jobs(rig.folder, *[0.1] * 12), Pace(probe_ahead=4), lambda message: None)
    with ThreadPoolExecutor(4) as pool:
        shares = list(pool.map(take_all, [schedule] * 4))
    assert sorted(number for share in shares for number in share) == list(range(12))
    schedule.close()


def test_closing_ends_the_wait_for_a_probe(rig: Rig) -> None:
    """Also when the probe was taken back before it began."""
    schedule = Schedule(jobs(rig.folder, *[0.1] * 20), Pace(), lambda message: time.sleep(0.2))
    with ThreadPoolExecutor(1) as pool:
        taker = pool.submit(take_all, schedule)
        time.sleep(0.1)
        schedule.close()
        with pytest.raises(Closed):
            taker.result(5)


def test_closing_in_the_very_moment_in_which_a_probe_is_ordered(rig: Rig) -> None:
    ordering, closed = threading.Event(), threading.Event()

    def slow_jobs() -> Iterator[Job]:
        for job in jobs(rig.folder, 0.1, 0.1):
            ordering.set()
            closed.wait(0.5)
            yield job

    schedule = Schedule(slow_jobs(), Pace(), lambda message: None)

    def close() -> None:
        ordering.wait(5)
        schedule.close()
        closed.set()

    with ThreadPoolExecutor(2) as pool:
        closing, taking = pool.submit(close), pool.submit(take_all, schedule)
        with pytest.raises(Closed):
            taking.result(5)
        closing.result(5)


def test_closing_gives_up_what_is_being_read(rig: Rig) -> None:
    schedule = Schedule(jobs(rig.folder, 0.1), Pace(), lambda message: None)
    for work, _ in schedule:
        assert not work.abandoned
        schedule.close()
        assert work.abandoned
        break


# --- a reader's thread --------------------------------------------------------------------------------------


def messages_of(schedule_jobs: list[Job], recipe: Recipe = RECIPE) -> list[Message]:
    """What one reader sends of these recordings; their segments are dropped."""
    sent: list[Message] = []
    schedule, queue = Schedule(schedule_jobs, Pace(), sent.append), SegmentQueue(1e9)

    def send(message: Message) -> None:
        sent.append(message)
        if isinstance(message, Wanted):
            message.work.granted.set_result(True)

    run_reader(schedule, recipe, queue, send)
    schedule.close()
    return sent


def endings(messages: list[Message]) -> dict[str, str]:
    return {
        message.work.job.file.path.name: message.error.code if message.error else "fine"
        for message in messages
        if isinstance(message, Ended)
    }


def test_a_file_that_cannot_be_opened_does_not_stop_the_others(rig: Rig) -> None:
    paths = [rig.record("0.wav", 1), rig.folder / "1.wav", rig.folder / "2.wav", rig.record("3.wav", 1)]
    paths[1].write_bytes(b"")
    paths[2].write_bytes(b"not a sound" * 100)
    sent = messages_of([work_on(path, number).job for number, path in enumerate(paths)])
    assert endings(sent) == {"0.wav": "fine", "1.wav": "empty_file", "2.wav": "not_media", "3.wav": "fine"}


def test_a_file_that_is_gone_by_then_does_not_either(rig: Rig) -> None:
    paths = rig.record_some(2, 1)
    planned = [work_on(path, number).job for number, path in enumerate(paths)]
    paths[0].unlink()
    assert endings(messages_of(planned)) == {"0.wav": "unreadable", "1.wav": "fine"}


def test_a_bug_is_kept_to_the_file_that_shows_it(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = rig.record_some(2, 1)

    def choose(info: object, number: object, calls: list[int] = []) -> None:  # noqa: B006 - it counts
        calls.append(1)
        raise ValueError("bug")

    monkeypatch.setattr("gigaam_cli.pipeline.readers.choose_stream", choose)
    sent = messages_of([work_on(path, number).job for number, path in enumerate(paths)])
    assert endings(sent) == {"0.wav": "internal_error", "1.wav": "internal_error"}


def test_a_reader_that_waits_to_be_let_begin_goes_home_when_the_run_ends(rig: Rig) -> None:
    asked = threading.Event()
    schedule = Schedule(jobs(rig.folder, 0.1), Pace(), lambda message: None)
    sent: list[Message] = []

    def send(message: Message) -> None:
        sent.append(message)
        asked.set()

    thread = threading.Thread(target=run_reader, args=(schedule, RECIPE, SegmentQueue(100), send))
    thread.start()
    assert asked.wait(10)
    schedule.close()
    thread.join(10)
    assert not thread.is_alive()
    assert [type(message) for message in sent] == [Wanted, ReaderLeft]


def test_a_reader_goes_home_when_the_run_ends(rig: Rig) -> None:
    """Even in a long silence, where it has nothing to hand on."""
    planned = jobs(rig.folder, 3600)
    advanced = threading.Event()
    schedule = Schedule(planned, Pace(), lambda message: None)

    def send(message: Message) -> None:
        if isinstance(message, Wanted):
            message.work.granted.set_result(True)
        if isinstance(message, Advanced):
            advanced.set()

    thread = threading.Thread(target=run_reader, args=(schedule, RECIPE, SegmentQueue(100), send))
    thread.start()
    assert advanced.wait(10)
    schedule.close()
    thread.join(2)
    assert not thread.is_alive()
