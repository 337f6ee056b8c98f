"""Runs that go well: what is published, what is told, and what a second run does."""

from __future__ import annotations

import io
import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from gigaam_cli.core.events import (
    DeviceChosen,
    Event,
    FileDone,
    FileStarted,
    RunStarted,
    SegmentDone,
)
from gigaam_cli.pipeline.flow import Heard, SegmentQueue
from gigaam_cli.pipeline.jobs import Pace, Recipe
from gigaam_cli.pipeline.plan import Plan
from gigaam_cli.pipeline.sinks import StreamSink
from gigaam_cli.segment.spans import SegmentOptions
from gigaam_cli.writers.base import Shaping
from tests.fakes.engines import FakeEngine, fails_on, no_trouble, slow, word
from tests.fakes.sounds import silence, write_wav
from tests.pipeline.rig import Rig, assert_each_input_once, assert_orderly

WAVS = [f"{number}.wav" for number in range(3)]


def state_of(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file below a folder with its time and contents."""
    return {
        str(path): (path.stat().st_mtime_ns, path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file()
    }


# --- all goes well --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("calls", "batch"), [(1, 1), (3, 1), (1, 4), (2, 3)])
def test_every_recording_gets_its_own_text(rig: Rig, calls: int, batch: int) -> None:
    paths = rig.record_some(3, 4)
    before = state_of(rig.folder)
    outcome = rig.run(FakeEngine(calls=calls, batch=batch))
    rig.assert_published(*WAVS)
    assert_each_input_once(outcome, paths)
    assert outcome.named("done") == WAVS
    assert outcome.report.ended is None
    assert outcome.report.fatal is None
    assert outcome.report.audio_seconds == 12.0
    assert before.items() <= state_of(rig.folder).items(), "the inputs are untouched"
    assert outcome.engine.closed


def test_results_that_come_out_of_order_make_orderly_texts(rig: Rig) -> None:
    """The first segment of each recording takes longest."""
    paths = rig.record_some(2, 4)

    def trouble(call: int, codes: Sequence[int]) -> None:
        time.sleep(0.15 if codes[0] % 100 == 0 else 0)

    outcome = rig.run(FakeEngine(trouble, calls=4))
    assert outcome.engine.busiest > 1
    starts = [
        event.start for event in outcome.events if isinstance(event, SegmentDone) and event.path == paths[0]
    ]
    assert starts != sorted(starts), "otherwise this shows nothing"
    rig.assert_published("0.wav", "1.wav")
    assert_orderly(outcome)


def test_batches_are_filled_from_more_than_one_recording(rig: Rig) -> None:
    """While the engine is busy with the first, the others are read."""
    rig.record_some(4, 1)
    all_begun = threading.Barrier(2)
    begun: list[Event] = []

    def watch(event: Event) -> None:
        if isinstance(event, FileStarted):
            begun.append(event)
            if len(begun) == 4:
                all_begun.wait(10)

    def trouble(call: int, codes: Sequence[int]) -> None:
        if call == 1:
            all_begun.wait(10)
            time.sleep(0.3)

    outcome = rig.run(FakeEngine(trouble, batch=4), pace=Pace(readers=4), observer=watch)
    assert any(len({code // 100 for code in codes}) > 1 for codes in outcome.engine.heard)
    rig.assert_published(*[f"{number}.wav" for number in range(4)])


def test_audio_that_waits_is_bounded(rig: Rig) -> None:
    """Room for one segment is enough to get everything done."""
    rig.record_some(2, 4)
    rig.run(pace=Pace(readers=2, queue_seconds=0.5))
    rig.assert_published("0.wav", "1.wav")


@pytest.mark.parametrize("slow_part", ["engine", "writer"])
def test_whatever_is_slow_no_more_audio_waits_than_may(
    slow_part: str, rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted from outside: from the moment a segment is handed over until it is booked."""
    rig.record_some(3, 8)
    held, most, put, release = [0.0], [0.0], SegmentQueue.put, SegmentQueue.release
    lock = threading.Lock()

    def counted(change: float) -> None:
        with lock:
            held[0] += change
            most[0] = max(most[0], held[0])

    def counting_put(queue: SegmentQueue, item: Heard) -> None:
        put(queue, item)
        counted(item.segment.seconds)

    def counting_release(queue: SegmentQueue, seconds: float) -> None:
        counted(-seconds)
        release(queue, seconds)

    def dawdle(event: Event) -> None:
        if slow_part == "writer" and isinstance(event, SegmentDone):
            time.sleep(0.02)

    monkeypatch.setattr(SegmentQueue, "put", counting_put)
    monkeypatch.setattr(SegmentQueue, "release", counting_release)
    rig.recipe = replace(rig.recipe, segment=SegmentOptions(max_segment=2.0))
    limit = 4.0  # a run makes room for what is in work and as much again
    engine = FakeEngine(slow(0.02) if slow_part == "engine" else no_trouble)
    rig.run(engine, pace=Pace(readers=3, queue_seconds=3.0), observer=dawdle)
    assert 3.0 < most[0] <= limit < sum(len(codes) for codes in rig.codes.values()) / 2
    assert held[0] == pytest.approx(0)
    rig.assert_published(*WAVS)


def test_a_recording_without_speech_gets_an_empty_text(rig: Rig) -> None:
    rig.codes["0.wav"] = []
    write_wav(rig.folder / "0.wav", silence(2.0))
    outcome = rig.run()
    assert outcome.named("done") == ["0.wav"]
    assert outcome.engine.heard == []
    assert rig.texts()["0.txt"].strip() == ""


def test_nothing_to_do_is_no_reason_to_load_anything(rig: Rig) -> None:
    outcome = rig.run()
    assert outcome.report.results == ()
    assert outcome.loaded == 0


def test_a_second_run_does_nothing(rig: Rig) -> None:
    paths = rig.record_some(3, 2)
    rig.run()
    before = state_of(rig.folder)
    outcome = rig.run()
    assert outcome.loaded == 0
    assert outcome.named("skipped") == WAVS
    assert {result.reason for result in outcome.report.results} == {"done"}
    assert state_of(rig.folder) == before
    assert_each_input_once(outcome, paths)


def test_only_what_is_missing_is_recognised(rig: Rig) -> None:
    rig.record_some(2, 2)
    rig.run()
    rig.record("2.wav", 2)
    outcome = rig.run()
    assert sorted(code for codes in outcome.engine.heard for code in codes) == rig.codes["2.wav"]
    assert outcome.named("done") == ["2.wav"]
    rig.assert_published(*WAVS)


@pytest.mark.parametrize(
    "recipe", [Recipe(formats=("txt", "timecodes", "srt")), Recipe(shaping=Shaping(max_phrase_seconds=1))]
)
def test_another_format_is_written_without_recognising(rig: Rig, recipe: Recipe) -> None:
    rig.record_some(2, 2)
    rig.run()
    rig.recipe = recipe
    outcome = rig.run()
    assert outcome.loaded == 0
    assert outcome.named("done") == ["0.wav", "1.wav"]
    assert [event.recognised for event in outcome.events if isinstance(event, FileDone)] == [False, False]
    assert outcome.report.audio_seconds == 0
    assert rig.run().named("skipped") == ["0.wav", "1.wav"]


def test_an_edited_text_is_kept_until_it_is_to_be_overwritten(rig: Rig) -> None:
    rig.record_some(1, 2)
    rig.run()
    (rig.folder / "0.txt").write_text("mine")
    rig.run(force=True)
    assert rig.texts()["0.txt"] == "mine"
    rig.run(overwrite=True)
    rig.assert_published("0.wav")


def test_a_recording_that_changed_is_done_again(rig: Rig) -> None:
    rig.record("0.wav", 2)
    rig.run()
    rig.record("0.wav", 3)
    outcome = rig.run()
    assert outcome.named("done") == ["0.wav"]
    rig.assert_published("0.wav")


# --- events ---------------------------------------------------------------------------------------------------


def test_events_tell_the_story_in_order(rig: Rig) -> None:
    paths = rig.record_some(3, 3)
    outcome = rig.run(FakeEngine(calls=2))
    assert_orderly(outcome)
    started, chosen = outcome.events[:2]
    assert started == RunStarted(3)
    assert chosen == DeviceChosen("cpu", "asked for", "beeps", "fp32", 2)
    heard = [event for event in outcome.events if isinstance(event, SegmentDone)]
    said = {path: [event.text for event in heard if event.path == path] for path in paths}
    assert {path.name: sorted(texts) for path, texts in said.items()} == {
        name: [word(code) for code in codes] for name, codes in rig.codes.items()
    }
    done = [event for event in outcome.events if isinstance(event, FileDone)]
    assert all(path.is_file() for event in done for path in event.outputs)


def test_events_come_in_the_thread_that_asked_for_the_run(rig: Rig) -> None:
    rig.record_some(2, 2)
    threads: set[int] = set()
    rig.run(FakeEngine(calls=2), observer=lambda event: threads.add(threading.get_ident()))
    assert threads == {threading.get_ident()}


def test_texts_are_published_as_soon_as_they_are_complete(rig: Rig) -> None:
    rig.record_some(3, 2)
    seen: list[int] = []

    def look(event: Event) -> None:
        if isinstance(event, FileDone):
            seen.append(len(rig.texts()))

    rig.run(FakeEngine(slow(0.03)), observer=look)
    assert seen == [2, 4, 6]


# --- texts to a stream ----------------------------------------------------------------------------------------


def to_stream(stream: io.StringIO) -> Callable[[Plan], StreamSink]:
    recipe = Recipe(formats=("txt",))
    return lambda plan: StreamSink(stream, recipe, [job.number for job in plan.jobs])


def lengths(rig: Rig) -> None:
    """The last recording is the longest, so it is the first to be taken where the order does not matter."""
    for number, count in enumerate((1, 2, 4)):
        rig.record(f"{number}.wav", count)


@pytest.mark.parametrize("pace", [Pace(in_order=True), Pace(readers=3), Pace(readers=1)])
def test_texts_come_in_the_order_of_the_recordings(rig: Rig, pace: Pace) -> None:
    lengths(rig)
    stream = io.StringIO()
    rig.run(FakeEngine(calls=2), sink=to_stream(stream), pace=pace)
    assert stream.getvalue().split() == [said for name in WAVS for said in rig.words(name).split()]
    assert rig.texts() == {}


def test_a_recording_that_fails_leaves_no_gap(rig: Rig) -> None:
    lengths(rig)
    (rig.folder / "0.wav").write_bytes(b"")
    stream = io.StringIO()
    outcome = rig.run(FakeEngine(fails_on(rig.codes["1.wav"][1])), sink=to_stream(stream))
    assert outcome.named("failed") == ["0.wav", "1.wav"]
    assert stream.getvalue().split() == rig.words("2.wav").split()


def test_what_is_known_already_takes_its_place_among_the_rest(rig: Rig) -> None:
    lengths(rig)
    (rig.folder / "1.wav").rename(rig.folder / "1.hidden")
    rig.run(sink=to_stream(io.StringIO()))
    (rig.folder / "1.hidden").rename(rig.folder / "1.wav")
    stream = io.StringIO()
    outcome = rig.run(sink=to_stream(stream))
    assert sorted(code for codes in outcome.engine.heard for code in codes) == rig.codes["1.wav"]
    assert stream.getvalue().split() == [said for name in WAVS for said in rig.words(name).split()]


class GoneReader(io.StringIO):
    """A pipe whose reader has gone home."""

    def write(self, text: str) -> int:
        raise BrokenPipeError


def test_a_reader_that_goes_home_ends_the_run(rig: Rig) -> None:
    rig.record_some(3, 2)
    engine = FakeEngine(slow(0.02))
    with pytest.raises(BrokenPipeError):
        rig.run(engine, sink=to_stream(GoneReader()))
    assert engine.closed


def test_a_touched_recording_is_not_recognised_again(rig: Rig) -> None:
    (path,) = rig.record_some(1, 2)
    rig.run()
    os.utime(path, (1, 1))
    outcome = rig.run()
    assert outcome.loaded == 0
    assert outcome.result("0.wav").reason == "done"


def test_another_recording_of_the_same_name_and_length_is_recognised(rig: Rig) -> None:
    (path,) = rig.record_some(1, 2)
    rig.run()
    before = path.stat()
    rig.record("0.wav", 2)
    assert path.stat().st_size == before.st_size
    outcome = rig.run()
    assert outcome.named("done") == ["0.wav"]
    rig.assert_published("0.wav")
