"""From probabilities to spans, and from spans to stretches: examples of each rule."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from gigaam_cli.core.values import SAMPLE_RATE, SpeechSpan
from gigaam_cli.segment.spans import Grouper, SegmentOptions, SpanDetector, Stretch, longest_speech, samples
from gigaam_cli.segment.vad import WINDOW

SPEECH, HESITATION, SILENCE = 0.9, 0.4, 0.1
OPTIONS = SegmentOptions(pad=0.2, join=0.6, min_silence=0.2, min_speech=0.09)
PATIENCE = 7  # windows in which 0.2 s have passed
SECOND = SAMPLE_RATE


def spans(probabilities: Iterable[float], options: SegmentOptions = OPTIONS) -> list[tuple[int, int]]:
    """Return the spans in windows."""
    detector = SpanDetector(options)
    found = [detector.feed(probability) for probability in probabilities]
    found.append(detector.finish())
    return [(span.start // WINDOW, span.end // WINDOW) for span in found if span is not None]


@pytest.mark.parametrize(
    ("probabilities", "expected"),
    [
        ([], []),
        ([SILENCE] * 50, []),
        ([HESITATION] * 50, []),
        ([SPEECH] * 50, [(0, 50)]),
        ([SILENCE] * 5 + [SPEECH] * 5 + [SILENCE] * 20, [(5, 10)]),
        ([SPEECH] * 5 + [SILENCE] * (PATIENCE - 1) + [SPEECH] * 5, [(0, 5 + PATIENCE - 1 + 5)]),
        ([SPEECH] * 5 + [SILENCE] * PATIENCE + [SPEECH] * 5, [(0, 5), (5 + PATIENCE, 10 + PATIENCE)]),
        ([SPEECH] * 5 + [HESITATION] * 50, [(0, 55)]),
        ([SPEECH] * 5 + [SILENCE, HESITATION] * 3 + [SILENCE], [(0, 5)]),
        ([SPEECH] * 5 + [SILENCE] * 3, [(0, 5)]),
    ],
    ids=[
        "nothing",
        "silence",
        "hesitation alone",
        "to the end",
        "a span",
        "a pause too short",
        "a pause",
        "hesitation goes on",
        "hesitation is no speech",
        "silence at the end",
    ],
)
def test_spans(probabilities: list[float], expected: list[tuple[int, int]]) -> None:
    assert spans(probabilities) == expected


@pytest.mark.parametrize(
    ("threshold", "expected"), [(0.05, [(0, 9)]), (0.3, [(0, 9)]), (0.7, [(3, 6)]), (0.95, [])]
)
def test_the_threshold_decides_what_is_speech(threshold: float, expected: list[tuple[int, int]]) -> None:
    probabilities = [HESITATION] * 3 + [SPEECH] * 3 + [HESITATION] * 3 + [0.0] * 20
    assert spans(probabilities, SegmentOptions(threshold=threshold)) == expected


def test_without_patience_every_pause_ends_a_span() -> None:
    assert spans([SPEECH, SILENCE] * 3, SegmentOptions(min_silence=0)) == [(0, 1), (2, 3), (4, 5)]


def test_the_detector_says_since_when_there_is_speech() -> None:
    detector = SpanDetector(OPTIONS)
    detector.feed(SILENCE)
    assert detector.open is None
    detector.feed(SPEECH)
    assert detector.open == WINDOW
    assert detector.position == 2 * WINDOW


def test_a_cut_ends_a_span_where_the_next_begins() -> None:
    detector = SpanDetector(OPTIONS)
    for _ in range(10):
        detector.feed(SPEECH)
    assert detector.cut(1000) == SpeechSpan(0, 1000)
    assert detector.open == 1000
    assert detector.finish() == SpeechSpan(1000, 10 * WINDOW)


def test_a_cut_in_a_pause_ends_the_span_where_the_pause_began() -> None:
    detector = SpanDetector(OPTIONS)
    for probability in [SPEECH] * 10 + [SILENCE] * 3:
        detector.feed(probability)
    assert detector.cut(12 * WINDOW) == SpeechSpan(0, 10 * WINDOW)
    assert detector.open is None


def stretches(*found: tuple[float, float], end: float = 100.0) -> list[tuple[float, float]]:
    """Return the stretches of spans given in seconds, in seconds."""
    grouper = Grouper(OPTIONS)
    made: list[Stretch] = []
    for start, stop in found:
        made += grouper.advance(samples(start), samples(start))
        made += grouper.add(SpeechSpan(samples(start), samples(stop)))
    made += grouper.flush(samples(end))
    return [(stretch.start / SECOND, stretch.end / SECOND) for stretch in made]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([(1.0, 2.0)], [(0.8, 2.2)]),
        ([(0.1, 1.0)], [(-0.1, 1.2)]),
        ([(1.0, 2.0), (2.6, 3.0)], [(0.8, 3.2)]),
        ([(1.0, 2.0), (2.7, 3.0)], [(0.8, 2.2), (2.5, 3.2)]),
        ([(1.0, 1.05)], []),
        ([(1.0, 1.05), (1.2, 1.25)], [(0.8, 1.45)]),
        ([(0.0, 15.0), (15.3, 29.0)], [(-0.2, 15.15), (15.15, 29.2)]),
    ],
    ids=[
        "room on both sides",
        "room before the recording",
        "neighbours travel together",
        "strangers do not",
        "a click",
        "two clicks are speech",
        "too long together: they share the pause",
    ],
)
def test_stretches(found: list[tuple[float, float]], expected: list[tuple[float, float]]) -> None:
    assert stretches(*found) == [pytest.approx(pair) for pair in expected]


def test_room_ends_half_the_way_to_the_end_of_what_was_heard() -> None:
    assert stretches((1.0, 2.0), end=2.1) == [(0.8, 2.05)]


def test_what_goes_on_after_a_cut_is_no_click() -> None:
    grouper = Grouper(OPTIONS)
    first = [*grouper.add(SpeechSpan(16_000, 32_000)), *grouper.flush(32_000)]
    rest = [*grouper.add(SpeechSpan(32_000, 32_500)), *grouper.flush(64_000)]
    assert first == [Stretch(12_800, 32_000, 16_000)]
    assert rest == [Stretch(32_000, 35_700, 500)]


def test_nothing_is_held_back_longer_than_it_can_grow() -> None:
    grouper = Grouper(OPTIONS)
    assert list(grouper.add(SpeechSpan(0, SECOND))) == []
    assert grouper.start == 0
    assert list(grouper.advance(SECOND + samples(0.6), None)) == []
    (stretch,) = grouper.advance(SECOND + samples(0.6) + 1, None)
    assert grouper.start is None
    assert stretch.end == grouper.last_end == samples(1.2)


def test_speech_counts_without_the_pauses() -> None:
    grouper = Grouper(OPTIONS)
    list(grouper.add(SpeechSpan(0, 10_000)))
    list(grouper.add(SpeechSpan(15_000, 20_000)))
    (stretch,) = grouper.flush(100_000)
    assert stretch.speech == 15_000


@pytest.mark.parametrize(("longest", "pad", "seconds"), [(22.0, 0.2, 21.6), (1.0, 0.2, 1.0), (0.1, 1.0, 1.0)])
def test_room_is_left_beside_speech_but_never_all_of_it(longest: float, pad: float, seconds: float) -> None:
    assert longest_speech(SegmentOptions(max_segment=longest, pad=pad)) == samples(seconds)
