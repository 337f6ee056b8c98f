"""What is heard the second time takes its place, and silence that is left keeps its speech."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gigaam_cli.core.values import Segment, Word
from gigaam_cli.pipeline.coverage import unheard
from gigaam_cli.pipeline.filling import filled
from gigaam_cli.store.values import Spoken

TIMES = st.lists(st.integers(0, 600), min_size=2, max_size=12, unique=True).map(sorted)


def said(start: float, end: float) -> Segment:
    return Segment(start, end, (Word("да", start, end, 1.0),))


def silence(start: float, end: float, speech: float | None = None) -> Spoken:
    return Spoken(start, end, (end - start) / 2 if speech is None else speech, words=False)


def test_a_word_at_the_beginning_leaves_the_rest_as_silent_as_it_was() -> None:
    after = filled([said(10.0, 10.7)], [silence(10.0, 30.0, 18.0)])
    ((segment, speech),) = after.heard
    assert segment == said(10.0, 10.7)
    assert speech == pytest.approx(18 * 0.7 / 20)
    (rest,) = after.silent
    assert (rest.start, rest.end) == (10.7, 30.0)
    assert rest.speech == pytest.approx(18 * 19.3 / 20)


def test_a_word_in_the_middle_parts_a_silence() -> None:
    after = filled([said(19.0, 21.0)], [silence(10.0, 30.0, 20.0)])
    assert [(rest.start, rest.end, rest.speech) for rest in after.silent] == [(10, 19, 9), (21, 30, 9)]


def test_what_nothing_was_heard_in_stays_as_it_is() -> None:
    silent = [silence(0, 10), silence(40, 50)]
    after = filled([said(11, 39)], silent)
    assert after.silent == tuple(silent)
    assert after.heard == ((said(11, 39), 0.0),)


@given(TIMES, TIMES)
def test_no_speech_is_lost_and_nothing_overlaps(quiet: list[int], heard: list[int]) -> None:
    silent = [silence(a, b) for a, b in list(pairwise(quiet))[::2]]
    found = [said(a, b) for a, b in list(pairwise(heard))[::2]]
    after = filled(found, silent)
    total = sum(speech for _, speech in after.heard) + sum(rest.speech for rest in after.silent)
    assert total == pytest.approx(sum(one.speech for one in silent))
    for rest in after.silent:
        assert all(rest.end <= one.start or one.end <= rest.start for one in found)
    everything = [*after.silent, *(Spoken(one.start, one.end, speech, True) for one, speech in after.heard)]
    if not found:
        assert unheard(sorted(everything, key=lambda one: one.start)) == unheard(silent)
