"""What is asked of a run while it goes on: to rest, to leave a recording, to begin no more of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from gigaam_cli.core.events import (
    Event,
    FileDone,
    FileLeft,
    FileOvertaken,
    FilePostponed,
    FileStarted,
    FileWaiting,
    RunEnding,
    RunPaused,
    RunResumed,
    SegmentDone,
    StageProgress,
)
from gigaam_cli.pipeline.control import Control
from gigaam_cli.pipeline.jobs import Pace, Recipe
from gigaam_cli.segment.spans import SegmentOptions
from gigaam_cli.store.store import Store
from tests.fakes.engines import FakeEngine, slow
from tests.fakes.sounds import silence, write_wav
from tests.pipeline.rig import Outcome, Rig, assert_each_input_once

CREWS = [(1, 1), (2, 3), (4, 2)]
"""Readers, and calls of the engine at once."""
ONE_BY_ONE = Pace(readers=1, queue_seconds=1.0)
WAVS = [f"{number}.wav" for number in range(4)]


class At:
    """Does something at the ``count``-th event of a kind, in the thread of the run."""

    def __init__(self, kind: type[Event], act: Callable[[], object], count: int = 1) -> None:
        self._kind, self._act, self._left = kind, act, count

    def __call__(self, event: Event) -> None:
        if isinstance(event, self._kind):
            self._left -= 1
            if self._left == 0:
                self._act()


def later(seconds: float, act: Callable[[], object]) -> threading.Thread:
    """Do something in a while, in another thread."""
    timer = threading.Timer(seconds, act)
    timer.start()
    return timer


def reasons(outcome: Outcome) -> dict[str, str]:
    return {result.path.name: result.reason for result in outcome.report.of_status("skipped")}


@pytest.mark.parametrize(("readers", "calls"), CREWS)
@pytest.mark.parametrize("kind", [FileStarted, SegmentDone, FileDone])
def test_while_a_run_is_paused_nothing_is_recognised(
    rig: Rig, kind: type[Event], readers: int, calls: int
) -> None:
    paths = rig.record_some(4, 4)
    control, engine, counts = Control(), FakeEngine(slow(0.02), calls=calls), list[int]()

    def resume() -> None:
        counts.append(len(engine.heard))
        control.resume()

    def pause() -> None:
        control.pause()
        later(0.3, lambda: counts.append(len(engine.heard)))
        later(0.7, resume)

    outcome = rig.run(engine, control=control, observer=At(kind, pause), pace=Pace(readers))
    assert counts[0] == counts[1] < 16
    assert_each_input_once(outcome, paths)
    rig.assert_published(*WAVS)
    (paused,), (resumed,) = outcome.of(RunPaused), outcome.of(RunResumed)
    assert outcome.events.index(paused) < outcome.events.index(resumed)
    assert isinstance(resumed, RunResumed)
    assert 0.5 < resumed.seconds == outcome.report.paused_seconds < outcome.report.wall_seconds
    assert outcome.report.worked_seconds == outcome.report.wall_seconds - resumed.seconds


def test_while_a_run_is_paused_nothing_is_decoded(rig: Rig) -> None:
    write_wav(rig.folder / "long.wav", silence(1800))
    control, positions = Control(), list[float]()
    during: list[int] = []

    def observe(event: Event) -> None:
        if isinstance(event, StageProgress):
            positions.append(event.position)
            if len(positions) == 2:
                control.pause()
                later(0.3, lambda: during.append(len(positions)))
                later(0.5, lambda: during.append(len(positions)))
                later(0.6, control.resume)

    outcome = rig.run(control=control, observer=observe)
    assert during[0] == during[1] < len(positions)
    assert outcome.named("done") == ["long.wav"]


def test_a_pause_is_no_hang(rig: Rig) -> None:
    """Neither of the engine nor of FFmpeg, however little patience there is."""
    rig.recipe = replace(rig.recipe, decode=replace(rig.recipe.decode, stall_timeout=0.4))
    rig.record_some(2, 3)
    write_wav(rig.folder / "long.wav", silence(900))
    control = Control()

    def pause() -> None:
        control.pause()
        later(2.5, control.resume)

    engine = FakeEngine(slow(0.05))
    outcome = rig.run(engine, control=control, observer=At(FileStarted, pause), pace=Pace(answer_timeout=0.5))
    assert outcome.named("done") == ["0.wav", "1.wav", "long.wav"]
    assert len(engine.heard) == 6


def test_a_run_that_is_paused_before_it_begins_waits(rig: Rig) -> None:
    rig.record_some(2, 1)
    control = Control()
    control.pause()
    later(0.4, control.resume)
    outcome = rig.run(control=control)
    assert outcome.named("done") == ["0.wav", "1.wav"]
    assert outcome.report.paused_seconds > 0.2


def test_texts_from_the_store_wait_for_the_end_of_a_pause(rig: Rig) -> None:
    rig.record_some(3, 1)
    rig.run()
    rig.recipe = Recipe(formats=("srt",))
    control = Control()

    def pause() -> None:
        control.pause()
        later(0.3, lambda: during.append(len(list(rig.folder.glob("*.srt")))))
        later(0.4, control.resume)

    during: list[int] = []
    outcome = rig.run(control=control, observer=At(FileDone, pause))
    assert during == [1]
    assert len(outcome.named("done")) == 3


@pytest.mark.parametrize(("readers", "calls"), CREWS)
@pytest.mark.parametrize("kind", [FileStarted, SegmentDone, FileDone])
def test_a_paused_run_that_is_stopped_ends_at_once(
    rig: Rig, kind: type[Event], readers: int, calls: int
) -> None:
    rig.record_some(4, 4)
    control = Control()

    def pause() -> None:
        control.pause()
        later(0.3, lambda: control.stop("interrupted"))

    began = time.monotonic()
    engine = FakeEngine(slow(0.02), calls=calls)
    outcome = rig.run(engine, control=control, observer=At(kind, pause), pace=Pace(readers))
    assert time.monotonic() - began < 4
    assert outcome.report.ended == "interrupted"
    assert outcome.report.paused_seconds > 0.1
    rig.run()
    rig.assert_published(*WAVS)


@pytest.mark.parametrize(("readers", "calls"), CREWS)
@pytest.mark.parametrize("kind", [FileStarted, SegmentDone])
def test_a_recording_that_is_skipped_keeps_what_was_recognised_for_the_next_run(
    rig: Rig, kind: type[Event], readers: int, calls: int
) -> None:
    paths = rig.record_some(4, 4)
    control, left = Control(), list[Path]()

    def observe(event: Event) -> None:
        if isinstance(event, kind) and not left:
            assert isinstance(event, FileStarted | SegmentDone)
            left.append(event.path)
            control.skip(left[0])

    engine = FakeEngine(slow(0.05), calls=calls)
    outcome = rig.run(engine, control=control, observer=observe, pace=Pace(readers))
    (name,) = (path.name for path in left)
    assert reasons(outcome) == {name: "skipped_by_user"}
    assert outcome.of(FileLeft) == [FileLeft(left[0], "skipped_by_user")]
    assert outcome.report.ended is None
    assert_each_input_once(outcome, paths)
    rig.assert_published(*sorted(set(WAVS) - {name}))
    assert not rig.store.leases.is_held(left[0])
    again = rig.run()
    assert again.named("done") == [name]
    known = sum(isinstance(event, SegmentDone) and event.path == left[0] for event in outcome.events)
    assert len(again.engine.heard) == 4 - known
    rig.assert_published(*WAVS)


def test_the_last_recording_may_be_skipped(rig: Rig) -> None:
    path = rig.record("0.wav", 3)
    control = Control()
    outcome = rig.run(control=control, observer=At(SegmentDone, lambda: control.skip(path)))
    assert reasons(outcome) == {"0.wav": "skipped_by_user"}
    assert rig.texts() == {}


def test_a_recording_may_be_skipped_while_the_run_is_paused(rig: Rig) -> None:
    paths = rig.record_some(4, 3)
    control = Control()

    def pause() -> None:
        control.pause()
        for path in paths[:2]:
            control.skip(path)
        later(0.3, control.resume)

    outcome = rig.run(FakeEngine(slow(0.05)), control=control, observer=At(SegmentDone, pause))
    assert reasons(outcome) == dict.fromkeys(WAVS[:2], "skipped_by_user")
    left = [outcome.events.index(event) for event in outcome.of(FileLeft)]
    (resumed,) = outcome.of(RunResumed)
    assert max(left) < outcome.events.index(resumed), "told at once"


def test_a_recording_that_is_not_begun_may_be_skipped(rig: Rig) -> None:
    paths = rig.record_some(3, 2)
    control = Control()
    control.skip(paths[1])
    outcome = rig.run(control=control)
    assert reasons(outcome) == {"1.wav": "skipped_by_user"}
    assert FileStarted(paths[1], None) not in outcome.events
    rig.assert_published("0.wav", "2.wav")


def test_what_is_done_or_unknown_cannot_be_skipped(rig: Rig, tmp_path: Path) -> None:
    paths = rig.record_some(2, 2)
    control = Control()

    def skip() -> None:
        control.skip(tmp_path / "nothing.wav")
        for event in seen:
            control.skip(event.path)

    seen: list[FileDone] = []

    def observe(event: Event) -> None:
        if isinstance(event, FileDone):
            seen.append(event)
            skip()

    outcome = rig.run(control=control, observer=observe)
    assert outcome.named("done") == ["0.wav", "1.wav"]
    assert_each_input_once(outcome, paths)


def test_a_text_from_the_store_may_be_skipped(rig: Rig) -> None:
    paths = rig.record_some(2, 1)
    rig.run()
    rig.recipe = Recipe(formats=("srt",))
    control = Control()
    control.skip(paths[0])
    outcome = rig.run(control=control)
    assert (outcome.named("done"), reasons(outcome)) == (["1.wav"], {"0.wav": "skipped_by_user"})


def test_a_recording_that_another_run_is_at_may_be_skipped(rig: Rig, tmp_path: Path) -> None:
    path = rig.record("0.wav", 1)
    holder, own = Store.open(tmp_path / "state"), Store.open(tmp_path / "state")
    assert holder.leases.take(path)
    control = Control()
    outcome = Rig(rig.folder, own).run(control=control, observer=At(FileWaiting, lambda: control.skip(path)))
    assert reasons(outcome) == {"0.wav": "skipped_by_user"}
    assert not outcome.of(FileOvertaken)
    assert holder.leases.is_held(path)
    own.close()
    holder.close()


def test_a_recording_that_is_to_be_tried_again_may_be_skipped(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = rig.record("0.wav", 2)
    control = Control()

    def trouble(call: int, codes: object) -> None:
        raise RuntimeError("no")

    outcome = rig.run(
        FakeEngine(trouble),
        control=control,
        observer=At(FilePostponed, lambda: later(0.2, lambda: control.skip(path))),
        pace=Pace(retries=1, retry_pause=30.0),
    )
    assert reasons(outcome) == {"0.wav": "skipped_by_user"}


@pytest.mark.parametrize(("readers", "calls"), CREWS)
@pytest.mark.parametrize("kind", [FileStarted, SegmentDone, FileDone])
def test_a_run_that_is_to_finish_begins_no_more(
    rig: Rig, kind: type[Event], readers: int, calls: int
) -> None:
    rig.recipe = replace(rig.recipe, segment=SegmentOptions(max_segment=1.0))
    paths = rig.record_some(8, 2)
    control = Control()
    outcome = rig.run(
        FakeEngine(slow(0.05), calls=calls),
        control=control,
        observer=At(kind, control.finish),
        pace=Pace(readers, queue_seconds=1.0),
    )
    assert outcome.report.ended == "stopped_by_user"
    assert outcome.report.fatal is None
    assert set(reasons(outcome).values()) == {"stopped_by_user"}
    begun = [event.path.name for event in outcome.events if isinstance(event, FileStarted)]
    assert outcome.named("done") == sorted(begun)
    assert outcome.of(RunEnding) == [RunEnding("stopped_by_user")]
    (ending,) = outcome.of(RunEnding)
    late = outcome.events[outcome.events.index(ending) :]
    assert sum(isinstance(event, FileStarted) for event in late) <= readers, "a header that was being read"
    assert_each_input_once(outcome, paths)
    rig.assert_published(*outcome.named("done"))
    assert rig.run().report.ended is None
    rig.assert_published(*(path.name for path in paths))


def test_a_run_that_is_to_finish_when_all_is_begun_is_like_any_other(rig: Rig) -> None:
    rig.record("0.wav", 2)
    control = Control()
    outcome = rig.run(control=control, observer=At(SegmentDone, control.finish))
    assert outcome.report.ended is None
    assert outcome.named("done") == ["0.wav"]


def test_a_run_that_is_to_finish_before_it_begins_does_nothing(rig: Rig) -> None:
    rig.record_some(2, 1)
    control = Control()
    control.finish()
    outcome = rig.run(control=control)
    assert outcome.report.ended == "stopped_by_user"
    assert outcome.engine.heard == []


def test_to_finish_ends_a_pause(rig: Rig) -> None:
    rig.record_some(4, 3)
    control = Control()

    def pause() -> None:
        control.pause()
        later(0.3, control.finish)

    outcome = rig.run(
        FakeEngine(slow(0.05)), control=control, observer=At(SegmentDone, pause), pace=ONE_BY_ONE
    )
    assert outcome.report.ended == "stopped_by_user"
    assert len(outcome.of(RunResumed)) == 1
    assert outcome.named("done")


def test_texts_from_the_store_are_not_begun_any_more_either(rig: Rig) -> None:
    rig.record_some(3, 1)
    rig.run()
    rig.recipe = Recipe(formats=("srt",))
    control = Control()
    outcome = rig.run(control=control, observer=At(FileDone, control.finish))
    assert len(outcome.named("done")) == 1
    assert outcome.report.ended == "stopped_by_user"


def test_a_run_that_is_to_finish_waits_for_nobody(rig: Rig, tmp_path: Path) -> None:
    path = rig.record("0.wav", 1)
    holder, own = Store.open(tmp_path / "state"), Store.open(tmp_path / "state")
    assert holder.leases.take(path)
    control = Control()
    outcome = Rig(rig.folder, own).run(control=control, observer=At(FileWaiting, control.finish))
    assert reasons(outcome) == {"0.wav": "stopped_by_user"}
    own.close()
    holder.close()


def test_a_run_that_is_to_finish_tries_nothing_again(rig: Rig) -> None:
    rig.record("0.wav", 2)
    control = Control()

    def trouble(call: int, codes: object) -> None:
        raise RuntimeError("no")

    began = time.monotonic()
    outcome = rig.run(
        FakeEngine(trouble),
        control=control,
        observer=At(FilePostponed, lambda: later(0.2, control.finish)),
        pace=Pace(retries=1, retry_pause=30.0),
    )
    assert time.monotonic() - began < 10
    assert outcome.named("failed") == ["0.wav"]


def test_a_signal_comes_before_the_wish_to_finish(rig: Rig) -> None:
    rig.record_some(4, 3)
    control = Control()

    def end() -> None:
        control.finish()
        control.stop("interrupted")

    outcome = rig.run(FakeEngine(slow(0.05)), control=control, observer=At(SegmentDone, end))
    assert outcome.report.ended == "interrupted"
    assert outcome.events[-1] == RunEnding("interrupted")


def test_whatever_is_asked_for_from_many_threads_each_recording_ends_once(rig: Rig) -> None:
    paths = rig.record_some(8, 3)
    control, over = Control(), threading.Event()

    def meddle(number: int) -> None:
        while not over.is_set():
            control.pause()
            control.skip(paths[number])
            time.sleep(0.01)
            control.resume()
            time.sleep(0.02)

    meddlers = [threading.Thread(target=meddle, args=(number,)) for number in range(3)]
    for meddler in meddlers:
        meddler.start()
    later(3, over.set)
    outcome = rig.run(FakeEngine(slow(0.02), calls=2), control=control, pace=Pace(3))
    over.set()
    for meddler in meddlers:
        meddler.join()
    assert_each_input_once(outcome, paths)
    assert outcome.named("failed") == []
    rig.run()
    rig.assert_published(*(path.name for path in paths))
