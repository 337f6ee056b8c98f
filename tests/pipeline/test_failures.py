"""Engines and files that fail: only the recording at fault is lost, and the next run makes up for it."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence

import pytest

from gigaam_cli.core.errors import DeviceMissingError
from gigaam_cli.core.events import (
    EngineStuck,
    Event,
    FileFailed,
    RunStarted,
    SegmentDone,
)
from gigaam_cli.engines.protocol import Engine
from gigaam_cli.pipeline.jobs import Pace, Recipe
from gigaam_cli.pipeline.run import Setting, run
from gigaam_cli.pipeline.sinks import FolderSink
from tests.conftest import encode
from tests.fakes.engines import FakeEngine, MiscountingEngine, fails_at, fails_on
from tests.pipeline.rig import Rig, assert_each_input_once, assert_orderly

WAVS = [f"{number}.wav" for number in range(3)]


# --- engines --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", range(1, 7))
def test_a_call_that_fails_costs_one_recording(rig: Rig, call: int) -> None:
    paths = rig.record_some(3, 2)
    outcome = rig.run(FakeEngine(fails_at(call)))
    assert_each_input_once(outcome, paths)
    (failed,) = outcome.report.of_status("failed")
    assert failed.reason == "recognition_failed"
    assert [event.path for event in outcome.events if isinstance(event, FileFailed)] == [failed.path]
    rig.assert_published(*outcome.named("done"))
    assert_orderly(outcome)
    assert outcome.report.ended is None
    again = rig.run()
    assert again.named("done") == [failed.path.name]
    rig.assert_published(*WAVS)


@pytest.mark.parametrize("call", range(1, 5))
def test_a_batch_that_fails_once_costs_nothing(rig: Rig, call: int) -> None:
    rig.record_some(3, 3)
    rig.run(FakeEngine(fails_at(call), batch=3))
    rig.assert_published(*WAVS)


def test_a_sound_that_an_engine_cannot_stand_costs_its_recording_alone(rig: Rig) -> None:
    rig.record_some(3, 3)
    outcome = rig.run(FakeEngine(fails_on(1101), calls=2, batch=4))
    assert outcome.named("failed") == ["1.wav"]
    rig.assert_published("0.wav", "2.wav")
    assert "at 0:01" in str(outcome.result("1.wav").error)


@pytest.mark.parametrize("error", [ValueError("bug"), MemoryError(), RecursionError(), StopIteration()])
def test_an_engine_with_a_bug_fails_every_recording_and_nothing_else(rig: Rig, error: Exception) -> None:
    paths = rig.record_some(3, 2)
    outcome = rig.run(FakeEngine(fails_at(*range(1, 100), error=error), calls=2))
    assert_each_input_once(outcome, paths)
    assert outcome.named("failed") == WAVS
    assert rig.texts() == {}


@pytest.mark.parametrize("surplus", [-1, 1])
def test_an_engine_that_cannot_count_costs_nothing(rig: Rig, surplus: int) -> None:
    rig.record_some(3, 3)
    rig.run(MiscountingEngine(surplus, batch=3))
    rig.assert_published(*WAVS)


def test_an_engine_that_cannot_be_loaded_leaves_everything_undone(rig: Rig) -> None:
    rig.record_some(1, 1)

    def load() -> Sequence[Engine]:
        raise DeviceMissingError(device="cuda", detail="no driver")

    setting = Setting(rig.store, FolderSink(rig.store, rig.recipe, False), rig.recipe, "d", load)
    with pytest.raises(DeviceMissingError):
        run(rig.plan(), setting)
    assert rig.texts() == {}


# --- files ----------------------------------------------------------------------------------------------------


def test_files_that_cannot_be_opened_do_not_stop_the_others(rig: Rig) -> None:
    paths = rig.record_some(3, 2)
    for name, contents in {"empty.wav": b"", "text.wav": b"text " * 999, "page.wav": b"<html>" * 99}.items():
        paths.append(rig.folder / name)
        paths[-1].write_bytes(contents)
    (rig.folder / "pipe.wav").symlink_to(rig.folder / "nowhere")
    outcome = rig.run()
    assert_each_input_once(outcome, [*paths, rig.folder / "pipe.wav"])
    reasons = {result.path.name: result.reason for result in outcome.report.of_status("failed")}
    assert reasons == {
        "empty.wav": "empty_file",
        "text.wav": "not_media",
        "page.wav": "not_media",
        "pipe.wav": "unreadable",
    }
    (rig.folder / "pipe.wav").unlink()
    for path in paths[3:]:
        path.unlink()
    rig.assert_published(*WAVS)


def test_what_is_refused_beforehand_is_told_like_any_other_failure(rig: Rig) -> None:
    rig.record_some(1, 1)
    gone = rig.folder / "gone.wav"
    gone.symlink_to(rig.folder / "nowhere")
    outcome = rig.run()
    assert outcome.events[0] == RunStarted(2)
    told = [event for event in outcome.events if isinstance(event, FileFailed)]
    assert [(event.path, event.error.code) for event in told] == [(gone, "unreadable")]


def test_a_thread_that_dies_ends_the_run(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing may wait for ever for what will not come."""
    paths = rig.record_some(2, 1)

    def die(*_: object) -> None:
        raise ValueError("bug")

    monkeypatch.setattr("gigaam_cli.pipeline.threads.run_reader", die)
    outcome = rig.run()
    assert outcome.report.ended == "internal_error"
    assert_each_input_once(outcome, paths)
    assert outcome.named("skipped") == ["0.wav", "1.wav"]


