"""What is told to be going on with a recording is what goes on."""

from __future__ import annotations

from pathlib import Path

from gigaam_cli.core.events import RunStarted, StageChanged, StageProgress
from gigaam_cli.pipeline.jobs import Pace, Recipe
from tests.fakes.engines import FakeEngine, slow
from tests.pipeline.rig import Outcome, Rig
from tests.pipeline.test_stopping import StopAt


def stages(outcome: Outcome, path: Path) -> list[str]:
    return [event.stage for event in outcome.events if isinstance(event, StageChanged) and event.path == path]


def test_each_stage_is_told_in_its_turn(rig: Rig) -> None:
    path = rig.record("0.wav", 3)
    assert stages(rig.run(), path) == ["probing", "recognising", "writing"]


def test_a_recording_waits_for_an_engine_that_is_at_others(rig: Rig) -> None:
    """The queue takes one segment at a time: the second recording is read, and cannot go on."""
    paths = [rig.record("0.wav", 6), rig.record("1.wav", 6)]
    outcome = rig.run(FakeEngine(slow(0.1)), pace=Pace(readers=2, queue_seconds=1.0))
    told = [stages(outcome, path) for path in paths]
    assert ["probing", "waiting", "recognising", "writing"] in told
    assert all(each[-2:] == ["recognising", "writing"] for each in told)


def test_a_header_that_cannot_be_read_is_not_being_read_any_more(rig: Rig) -> None:
    (rig.folder / "broken.wav").write_bytes(b"no sound at all" * 100)
    assert stages(rig.run(), rig.folder / "broken.wav") == ["probing", "waiting"]


def test_what_is_only_written_is_told_beforehand(rig: Rig) -> None:
    path = rig.record("0.wav", 1)
    rig.run()
    rig.record("1.wav", 1)
    rig.recipe = Recipe(formats=("srt",))
    outcome = rig.run()
    assert outcome.events[0] == RunStarted(2, to_write=1)
    assert stages(outcome, path) == ["writing"]


def test_what_was_recognised_before_is_told_as_such(rig: Rig) -> None:
    rig.record("0.wav", 5)
    stop = StopAt(StageProgress, 3)
    rig.run(FakeEngine(slow(0.1)), control=stop.control, observer=stop)
    known = [event.known for event in rig.run().events if isinstance(event, StageProgress)]
    assert known[0]
    assert not known[-1]
