"""What holds for segments of any speech, whatever the options."""

from __future__ import annotations

from itertools import groupby, pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gigaam_cli.segment.segmenter import Segmenter
from gigaam_cli.segment.spans import SegmentOptions, longest_speech, samples
from gigaam_cli.segment.vad import WINDOW, Everything
from tests.segment.voices import Scripted, blocks, cut, numbered

RUNS = st.lists(
    st.tuples(st.sampled_from([0.0, 0.3, 0.4, 0.6, 1.0]), st.integers(1, 120)), min_size=1, max_size=12
)
PROBABILITIES = RUNS.map(lambda runs: [probability for probability, length in runs for _ in range(length)])
OPTIONS = st.builds(
    SegmentOptions,
    max_segment=st.floats(1.0, 22.0),
    min_silence=st.floats(0.0, 0.5),
    join=st.floats(0.0, 1.0),
    pad=st.floats(0.0, 0.5),
)


def spoken(probabilities: list[float], options: SegmentOptions) -> list[tuple[int, int]]:
    """Return where speech is too long for a click, in samples: found without any of the code under test."""
    runs, place = [], 0
    for is_speech, group in groupby(probabilities, lambda probability: probability >= options.threshold):
        length = len(list(group)) * WINDOW
        if is_speech and length >= samples(options.min_speech):
            runs.append((place, place + length))
        place += length
    return runs


def limit(options: SegmentOptions) -> int:
    return longest_speech(options) + 2 * samples(options.pad)


@given(probabilities=PROBABILITIES, options=OPTIONS)
@settings(max_examples=150, deadline=None)
def test_segments_are_in_order_apart_and_not_too_long(
    probabilities: list[float], options: SegmentOptions
) -> None:
    segments = cut(numbered(len(probabilities)), options, probabilities)
    assert [segment.index for segment in segments] == list(range(len(segments)))
    assert all(before.end <= behind.start for before, behind in pairwise(segments))
    assert all(0 < len(segment.audio) <= limit(options) for segment in segments)


@given(probabilities=PROBABILITIES, options=OPTIONS)
@settings(max_examples=150, deadline=None)
def test_all_speech_is_in_segments(probabilities: list[float], options: SegmentOptions) -> None:
    segments = cut(numbered(len(probabilities)), options, probabilities)
    inside = np.zeros(len(probabilities) * WINDOW, bool)
    for segment in segments:
        inside[max(segment.start, 0) : segment.end] = True
    for start, end in spoken(probabilities, options):
        assert inside[start:end].all()
    assert all(segment.speech > 0 for segment in segments)


@given(probabilities=PROBABILITIES, options=OPTIONS)
@settings(max_examples=150, deadline=None)
def test_a_segment_holds_the_samples_of_its_place_and_silence_outside(
    probabilities: list[float], options: SegmentOptions
) -> None:
    audio = numbered(len(probabilities))
    for segment in cut(audio, options, probabilities):
        place = np.arange(segment.start, segment.end)
        expected = np.where((place >= 0) & (place < len(audio)), place + 1, 0)
        np.testing.assert_array_equal(segment.audio, expected)


@given(
    probabilities=PROBABILITIES,
    options=OPTIONS,
    sizes=st.lists(st.integers(1, 40_000).map(lambda size: size + 200), min_size=1, max_size=5),
)
@settings(max_examples=40, deadline=None)
def test_blocks_of_any_size_give_the_same(
    probabilities: list[float], options: SegmentOptions, sizes: list[int]
) -> None:
    audio = numbered(len(probabilities))
    whole = Segmenter(options, Scripted(probabilities)).segments([audio])
    pieces = Segmenter(options, Scripted(probabilities)).segments(blocks(audio, sizes))
    for one, other in zip(whole, pieces, strict=True):
        assert (one.index, one.start, one.speech) == (other.index, other.start, other.speech)
        np.testing.assert_array_equal(one.audio, other.audio)


@given(probabilities=PROBABILITIES, options=OPTIONS)
@settings(max_examples=40, deadline=None)
def test_what_is_settled_never_goes_back_and_never_comes_again(
    probabilities: list[float], options: SegmentOptions
) -> None:
    audio = numbered(len(probabilities))
    segmenter = Segmenter(options, Scripted(probabilities))
    settled = 0
    for block in blocks(audio, [8_000]):
        for segment in segmenter.feed(block):
            assert segment.end > settled
        assert settled <= segmenter.settled <= len(audio)
        settled = segmenter.settled
    assert segmenter.count == len(cut(audio, options, probabilities)) - len(list(segmenter.finish()))


@given(length=st.integers(2_000, 60 * 16_000), options=OPTIONS)
@settings(max_examples=30, deadline=None)
def test_without_a_detector_nothing_is_lost(length: int, options: SegmentOptions) -> None:
    audio = numbered(-(-length // WINDOW))[:length]
    segments = list(Segmenter(options, Everything()).segments(blocks(audio, [32_000])))
    room = samples(options.pad)
    joined = np.concatenate([np.zeros(0, np.float32), *(segment.audio for segment in segments)])
    assert all(before.end == behind.start for before, behind in pairwise(segments))
    assert segments[0].start == -room
    np.testing.assert_array_equal(joined[room : room + length], audio)
    assert not joined[:room].any()
    assert not joined[room + length :].any()
