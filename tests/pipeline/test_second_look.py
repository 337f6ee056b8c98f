"""Speech without text is recognised once more: what is heard then is in the text, what is not stays suspect."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gigaam_cli.core.events import Event, SecondLook
from gigaam_cli.core.values import SAMPLE_RATE, AudioSegment
from gigaam_cli.pipeline.jobs import Pace
from gigaam_cli.pipeline.second_look import OVERLAP_SECONDS, WINDOW_SECONDS, overlapping
from gigaam_cli.segment.vad import Everything, VadModel
from gigaam_cli.store.values import Fingerprint
from tests.fakes.engines import FakeEngine, FallsSilent, HardOfHearing
from tests.fakes.sounds import beeps, silence, write_wav
from tests.fakes.vad import LoudnessVad
from tests.pipeline.rig import Outcome, Rig
from tests.pipeline.test_stopping import StopAt

MINUTE = 60


def windows(samples: int, block: int, vad: VadModel) -> Iterator[AudioSegment]:
    audio = np.ones(samples, np.float32)
    return overlapping((audio[at : at + block] for at in range(0, samples, block)), vad, 0.5)


@given(st.integers(2000, 70 * SAMPLE_RATE), st.integers(1000, 3 * SAMPLE_RATE))
def test_windows_overlap_and_their_cores_leave_nothing_out(samples: int, block: int) -> None:
    found = list(windows(samples, block, Everything()))
    cores = [window.core for window in found if window.core is not None]
    assert len(cores) == len(found)
    assert (cores[0][0], cores[-1][1]) == (0, samples)
    assert all(before[1] == after[0] for before, after in pairwise(cores))
    assert all(before.end - after.start == OVERLAP_SECONDS * SAMPLE_RATE for before, after in pairwise(found))
    assert max(len(window.audio) for window in found) <= WINDOW_SECONDS * SAMPLE_RATE


def test_windows_without_speech_are_left_out() -> None:
    audio = np.concatenate([silence(40), beeps([1001]), silence(40)])
    blocks = (audio[at : at + SAMPLE_RATE] for at in range(0, len(audio), SAMPLE_RATE))
    found = list(overlapping(blocks, LoudnessVad(), 0.5))
    assert 1 <= len(found) <= 2
    assert all(window.start <= 40.4 * SAMPLE_RATE <= window.end for window in found)


def words(rig: Rig, outcome: Outcome, name: str = "0.wav") -> str:
    assert outcome.named("done") == [name]
    return rig.texts()[name.replace(".wav", ".txt")]


@pytest.mark.parametrize("calls", [1, 3])
def test_what_is_heard_the_second_time_is_in_the_text(rig: Rig, calls: int) -> None:
    rig.record("0.wav", MINUTE)
    codes = rig.codes["0.wav"]
    outcome = rig.run(HardOfHearing(codes[12:], 3.0, calls))
    assert outcome.result("0.wav").suspect == ()
    assert words(rig, outcome).split() == rig.words("0.wav").split()
    ((start, end),) = [gap for event in outcome.events if isinstance(event, SecondLook) for gap in event.gaps]
    assert (round(start), round(end)) == (12, 60)
    number = rig.store.recognised(Fingerprint.of(rig.folder / "0.wav"), rig.digest)
    assert number is not None
    said = rig.store.transcript(number).words
    assert [round(word.start - 0.4, 1) for word in said] == [float(at) for at in range(MINUTE)]


def test_gaps_in_the_middle_are_filled_and_what_was_heard_stays(rig: Rig) -> None:
    rig.record("0.wav", MINUTE)
    codes = rig.codes["0.wav"]
    outcome = rig.run(HardOfHearing([*codes[:20], *codes[30:55]], 3.0))
    assert words(rig, outcome).split() == rig.words("0.wav").split()
    assert outcome.result("0.wav").suspect == ()


def test_a_part_is_found_and_the_rest_stays_suspect(rig: Rig) -> None:
    rig.record("0.wav", MINUTE)
    codes = rig.codes["0.wav"]
    engine = HardOfHearing(codes[5:], 3.0)
    for_good = set(codes[20:])
    engine._missed |= for_good
    hear = engine.recognise

    def deaf_for_good(batch):  # type: ignore[no-untyped-def]
        for recognition in hear(batch):
            tokens = (token for token in recognition.tokens if int(token.text[5:]) not in for_good)
            yield type(recognition)(tuple(tokens))

    engine.recognise = deaf_for_good  # type: ignore[method-assign]
    outcome = rig.run(engine)
    ((start, end),) = outcome.result("0.wav").suspect
    assert (round(start), round(end)) == (20, 60)
    assert words(rig, outcome).split() == rig.words("0.wav").split()[:20]


def test_an_engine_that_stays_silent_is_asked_once_more_and_no_more(rig: Rig) -> None:
    rig.record("0.wav", MINUTE)
    outcome = rig.run(FallsSilent(after=3))
    assert outcome.result("0.wav").suspect
    assert len(outcome.of(SecondLook)) == 1
    calls = len(outcome.engine.heard)
    assert MINUTE < calls <= MINUTE + 6
    again = rig.run(FakeEngine())
    assert again.named("skipped") == ["0.wav"], (
        "it was looked at twice: what else there is has to be asked for"
    )


def test_a_run_that_is_ended_in_a_second_look_takes_it_again(rig: Rig) -> None:
    rig.record("0.wav", MINUTE)
    stop = StopAt(SecondLook, 1)
    outcome = rig.run(HardOfHearing(rig.codes["0.wav"], 3.0), control=stop.control, observer=stop)
    assert outcome.report.ended == "interrupted"
    assert rig.texts() == {}
    outcome = rig.run(HardOfHearing(rig.codes["0.wav"], 3.0))
    assert words(rig, outcome).split() == rig.words("0.wav").split()
    assert len(outcome.engine.heard) <= 7, "what was recognised as nothing is not recognised again"


def test_a_recording_that_is_gone_by_then_stays_suspect(rig: Rig) -> None:
    path = rig.record("0.wav", MINUTE)
    outcome = rig.run(
        FallsSilent(after=3), observer=lambda event: path.unlink() if isinstance(event, SecondLook) else None
    )
    assert outcome.result("0.wav").suspect
    assert outcome.named("done") == ["0.wav"]


def test_several_recordings_wait_for_their_turn(rig: Rig) -> None:
    rig.record_some(4, 40)
    missed = [code for codes in rig.codes.values() for code in codes[3:]]
    outcome = rig.run(HardOfHearing(missed, 3.0, calls=2), pace=Pace(readers=3))
    assert outcome.named("done") == sorted(rig.codes)
    for name in rig.codes:
        assert rig.texts()[name.replace(".wav", ".txt")].split() == rig.words(name).split()


def test_another_file_in_its_place_adds_no_words(rig: Rig) -> None:
    path = rig.record("0.wav", MINUTE)
    other = write_wav(rig.folder.parent / "other.wav", beeps([5000 + n for n in range(MINUTE)]))

    def replace(event: Event) -> None:
        if isinstance(event, SecondLook):
            other.replace(path)

    outcome = rig.run(HardOfHearing([*rig.codes["0.wav"][3:]], 3.0), observer=replace)
    assert outcome.result("0.wav").suspect
    assert rig.texts()["0.txt"].split() == rig.words("0.wav").split()[:3]


def test_looks_that_wait_when_a_run_ends_are_not_taken(rig: Rig) -> None:
    rig.record_some(4, 40)
    missed = [code for codes in rig.codes.values() for code in codes]
    stop = StopAt(SecondLook, 2)
    began = time.monotonic()
    outcome = rig.run(HardOfHearing(missed, 3.0), control=stop.control, observer=stop)
    assert time.monotonic() - began < 30
    assert len(outcome.named("skipped")) >= 2
