"""What failed for a passing reason is tried again after a pause; what cannot go well is not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gigaam_cli.core.events import Event, FileDone, FileFailed, FilePostponed, FileStarted, RunEnding
from gigaam_cli.pipeline.control import Control
from gigaam_cli.pipeline.jobs import Pace
from gigaam_cli.pipeline.plan import LEFT_ALONE_AFTER, Plan
from gigaam_cli.pipeline.sinks import StreamSink
from tests.fakes.engines import FakeEngine, fails_at, fails_on
from tests.fakes.sounds import beeps, write_wav
from tests.pipeline.rig import Outcome, Rig, assert_each_input_once

QUICK = Pace(retries=2, retry_pause=0.01)


def story(outcome: Outcome, name: str) -> list[type[Event]]:
    """What was told of a recording's beginnings and ends."""
    kinds = (FileStarted, FilePostponed, FileFailed, FileDone)
    told = [event for event in outcome.events if isinstance(event, kinds)]
    return [type(event) for event in told if event.path.name == name]


def test_a_recording_that_failed_once_is_done_in_the_end(rig: Rig) -> None:
    paths = rig.record_some(3, 2)
    outcome = rig.run(FakeEngine(fails_at(3)), pace=QUICK)
    assert_each_input_once(outcome, paths)
    assert outcome.named("done") == ["0.wav", "1.wav", "2.wav"]
    (guilty,) = {event.path.name for event in outcome.events if isinstance(event, FilePostponed)}
    assert story(outcome, guilty) == [FileStarted, FilePostponed, FileStarted, FileDone]
    rig.assert_published(*rig.codes)


def test_what_was_recognised_before_it_failed_is_not_recognised_again(rig: Rig) -> None:
    rig.record("0.wav", 6)
    outcome = rig.run(FakeEngine(fails_at(4)), pace=QUICK)
    heard = [code for codes in outcome.engine.heard for code in codes]
    assert sorted(set(heard)) == rig.codes["0.wav"]
    assert (
        len(heard) <= 9
    )  # the one that failed, and what two threads had in hand meanwhile; all of it would be 10
    rig.assert_published("0.wav")


def test_after_its_retries_it_failed(rig: Rig) -> None:
    rig.record_some(2, 2)
    outcome = rig.run(FakeEngine(fails_on(rig.codes["0.wav"][0])), pace=QUICK)
    assert (outcome.named("failed"), outcome.named("done")) == (["0.wav"], ["1.wav"])
    assert story(outcome, "0.wav") == [*[FileStarted, FilePostponed] * 2, FileStarted, FileFailed]


def test_what_cannot_go_well_is_not_tried_again(rig: Rig) -> None:
    (rig.folder / "empty.wav").write_bytes(b"")
    (rig.folder / "noise.wav").write_bytes(b"no sound" * 100)
    outcome = rig.run(pace=Pace(retries=2, retry_pause=60))
    assert outcome.named("failed") == ["empty.wav", "noise.wav"]
    assert not outcome.of(FilePostponed)


def test_a_recording_that_changed_is_taken_as_it_is_then(rig: Rig) -> None:
    path = rig.record("0.wav", 2)

    def grow(event: Event) -> None:
        if isinstance(event, FileStarted) and not changed:
            changed.append(event)
            rig.codes.clear()
            rig.record("0.wav", 4)

    changed: list[Event] = []
    outcome = rig.run(observer=grow, pace=QUICK)
    assert story(outcome, "0.wav") == [FileStarted, FilePostponed, FileStarted, FileDone]
    assert rig.texts()["0.txt"].split() == rig.words("0.wav").split()
    assert rig.run().named("skipped") == [path.name]


@pytest.mark.parametrize("ended_by", ["signal", "clock"])
def test_a_run_that_is_to_end_does_not_wait_to_try_again(rig: Rig, ended_by: str) -> None:
    paths = rig.record_some(2, 2)
    control = Control()

    def stop(event: Event) -> None:
        if isinstance(event, FilePostponed) and ended_by == "signal":
            control.stop("interrupted")

    within = 2.0 if ended_by == "clock" else None
    outcome = rig.run(
        FakeEngine(fails_on(rig.codes["0.wav"][0], rig.codes["1.wav"][0])),
        observer=stop,
        control=control,
        pace=Pace(retries=2, retry_pause=60, begin_within=within),
    )
    assert_each_input_once(outcome, paths)
    assert "0.wav" in outcome.named("failed") or "1.wav" in outcome.named("failed")
    if ended_by == "signal":
        assert RunEnding("interrupted") in outcome.events
    else:
        assert outcome.named("failed") == ["0.wav", "1.wav"]