def test_every_file_failing_is_a_run_like_any_other(rig: Rig) -> None:
    for name in WAVS:
        (rig.folder / name).write_bytes(b"")
    outcome = rig.run()
    assert outcome.named("failed") == WAVS
    assert outcome.report.ended is None


def cut_off(rig: Rig, name: str) -> None:
    """Make a FLAC file that ends in the middle of its third beep; its header goes on promising four."""
    path = encode(rig.record("whole.wav", 4), rig.folder / name)
    (rig.folder / "whole.wav").unlink()
    rig.codes[name] = rig.codes.pop("whole.wav")[:2]
    os.truncate(path, path.stat().st_size - 1700)


def test_a_recording_that_breaks_off_is_not_published(rig: Rig) -> None:
    cut_off(rig, "0.flac")
    rig.record("1.wav", 2)
    outcome = rig.run()
    assert outcome.result("0.flac").reason == "truncated_media"
    assert outcome.named("done") == ["1.wav"]
    rig.assert_published("1.wav")


def test_unless_that_will_do_and_then_nothing_is_recognised_again(rig: Rig) -> None:
    cut_off(rig, "0.flac")
    rig.run()
    rig.recipe = Recipe(allow_partial=True)
    outcome = rig.run()
    assert outcome.loaded == 0
    assert outcome.result("0.flac").partial
    text = rig.texts()["0.txt"]
    assert rig.words("0.flac") in text
    assert "запись оборвана" in text


def test_a_file_that_changes_while_the_run_is_on_is_not_published(rig: Rig) -> None:
    rig.record_some(2, 2)

    def meddle(event: Event) -> None:
        if isinstance(event, RunStarted):
            os.utime(rig.folder / "1.wav", ns=(1, 1))

    outcome = rig.run(observer=meddle)
    assert outcome.result("1.wav").reason == "changed_while_reading"
    rig.assert_published("0.wav")
    assert rig.run().named("done") == ["1.wav"]


def test_a_text_of_the_user_that_appears_meanwhile_is_kept(rig: Rig) -> None:
    rig.record_some(2, 2)
    mine = rig.folder / "1.txt"

    def write(event: Event) -> None:
        if isinstance(event, SegmentDone) and event.path.name == "1.wav":
            mine.write_text("mine")

    outcome = rig.run(observer=write)
    assert outcome.result("1.wav").reason == "output_exists"
    assert mine.read_text() == "mine"
    assert set(rig.texts()) == {"0.txt", "0_timecodes.txt", "1.txt"}
    mine.unlink()
    assert rig.run().loaded == 0, "what was said is known"
    rig.assert_published("0.wav", "1.wav")


# --- an engine that does not answer ----------------------------------------------------------------------------


@pytest.mark.parametrize("times", [1, 2])
def test_an_engine_that_hangs_costs_no_more_than_the_recording_that_makes_it(
    times: int, rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another thread does its work once more."""
    monkeypatch.setattr("gigaam_cli.pipeline.run._WATCH_SECONDS", 0.05)
    rig.record_some(3, 2)
    guilty, left, free = rig.codes["1.wav"][0], [times], threading.Event()

    def hang(call: int, codes: Sequence[int]) -> None:
        if guilty in codes and left[0]:
            left[0] -= 1
            free.wait(20)

    outcome = rig.run(FakeEngine(hang), pace=Pace(answer_timeout=0.3))
    free.set()
    assert len(outcome.of(EngineStuck)) == times
    if times == 1:
        rig.assert_published("0.wav", "1.wav", "2.wav")
    else:
        assert outcome.result("1.wav").reason == "recognition_failed"
        assert outcome.named("done") == ["0.wav", "2.wav"]
    assert sum(guilty in codes for codes in outcome.engine.heard) == 2


def test_errors_that_are_kept_to_the_end_hold_on_to_nothing(rig: Rig) -> None:
    """Of a hundred thousand files that fail, each would keep the frames that it went through."""
    (rig.folder / "0.wav").write_bytes(b"")
    rig.record("1.wav", 2)
    outcome = rig.run(FakeEngine(fails_on(rig.codes["1.wav"][0])))
    errors = [result.error for result in outcome.report.results]
    assert len(errors) == 2
    for error in errors:
        assert error is not None
        assert (error.__traceback__, error.__cause__, error.__context__) == (None, None, None)
