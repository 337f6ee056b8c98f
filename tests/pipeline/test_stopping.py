"""Ends before their time: what is finished is kept, nothing is left running, and the next run does the rest."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from gigaam_cli.core.events import (
    Event,
    FileDone,
    FileStarted,
    RunEnding,
    SegmentDone,
    StageProgress,
)
from gigaam_cli.pipeline.control import Control
from gigaam_cli.pipeline.jobs import Pace, Recipe
from gigaam_cli.segment.spans import SegmentOptions
from tests.fakes.engines import FakeEngine, slow
from tests.fakes.ffmpeg import hang_when_decoding
from tests.fakes.sounds import silence, write_wav
from tests.pipeline.rig import Rig, assert_each_input_once

WAVS = [f"{number}.wav" for number in range(3)]


class StopAt:
    """Ends the run at the ``count``-th event of a kind."""

    def __init__(self, kind: type[Event], count: int) -> None:
        self.control = Control()
        self._kind = kind
        self._left = count

    def __call__(self, event: Event) -> None:
        if isinstance(event, self._kind):
            self._left -= 1
            if self._left == 0:
                self.control.stop("interrupted")


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("kind", [FileStarted, SegmentDone, StageProgress, FileDone])
def test_a_run_that_is_stopped_keeps_what_is_finished(rig: Rig, kind: type[Event], count: int) -> None:
    paths = rig.record_some(3, 2)
    stop = StopAt(kind, count)
    began = time.monotonic()
    outcome = rig.run(FakeEngine(slow(0.05), calls=2), control=stop.control, observer=stop)
    assert time.monotonic() - began < 3
    assert_each_input_once(outcome, paths)
    assert outcome.report.ended == "interrupted"
    assert outcome.events[-1] == RunEnding("interrupted")
    assert {result.reason for result in outcome.report.of_status("skipped")} <= {"interrupted"}
    rig.assert_published(*outcome.named("done"))
    assert outcome.engine.closed
    again = rig.run()
    assert again.named("done") == sorted(set(WAVS) - set(outcome.named("done")))
    rig.assert_published(*WAVS)


def test_a_run_that_is_stopped_before_it_begins_does_nothing(rig: Rig) -> None:
    rig.record_some(2, 2)
    control = Control()
    control.stop("terminated")
    outcome = rig.run(control=control)
    assert outcome.named("skipped") == ["0.wav", "1.wav"]
    assert outcome.engine.heard == []
    assert rig.texts() == {}


def test_the_first_reason_to_stop_counts() -> None:
    control = Control()
    control.stop("interrupted")
    control.stop("terminated")
    assert control.reason == "interrupted"


def test_stopping_while_texts_are_written_from_the_store(rig: Rig) -> None:
    rig.record_some(3, 1)
    rig.run()
    rig.recipe = Recipe(formats=("srt",))
    stop = StopAt(FileDone, 1)
    outcome = rig.run(control=stop.control, observer=stop)
    assert len(outcome.named("done")) == 1
    assert outcome.report.ended == "interrupted"


def test_stopping_in_a_long_silence(rig: Rig) -> None:
    write_wav(rig.folder / "long.wav", silence(1800))
    stop = StopAt(StageProgress, 2)
    began = time.monotonic()
    outcome = rig.run(control=stop.control, observer=stop)
    assert time.monotonic() - began < 3
    assert outcome.named("skipped") == ["long.wav"]


def test_stopping_while_ffmpeg_hangs(rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.record_some(1, 1)
    hang_when_decoding(tmp_path, monkeypatch)
    stop = StopAt(FileStarted, 1)
    began = time.monotonic()
    rig.run(control=stop.control, observer=stop)
    assert time.monotonic() - began < 3


def test_stopping_does_not_wait_for_ever_for_a_hanging_engine(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gigaam_cli.pipeline.threads._PATIENCE_SECONDS", 0.2)
    rig.record_some(2, 2)
    free = threading.Event()
    control = Control()

    def trouble(call: int, codes: Sequence[int]) -> None:
        control.stop("interrupted")
        free.wait(30)

    began = time.monotonic()
    outcome = rig.run(FakeEngine(trouble), control=control)
    assert time.monotonic() - began < 3
    assert outcome.named("skipped") == ["0.wav", "1.wav"]
    free.set()


def test_a_run_that_waits_is_woken_by_a_stop_from_another_thread(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gigaam_cli.pipeline.threads._PATIENCE_SECONDS", 0.2)
    rig.record_some(2, 4)
    control = Control()
    assert not control.running
    waiting, free = threading.Event(), threading.Event()

    def trouble(call: int, codes: Sequence[int]) -> None:
        waiting.set()
        free.wait(30)

    def stop() -> None:
        waiting.wait(30)
        time.sleep(0.2)  # by now there is nothing left to read, and nothing comes from the engine
        assert control.running
        control.stop("hung_up")

    stopper = threading.Thread(target=stop)
    stopper.start()
    began = time.monotonic()
    outcome = rig.run(FakeEngine(trouble), control=control)
    assert time.monotonic() - began < 5
    stopper.join()
    free.set()
    assert outcome.report.ended == "hung_up"
    assert not control.running


@pytest.mark.parametrize("readers", [1, 3])
def test_when_its_time_is_over_a_run_finishes_what_it_began(rig: Rig, readers: int) -> None:
    """With little room in the queue: what is read is begun."""
    rig.recipe = replace(rig.recipe, segment=SegmentOptions(max_segment=1.0))
    paths = rig.record_some(8, 3)
    outcome = rig.run(FakeEngine(slow(0.2)), pace=Pace(readers, queue_seconds=1.0, begin_within=0.5))
    assert outcome.report.ended == "out_of_time"
    assert 1 <= len(outcome.named("done")) < 8
    assert outcome.named("failed") == []
    assert {result.reason for result in outcome.report.of_status("skipped")} == {"out_of_time"}
    assert_each_input_once(outcome, paths)
    rig.assert_published(*outcome.named("done"))
    again = rig.run(pace=Pace(begin_within=60))
    assert again.report.ended is None
    rig.assert_published(*(path.name for path in paths))
