"""Speech without text is noticed; silence stays silence."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gigaam_cli.core.events import FileDone
from gigaam_cli.pipeline.coverage import LEAST_SECONDS, LONG_SECONDS, unheard
from gigaam_cli.segment.spans import SegmentOptions
from gigaam_cli.store.values import Spoken
from tests.fakes.engines import FakeEngine, FallsSilent
from tests.fakes.sounds import silence, write_wav
from tests.pipeline.rig import Rig


def segments(*speech: float) -> list[Spoken]:
    """Return segments of so many seconds of speech, one every minute; those below zero are without a word."""
    return [
        Spoken(60.0 * number, 60.0 * number + 30, abs(seconds), seconds > 0)
        for number, seconds in enumerate(speech)
    ]


@pytest.mark.parametrize(
    ("speech", "gaps"),
    [
        ((), ()),
        ((20, 20, 20), ()),
        ((20, -20, 20, 20, -3, 20), ()),
        ((20, -20, -20, 20, 20, 20, 20, 20, 20), ((60, 150),)),
        ((-20, -20, 20, 20, 20, 20, 20, 20, -20, -20), ((0, 90), (480, 570))),
        ((20, -20, 20, -20), ((60, 90), (180, 210))),
        ((-6,), ((0, 30),)),
        ((-4,), ()),
        ((1, 1, -4), ()),
    ],
)
def test_what_is_suspicious(speech: tuple[float, ...], gaps: tuple[tuple[float, float], ...]) -> None:
    assert unheard(segments(*speech)) == gaps


@given(st.lists(st.floats(0.1, 22), max_size=30))
def test_where_every_segment_has_a_word_nothing_is_suspicious(speech: list[float]) -> None:
    assert unheard(segments(*speech)) == ()


@given(st.lists(st.floats(0.1, 22), min_size=1, max_size=30), st.integers(0, 30))
def test_an_engine_that_falls_silent_is_found_out(speech: list[float], after: int) -> None:
    spoken = [seconds if number < after else -seconds for number, seconds in enumerate(speech)]
    lost = sum(speech[after:])
    noticed = lost >= LONG_SECONDS or (lost >= LEAST_SECONDS and lost >= sum(speech) / 2)
    assert bool(unheard(segments(*spoken))) == noticed


def test_an_engine_that_falls_silent_after_a_twentieth(rig: Rig) -> None:
    rig.record("0.wav", 60)
    outcome = rig.run(FallsSilent(after=3))
    ((start, end),) = outcome.result("0.wav").suspect
    assert (round(start), round(end)) == (3, 60)
    assert outcome.named("done") == ["0.wav"]
    (done,) = (event for event in outcome.events if isinstance(event, FileDone))
    assert done.suspect == outcome.result("0.wav").suspect


def test_without_a_vad_there_is_nothing_to_compare_with(rig: Rig) -> None:
    rig.recipe = replace(rig.recipe, segment=SegmentOptions(vad="none"))
    rig.record("0.wav", 60)
    assert rig.run(FallsSilent(after=0)).result("0.wav").suspect == ()


def test_what_is_heard_and_what_is_silent_is_not_suspect(rig: Rig) -> None:
    rig.record("0.wav", 60)
    rig.codes["1.wav"] = []
    write_wav(rig.folder / "1.wav", silence(60.0))
    outcome = rig.run(FakeEngine())
    assert [result.suspect for result in outcome.report.results] == [(), ()]