def test_texts_on_a_stream_keep_their_order(rig: Rig, tmp_path: Path) -> None:
    rig.record_some(3, 2)
    out = tmp_path / "out.txt"
    rig.recipe = type(rig.recipe)(formats=("txt",))
    with out.open("w", encoding="utf-8") as stream:

        def sink(plan: Plan) -> StreamSink:
            return StreamSink(stream, rig.recipe, [job.number for job in plan.jobs])

        rig.run(FakeEngine(fails_at(1)), sink=sink, pace=Pace(retries=1, retry_pause=0.01, in_order=True))
    assert out.read_text(encoding="utf-8").split() == " ".join(map(rig.words, rig.codes)).split()


# --- again and again ------------------------------------------------------------------------------------------


def fail_often(rig: Rig, times: int) -> None:
    """Fail over the first recording so often, and do another one well each time."""
    for number in range(times):
        rig.record(f"good {number}.wav", 1)
        outcome = rig.run(FakeEngine(fails_on(rig.codes["0.wav"][1])))
        assert (outcome.named("failed"), outcome.named("done")) == (["0.wav"], [f"good {number}.wav"])


def test_what_failed_again_and_again_is_left_alone(rig: Rig) -> None:
    rig.record_some(1, 3)
    fail_often(rig, LEFT_ALONE_AFTER)
    outcome = rig.run()
    assert outcome.loaded == 0
    assert outcome.result("0.wav").reason == "left_alone"
    assert "5 times" in str(outcome.result("0.wav").error)
    assert "cannot stand" in str(outcome.result("0.wav").error)
    assert story(outcome, "0.wav") == [FileFailed]


def test_tries_in_one_run_count_once(rig: Rig) -> None:
    rig.record_some(2, 3)
    engine = FakeEngine(fails_on(rig.codes["0.wav"][1]))
    outcome = rig.run(engine, pace=Pace(retries=2 * LEFT_ALONE_AFTER, retry_pause=0.0001))
    assert len(outcome.of(FilePostponed)) == 2 * LEFT_ALONE_AFTER
    assert outcome.result("0.wav").reason == "recognition_failed"
    assert rig.run().named("done") == ["0.wav"]


def test_where_nothing_goes_well_no_recording_is_blamed(rig: Rig) -> None:
    """A broken driver must not write off a whole archive."""
    rig.record_some(2, 3)
    broken = [code for codes in rig.codes.values() for code in codes]
    for _ in range(LEFT_ALONE_AFTER + 1):
        assert rig.run(FakeEngine(fails_on(*broken))).named("failed") == ["0.wav", "1.wav"]
    assert rig.run().named("done") == ["0.wav", "1.wav"]


@pytest.mark.parametrize("why", ["force", "changed", "another digest"])
def test_it_is_tried_again_for_a_reason(rig: Rig, why: str) -> None:
    rig.record("0.wav", 3)
    fail_often(rig, LEFT_ALONE_AFTER)
    if why == "changed":
        write_wav(rig.folder / "0.wav", beeps([*rig.codes["0.wav"], 9999]))
    if why == "another digest":
        rig.digest = "another"
    assert "0.wav" in rig.run(force=why == "force").named("done")


def test_success_makes_up_for_failures(rig: Rig) -> None:
    rig.record("0.wav", 3)
    fail_often(rig, LEFT_ALONE_AFTER - 1)
    assert rig.run().named("done") == ["0.wav"]
    rig.record("last.wav", 1)
    assert rig.run(FakeEngine(fails_on(rig.codes["0.wav"][1])), force=True).named("failed") == ["0.wav"]
    assert rig.run().named("done") == ["0.wav"]


def test_what_is_not_the_recordings_fault_does_not_count(rig: Rig) -> None:
    """A file that is still being written, say, every night at the same time."""
    path = rig.record("0.wav", 3)

    def grow(event: Event) -> None:
        if isinstance(event, FileStarted):
            os.utime(path)

    for _ in range(LEFT_ALONE_AFTER + 1):
        assert rig.run(observer=grow).result("0.wav").reason == "changed_while_reading"
    assert rig.run().named("done") == ["0.wav"]
