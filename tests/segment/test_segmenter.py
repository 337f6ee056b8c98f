"""Segments of real recordings, and of made ones that are awkward to cut."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterable, Iterator
from itertools import cycle, islice, pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gigaam_cli.core.values import SAMPLE_RATE, AudioSegment
from gigaam_cli.segment.segmenter import Segmenter, make_vad, quietest
from gigaam_cli.segment.silero import SileroVad
from gigaam_cli.segment.spans import SegmentOptions, samples
from gigaam_cli.segment.vad import WINDOW, Everything, VadModel
from tests.conftest import Joined
from tests.segment.voices import Scripted, blocks

if TYPE_CHECKING:
    from gigaam_cli.core.values import Audio

DEFAULTS = SegmentOptions()
WITHOUT_VAD = SegmentOptions(vad="none")
BLOCK = 2 * SAMPLE_RATE
TAIL = 0.5  # seconds of silence at the end of each clip


def segments(
    audio: Audio, options: SegmentOptions = DEFAULTS, sizes: Iterable[int] = (BLOCK,)
) -> list[AudioSegment]:
    return list(Segmenter(options).segments(blocks(audio, list(sizes))))


def assert_same(some: list[AudioSegment], others: list[AudioSegment]) -> None:
    for one, other in zip(some, others, strict=True):
        assert (one.index, one.start, one.speech) == (other.index, other.start, other.speech)
        np.testing.assert_array_equal(one.audio, other.audio)


def noise(seconds: float, level: float = 0.1) -> Audio:
    return (np.random.default_rng(5).standard_normal(samples(seconds)) * level).astype(np.float32)


def test_every_phrase_is_in_one_segment(joined: Joined) -> None:
    found = segments(joined.audio)
    for phrase in joined.phrases:
        holding = [
            segment
            for segment in found
            if segment.start < samples(phrase.start) and samples(phrase.end - TAIL) < segment.end
        ]
        assert len(holding) == 1, phrase.text


def test_long_pauses_are_left_out(joined: Joined) -> None:
    found = segments(joined.audio)
    for before, behind in pairwise(joined.phrases):
        if behind.start - before.end > 1.5:
            middle = samples((before.end + behind.start) / 2)
            assert not any(segment.start <= middle < segment.end for segment in found)
    said = sum(phrase.end - TAIL - phrase.start for phrase in joined.phrases)
    assert sum(segment.speech for segment in found) / SAMPLE_RATE == pytest.approx(said, rel=0.1)


def test_speech_without_a_moment_around_it_gets_one(base: Audio) -> None:
    """What is before the first sample and behind the last one is silence."""
    loud = np.flatnonzero(np.abs(base) > 0.05)
    speech = base[loud[0] : loud[-1]]
    (segment,) = segments(speech)
    room = samples(DEFAULTS.pad)
    assert segment.start == -room
    assert not segment.audio[:room].any()
    np.testing.assert_array_equal(segment.audio[room : room + len(speech)], speech)
    assert len(speech) + room - WINDOW < segment.end <= len(speech) + room
    assert not segment.audio[room + len(speech) :].any()


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sizes=st.lists(st.integers(100, 100_000), min_size=1, max_size=6))
def test_blocks_of_any_size_give_the_same_segments(sizes: list[int], joined: Joined) -> None:
    audio = joined.audio[: 20 * SAMPLE_RATE]
    assert_same(segments(audio, sizes=sizes), segments(audio, sizes=[len(audio)]))


@pytest.mark.parametrize(
    "audio", [np.zeros(10 * SAMPLE_RATE, np.float32), noise(10, 0.01)], ids=["silence", "noise"]
)
def test_where_nobody_speaks_there_are_no_segments(audio: Audio) -> None:
    segmenter = Segmenter(DEFAULTS)
    assert list(segmenter.segments(blocks(audio, [BLOCK]))) == []
    assert (segmenter.count, segmenter.speech) == (0, 0)
    assert segmenter.settled >= len(audio)


@pytest.mark.parametrize("length", [0, 1, 511, 512, 513, 1600])
@pytest.mark.parametrize("options", [DEFAULTS, WITHOUT_VAD], ids=["silero", "none"])
def test_moments_are_harmless(length: int, options: SegmentOptions) -> None:
    for segment in segments(np.full(length, 0.1, np.float32), options):
        assert len(segment.audio) > 0


def test_counts_are_kept(joined: Joined) -> None:
    segmenter = Segmenter(DEFAULTS)
    found = list(segmenter.segments(blocks(joined.audio, [BLOCK])))
    assert segmenter.count == len(found) > 1
    assert segmenter.speech == sum(segment.speech for segment in found)


def test_speech_without_a_pause_is_cut_where_it_is_quietest() -> None:
    gaps = [15.0, 30.0, 46.0]
    audio = noise(60)
    for gap in gaps:
        audio[samples(gap) : samples(gap + 0.2)] = 0
    found = segments(audio, WITHOUT_VAD)
    cuts = [segment.end / SAMPLE_RATE for segment in found[:-1]]
    assert len(cuts) == len(gaps)
    for cut, gap in zip(cuts, gaps, strict=True):
        assert gap < cut < gap + 0.2


def test_pieces_of_pauseless_speech_join_to_the_whole(joined: Joined) -> None:
    found = segments(joined.audio, WITHOUT_VAD)
    assert len(found) > 1
    assert all(before.end == behind.start for before, behind in pairwise(found))
    assert all(segment.seconds <= WITHOUT_VAD.max_segment for segment in found)
    room = samples(WITHOUT_VAD.pad)
    whole = np.concatenate([segment.audio for segment in found])
    np.testing.assert_array_equal(whole[room : room + len(joined.audio)], joined.audio)


def test_pauseless_speech_is_cut_in_its_pauses(joined: Joined) -> None:
    """The detector hears speech everywhere, so that only loudness tells where the phrases end."""
    for segment in segments(joined.audio, WITHOUT_VAD)[:-1]:
        around = joined.audio[segment.end - 400 : segment.end + 400]
        assert np.abs(around).mean() < 0.1 * np.abs(joined.audio).mean()


@pytest.mark.parametrize("longest", [2.0, 5.0, 10.0])
def test_no_segment_is_longer_than_asked_for(longest: float, joined: Joined) -> None:
    options = SegmentOptions(max_segment=longest)
    found = segments(joined.audio[: 25 * SAMPLE_RATE], options)
    assert max(segment.seconds for segment in found) <= longest
    assert len(found) > 25 / longest / 3


def script(kind: str) -> Iterator[float]:
    turns = {
        "silence": [0.0],
        "speech": [1.0],
        "dialogue": [1.0] * 70 + [0.0] * 30,
        "clicks": [1.0] + [0.0] * 30,
    }
    return cycle(turns[kind])


@pytest.mark.parametrize("kind", ["silence", "speech", "dialogue", "clicks"])
def test_memory_does_not_grow_with_the_recording(kind: str) -> None:
    """Half an hour is 115 MB of samples; a segment of 22 s is 1.4 MB."""
    block = np.ones(BLOCK, np.float32)
    segmenter = Segmenter(DEFAULTS, Scripted(script(kind)))
    tracemalloc.start()
    try:
        for segment in segmenter.segments(islice(cycle([block]), 900)):
            assert segment.audio.base is None, "a view would keep more than the segment alive"
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 10_000_000


@pytest.mark.parametrize(("options", "kind"), [(DEFAULTS, SileroVad), (WITHOUT_VAD, Everything)])
def test_the_option_chooses_the_detector(options: SegmentOptions, kind: type[VadModel]) -> None:
    assert isinstance(make_vad(options), kind)


@given(gap=st.integers(0, 9_000), level=st.floats(0.0, 0.01))
@settings(max_examples=50, deadline=None)
def test_the_quietest_place_is_found(gap: int, level: float) -> None:
    audio = noise(0.8)
    length = samples(0.15)
    audio[gap : gap + length] *= level
    assert gap <= quietest(audio) < gap + length


def test_a_consonant_inside_a_word_is_no_pause() -> None:
    """Closed lips are silent for a shorter time, but as silent as a pause."""
    audio = noise(2)
    audio[samples(0.5) : samples(0.55)] = 0
    audio[samples(1.2) : samples(1.32)] *= 0.01
    assert samples(1.2) < quietest(audio) < samples(1.32)


@pytest.mark.parametrize("length", [0, 1, 159, 160, 1759])
def test_a_moment_is_cut_in_the_middle(length: int) -> None:
    assert quietest(np.ones(length, np.float32)) == length // 2


def test_everything_is_speech_without_a_detector() -> None:
    vad = Everything()
    assert vad.probabilities(np.zeros(WINDOW - 1, np.float32)).tolist() == []
    assert vad.probabilities(np.zeros(WINDOW + 1, np.float32)).tolist() == [1.0, 1.0]
    assert vad.finish().tolist() == []
    assert vad.probabilities(np.zeros(1, np.float32)).tolist() == []
    assert vad.finish().tolist() == [1.0]
