"""The values between the layers: they compute little, never change and travel between processes."""

from __future__ import annotations

import dataclasses
import math
import pickle

import numpy as np
import pytest

from gigaam_cli.core.values import (
    SAMPLE_RATE,
    AudioSegment,
    AudioStream,
    MediaInfo,
    Recognition,
    Segment,
    Source,
    SpeechSpan,
    Token,
    Transcript,
    Word,
)


def spoken(start: float, end: float, *words: str, confidence: float = 0.9) -> Segment:
    return Segment(start, end, tuple(Word(word, start, end, confidence) for word in words))


def transcript(*segments: Segment, speech: float) -> Transcript:
    return Transcript(Source("a.mp3", 1), "demo", "onnx", 60.0, speech, segments)


VALUES = [
    Token("а", 0.0, 0.1, 0.5),
    Word("а", 0.0, 0.1, 0.5),
    spoken(0.0, 1.0, "раз", "два"),
    SpeechSpan(0, 512),
    Recognition((Token("а", 0.0, 0.1, 0.5),)),
    AudioStream(0, "mp3", 44_100, "stereo", "rus", default=True),
    MediaInfo("wav", 1.0, (AudioStream(0, "pcm_s16le", 16_000, "mono"),)),
    Source("a.mp3", 1),
    transcript(spoken(0.0, 1.0, "раз"), speech=1.0),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_values_travel_and_never_change(value: object) -> None:
    assert pickle.loads(pickle.dumps(value)) == value
    assert dataclasses.is_dataclass(value)
    name = dataclasses.fields(value)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, name, None)


def test_a_segments_text_and_confidence_come_from_its_words() -> None:
    segment = Segment(0.0, 2.0, (Word("да,", 0.0, 0.5, 0.5), Word("нет.", 1.0, 1.5, 0.125)))
    assert segment.text == "да, нет."
    assert segment.confidence == pytest.approx(0.25)


def test_a_segment_without_words_is_not_confident() -> None:
    assert spoken(0.0, 1.0).text == ""
    assert spoken(0.0, 1.0).confidence == 0.0


def test_a_word_without_any_confidence_does_not_break_the_mean() -> None:
    confidence = spoken(0.0, 1.0, "раз", confidence=0.0).confidence
    assert 0.0 < confidence < 1e-6
    assert math.isfinite(confidence)


def test_a_piece_of_audio_knows_where_it_ends() -> None:
    segment = AudioSegment(0, start=100, audio=np.zeros(SAMPLE_RATE // 2, np.float32), speech=10)
    assert segment.end == 100 + SAMPLE_RATE // 2
    assert segment.seconds == 0.5


@pytest.mark.parametrize(
    ("segments", "speech", "expected"),
    [
        ([], 0.0, 1.0),
        ([], 10.0, 0.0),
        ([spoken(0.0, 5.0, "раз"), spoken(5.0, 10.0)], 10.0, 0.5),
        ([spoken(0.0, 12.0, "раз")], 10.0, 1.0),
    ],
    ids=["no speech", "no text", "half", "never above 1"],
)
def test_coverage_compares_text_with_speech(segments: list[Segment], speech: float, expected: float) -> None:
    assert transcript(*segments, speech=speech).coverage == pytest.approx(expected)


def test_a_transcripts_words_are_those_of_its_segments() -> None:
    whole = transcript(spoken(0.0, 1.0, "раз", "два"), spoken(1.0, 2.0), spoken(2.0, 3.0, "три"), speech=3.0)
    assert [word.text for word in whole.words] == ["раз", "два", "три"]
