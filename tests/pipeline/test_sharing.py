"""Two runs over one folder: they share the work, and neither ends before everything is done."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from gigaam_cli.core.errors import DiskFullError
from gigaam_cli.core.events import Event, FileOvertaken, FileStarted, FileWaiting, SegmentDone
from gigaam_cli.pipeline.control import Control
from gigaam_cli.pipeline.jobs import Pace
from gigaam_cli.pipeline.plan import review
from gigaam_cli.pipeline.run import Setting, run
from gigaam_cli.pipeline.sinks import FolderSink
from gigaam_cli.store.store import Store
from tests.fakes.engines import FakeEngine, fails_on, slow
from tests.fakes.sounds import beeps, write_wav
from tests.pipeline.rig import Outcome, Rig, assert_each_input_once, assert_nothing_left_running


@dataclass
class Two:
    """Two runs with stores of their own in one state folder, over one folder of recordings."""

    folder: Path
    state: Path

    def rig(self, store: Store) -> Rig:
        return Rig(self.folder, store)

    def at_once(self, *runs: Callable[[Rig], Outcome]) -> list[Outcome]:
        """Do runs in threads of their own; return what came of them."""
        outcomes: list[Outcome | None] = [None] * len(runs)

        def work(number: int) -> None:
            store = Store.open(self.state)
            outcomes[number] = runs[number](self.rig(store))
            store.close()

        threads = [threading.Thread(target=work, args=(number,)) for number in range(len(runs))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert None not in outcomes
        return [outcome for outcome in outcomes if outcome is not None]


@pytest.fixture
def two(rig: Rig, tmp_path: Path) -> Two:
    return Two(rig.folder, tmp_path / "state of two")


ONE_BY_ONE = Pace(readers=1, queue_seconds=1.0)


def heard(*outcomes: Outcome) -> list[int]:
    return sorted(code for outcome in outcomes for batch in outcome.engine.heard for code in batch)


def test_two_runs_do_each_recording_once_between_them(two: Two, rig: Rig) -> None:
    paths = rig.record_some(8, 2)
    both = threading.Barrier(2)

    def run(own: Rig) -> Outcome:
        def together(event: Event) -> None:
            if isinstance(event, FileStarted) and not started:
                started.append(event)
                both.wait(20)

        started: list[Event] = []
        return own.run(FakeEngine(slow(0.05)), observer=together, pace=ONE_BY_ONE)

    one, other = two.at_once(run, run)
    assert heard(one, other) == sorted(code for codes in rig.codes.values() for code in codes)
    assert one.named("done")
    assert other.named("done")
    assert sorted(one.named("done") + other.named("done")) == sorted(rig.codes)
    for outcome in (one, other):
        assert_each_input_once(outcome, paths)
        assert {result.reason for result in outcome.report.of_status("skipped")} == {"done"}
        assert outcome.report.ended is None
        overtaken = {event.path.name for event in outcome.events if isinstance(event, FileOvertaken)}
        assert overtaken == set(outcome.named("skipped"))
    rig.assert_published(*rig.codes)


def test_a_run_waits_for_the_last_recording_of_another(two: Two, rig: Rig) -> None:
    """When it ends, all is done: what comes after it in a script may count on that."""
    rig.record("0.wav", 3)
    begun, waiting = threading.Event(), threading.Event()

    def first(own: Rig) -> Outcome:
        def hold(event: Event) -> None:
            if isinstance(event, FileStarted):
                begun.set()
                assert waiting.wait(20)

        return own.run(observer=hold)

    def second(own: Rig) -> Outcome:
        assert begun.wait(20)
        return own.run(observer=lambda event: waiting.set() if isinstance(event, FileWaiting) else None)

    one, other = two.at_once(first, second)
    assert one.named("done") == ["0.wav"]
    assert other.named("skipped") == ["0.wav"]
    assert other.result("0.wav").reason == "done"
    assert not heard(other)
    rig.assert_published("0.wav")


def test_what_another_run_leaves_undone_is_done(two: Two, rig: Rig) -> None:
    """It goes on inside the recording that the other one was ended in."""
    rig.record("0.wav", 4)
    control, waiting = Control(), threading.Event()
    begun = threading.Event()

    def first(own: Rig) -> Outcome:
        def end(event: Event) -> None:
            if isinstance(event, SegmentDone):
                begun.set()
                assert waiting.wait(20)
                control.stop("interrupted")

        return own.run(observer=end, control=control, pace=ONE_BY_ONE)

    def second(own: Rig) -> Outcome:
        assert begun.wait(20)
        return own.run(observer=lambda event: waiting.set() if isinstance(event, FileWaiting) else None)

    one, other = two.at_once(first, second)
    assert one.named("skipped") == other.named("done") == ["0.wav"]
    assert 0 < len(heard(other)) < 4
    assert set(heard(one, other)) == set(rig.codes["0.wav"])
    rig.assert_published("0.wav")


def test_what_failed_in_another_run_is_tried(two: Two, rig: Rig) -> None:
    rig.record("0.wav", 2)
    begun, waiting = threading.Event(), threading.Event()

    def first(own: Rig) -> Outcome:
        def hold(event: Event) -> None:
            if isinstance(event, FileStarted):
                begun.set()
                assert waiting.wait(20)

        return own.run(FakeEngine(fails_on(rig.codes["0.wav"][0])), observer=hold)

    def second(own: Rig) -> Outcome:
        assert begun.wait(20)
        return own.run(observer=lambda event: waiting.set() if isinstance(event, FileWaiting) else None)

    one, other = two.at_once(first, second)
    assert (one.named("failed"), other.named("done")) == (["0.wav"], ["0.wav"])
    rig.assert_published("0.wav")


@pytest.mark.parametrize("ended_by", ["signal", "clock"])
def test_a_run_that_is_to_end_waits_for_nobody(two: Two, rig: Rig, ended_by: str) -> None:
    path = rig.record("0.wav", 1)
    holder = Store.open(two.state)
    assert holder.leases.take(path)
    control = Control()

    def run(own: Rig) -> Outcome:
        def stop(event: Event) -> None:
            if isinstance(event, FileWaiting) and ended_by == "signal":
                control.stop("interrupted")

        pace = Pace(begin_within=0.3 if ended_by == "clock" else None)
        return own.run(observer=stop, control=control, pace=pace)

    (outcome,) = two.at_once(run)
    assert outcome.result("0.wav").reason == {"signal": "interrupted", "clock": "out_of_time"}[ended_by]
    assert rig.texts() == {}
    holder.close()


def test_texts_of_other_kinds_wait_too(two: Two, rig: Rig) -> None:
    """A recording that only has to be written again belongs to one run at a time like any other."""
    path = rig.record("0.wav", 2)
    store = Store.open(two.state)
    Rig(two.folder, store).run()
    (two.folder / "0.txt").unlink()
    assert store.leases.take(path)
    waiting = threading.Event()

    def run(own: Rig) -> Outcome:
        return own.run(observer=lambda event: waiting.set() if isinstance(event, FileWaiting) else None)

    def release() -> None:
        if waiting.wait(20):
            other = Store.open(two.state)
            other._db.run("DELETE FROM leases")
            other.close()

    releaser = threading.Thread(target=release)
    releaser.start()
    (outcome,) = two.at_once(run)
    releaser.join()
    assert outcome.named("done") == ["0.wav"]
    assert outcome.loaded == 0
    rig.assert_published("0.wav")
    store.close()


def test_a_recognition_that_is_gone_by_then_is_no_bug(two: Two, rig: Rig) -> None:
    """Another run began it anew after this one was planned to write it."""
    rig.record_some(2, 1)
    store = Store.open(two.state)
    own = two.rig(store)
    own.run()
    for text in two.folder.glob("*.txt"):
        text.unlink()
    plan = own.plan()
    assert len(plan.to_write) == 2
    store._db.run("DELETE FROM recognitions WHERE id = ?", (plan.to_write[0].recognition,))
    review_of = partial(review, wish=own.wish(), store=store)
    setting = Setting(store, FolderSink(store, own.recipe, False), own.recipe, "", list, review=review_of)
    report = run(plan, setting)
    assert sorted((result.path.name, result.status) for result in report.results) == [
        ("0.wav", "skipped"),
        ("1.wav", "done"),
    ]
    store.close()


def test_a_file_that_was_replaced_is_not_begun_as_what_it_was(two: Two, rig: Rig) -> None:
    """Another run has done the new one: what it knows must stay."""
    path = rig.record("0.wav", 2)
    early = Store.open(two.state)
    late = Store.open(two.state)
    plan = two.rig(early).plan()
    write_wav(path, beeps([3001, 3002, 3003]))
    assert two.rig(late).run().named("done") == ["0.wav"]
    engine = FakeEngine()
    own = two.rig(early)
    setting = Setting(early, FolderSink(early, own.recipe, False), own.recipe, own.digest, lambda: [engine])
    report = run(plan, setting)
    assert [result.reason for result in report.results] == ["changed_while_reading"]
    assert engine.heard == []
    assert two.rig(late).run().loaded == 0, "nothing is recognised again"
    early.close()
    late.close()


def test_a_store_that_fails_when_work_is_asked_for_leaves_no_reader_waiting(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: object, path: Path) -> bool:
        raise DiskFullError(path=path, size="?", detail="full")

    monkeypatch.setattr("gigaam_cli.store.leases.Leases.take", full)
    rig.record_some(2, 1)
    began = time.monotonic()
    outcome = rig.run()
    assert outcome.report.ended == "disk_full"
    assert time.monotonic() - began < 3
    assert_nothing_left_running(1.0)
