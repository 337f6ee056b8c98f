"""A run that was ended goes on inside the recording it was in: nothing is recognised twice, nothing is lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from gigaam_cli.core.errors import OvertakenError
from gigaam_cli.core.events import Event, FileStarted, SegmentDone, StageProgress
from gigaam_cli.core.values import Segment
from gigaam_cli.media.decode import DecodeOptions
from gigaam_cli.media.ffmpeg import Cut
from gigaam_cli.pipeline.jobs import Pace
from gigaam_cli.segment.spans import SegmentOptions
from gigaam_cli.store.values import Fingerprint
from tests.fakes.engines import FakeEngine, fails_on
from tests.pipeline.rig import Rig, assert_orderly
from tests.pipeline.test_stopping import StopAt

COUNT = 12


@pytest.fixture
def rig(rig: Rig) -> Rig:
    """Return a rig where each beep is a segment of its own."""
    rig.recipe = replace(rig.recipe, segment=SegmentOptions(max_segment=1.0))
    return rig


def codes(engine: FakeEngine) -> list[int]:
    return [code for batch in engine.heard for code in batch]


def stopped_at(rig: Rig, segments: int) -> list[int]:
    """Run until so many segments are in the store; return what was recognised."""
    stop = StopAt(SegmentDone, segments)
    outcome = rig.run(control=stop.control, observer=stop, pace=Pace(readers=1, queue_seconds=1.0))
    assert outcome.report.ended == "interrupted"
    assert rig.texts() == {}
    return codes(outcome.engine)


@pytest.mark.parametrize("segments", range(1, COUNT))
def test_segments_in_the_store_are_not_recognised_again(rig: Rig, segments: int) -> None:
    rig.record("0.wav", COUNT)
    before = stopped_at(rig, segments)
    outcome = rig.run()
    again = codes(outcome.engine)
    assert set(before) | set(again) == set(rig.codes["0.wav"])
    assert len(again) == COUNT - segments, "what was in work when the run ended is all that may be repeated"
    rig.assert_published("0.wav")
    assert_orderly(outcome)


def test_it_is_told_from_where_a_recording_goes_on(rig: Rig) -> None:
    rig.record("0.wav", COUNT)
    stopped_at(rig, 5)
    (started,) = rig.run().of(FileStarted)
    (again,) = rig.run(force=True).of(FileStarted)
    assert isinstance(started, FileStarted)
    assert isinstance(again, FileStarted)
    assert 4.0 < started.known_until < 8.0
    assert again.known_until == 0.0


def test_the_texts_are_those_of_a_run_that_was_not_ended(rig: Rig, tmp_path: Path) -> None:
    rig.record("0.wav", COUNT)
    stopped_at(rig, 5)
    rig.run()
    resumed = rig.texts()
    rig.run(force=True)
    assert rig.texts() == resumed


def test_progress_goes_on_to_the_end_and_speed_counts_what_was_done_now(rig: Rig) -> None:
    rig.record("0.wav", COUNT)
    stopped_at(rig, COUNT - 2)
    outcome = rig.run()
    (result,) = outcome.report.results
    positions = [event.position for event in outcome.events if isinstance(event, StageProgress)]
    assert positions[-1] > 0.9 * result.seconds
    assert 0 < outcome.report.audio_seconds < result.seconds / 2


def test_a_recording_that_failed_keeps_what_was_recognised_of_it(rig: Rig) -> None:
    rig.record("0.wav", COUNT)
    guilty = rig.codes["0.wav"][COUNT // 2]
    failed = rig.run(FakeEngine(fails_on(guilty)))
    assert failed.named("failed") == ["0.wav"]
    heard = codes(failed.engine)
    done = set(heard[: heard.index(guilty)])
    outcome = rig.run()
    assert guilty in codes(outcome.engine)
    assert not set(codes(outcome.engine)) & done
    rig.assert_published("0.wav")


def test_force_recognises_everything_again(rig: Rig) -> None:
    rig.record("0.wav", COUNT)
    stopped_at(rig, 5)
    outcome = rig.run(force=True)
    assert sorted(codes(outcome.engine)) == rig.codes["0.wav"]
    rig.assert_published("0.wav")


def test_a_part_of_a_recording_goes_on_too(rig: Rig) -> None:
    """Times count from where the part begins."""
    rig.recipe = replace(rig.recipe, decode=DecodeOptions(Cut(2.0, None)))
    rig.record("0.wav", COUNT)
    before = stopped_at(rig, 4)
    outcome = rig.run()
    assert len(codes(outcome.engine)) < len(before) + len(codes(outcome.engine)) <= COUNT + 1


def test_another_run_that_was_done_first_costs_no_words(rig: Rig) -> None:
    """It finished the recording meanwhile, and what this run counted on is no longer its own."""
    path = rig.record("0.wav", COUNT)
    stopped_at(rig, 5)

    def overtake(event: Event) -> None:
        if isinstance(event, FileStarted):
            rig.store._db.run("DELETE FROM segments")

    outcome = rig.run(observer=overtake)
    (result,) = outcome.report.results
    assert isinstance(result.error, OvertakenError)
    assert rig.texts() == {}
    assert rig.store.recognised(Fingerprint.of(path), rig.digest) is None
    rig.run()
    rig.assert_published("0.wav")


def test_segments_that_are_cut_elsewhere_now_are_recognised(rig: Rig) -> None:
    """As by another version of the VAD: what was said at other times is forgotten in the end."""
    path = rig.record("0.wav", COUNT)
    stopped_at(rig, 1)
    number = rig.store.begin(Fingerprint.of(path), rig.digest, "m", "e")
    rig.store.add_segment(number, Segment(1.234, 2.345, ()))
    outcome = rig.run()
    assert set(codes(outcome.engine)) >= set(rig.codes["0.wav"][1:])
    rig.assert_published("0.wav")
    assert 1.234 not in {segment.start for segment in rig.store.transcript(number).segments}


def test_batches_and_several_recordings_go_on_as_well(rig: Rig) -> None:
    for number in range(3):
        rig.record(f"{number}.wav", 6)
    stop = StopAt(SegmentDone, 7)
    first = rig.run(FakeEngine(batch=4), control=stop.control, observer=stop)
    wanted: Sequence[int] = [code for of_one in rig.codes.values() for code in of_one]
    outcome = rig.run(FakeEngine(batch=4))
    assert set(codes(first.engine)) | set(codes(outcome.engine)) == set(wanted)
    assert len(codes(outcome.engine)) <= len(wanted) - 7
    rig.assert_published("0.wav", "1.wav", "2.wav")
