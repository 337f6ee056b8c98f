"""From tokens to words: nothing said is lost, marks go with their words, times are the recording's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gigaam_cli.core.values import Segment, Token
from gigaam_cli.pipeline.assemble import segment_of


def tokens(*texts: str, confidence: float = 0.9) -> list[Token]:
    """Tokens of a tenth of a second each."""
    return [Token(text, n / 10, (n + 1) / 10, confidence) for n, text in enumerate(texts)]


def words(*texts: str) -> list[str]:
    return [word.text for word in segment_of(0, 10, tokens(*texts)).words]


@pytest.mark.parametrize(
    ("heard", "said"),
    [
        ([], []),
        ([" "], []),
        ([" да"], ["да"]),
        (["да"], ["да"]),
        (["д", "а"], ["да"]),
        ([" до", "м", " стои", "т"], ["дом", "стоит"]),
        (["д", "а", " ", "н", "е", "т"], ["да", "нет"]),
        (["▁да".replace("▁", " "), ","], ["да,"]),
    ],
)
def test_a_leading_space_begins_a_word(heard: list[str], said: list[str]) -> None:
    assert words(*heard) == said


@pytest.mark.parametrize(
    ("heard", "said"),
    [
        ([" да", " ,", " нет", " ."], ["да,", "нет."]),
        ([" Москва", " —", " столица"], ["Москва —", "столица"]),
        ([" да", " -", " нет"], ["да -", "нет"]),
        ([" как", " ?", " !"], ["как?!"]),
        ([" кто", "-", "то"], ["кто-то"]),
        ([" ну", " …"], ["ну…"]),
    ],
)
def test_a_mark_that_stands_alone_goes_with_the_word_before_it(heard: list[str], said: list[str]) -> None:
    assert words(*heard) == said


def test_a_mark_with_no_word_before_it_is_kept() -> None:
    assert words(" —", " да") == ["—", "да"]


def test_a_mark_changes_neither_the_times_nor_the_confidence_of_its_word() -> None:
    (word,) = segment_of(0, 1, [Token(" да", 0.1, 0.3, 0.9), Token(" .", 0.8, 0.9, 0.1)]).words
    assert (word.start, word.end, word.confidence) == (0.1, 0.3, 0.9)


def test_times_are_those_of_the_recording() -> None:
    segment = segment_of(100.0, 101.0, tokens(" д", "а", " нет"))
    assert (segment.start, segment.end) == (100.0, 101.0)
    assert [(word.start, word.end) for word in segment.words] == [(100.0, 100.2), (100.2, 100.3)]


def test_nothing_begins_before_the_recording_does() -> None:
    """Silence is put before speech that begins at once."""
    segment = segment_of(-0.3, 0.5, tokens(" да", " нет", " да", " нет"))
    assert segment.start == 0.0
    assert [word.start for word in segment.words] == [0.0, 0.0, 0.0, 0.0]
    assert segment.words[-1].end == 0.1


def test_nothing_ends_behind_the_end() -> None:
    """Silence is put behind speech that lasts to the end of the recording."""
    segment = segment_of(10.0, 10.25, tokens(" да", " нет", " да", " нет"))
    assert [(word.start, word.end) for word in segment.words] == [
        (10.0, 10.1),
        (10.1, 10.2),
        (10.2, 10.25),
        (10.25, 10.25),
    ]


def test_the_confidence_of_a_word_is_the_geometric_mean_of_its_tokens() -> None:
    (word,) = segment_of(0, 1, [Token(" д", 0, 0.1, 0.9), Token("а", 0.1, 0.2, 0.4)]).words
    assert word.confidence == 0.6


def test_a_confidence_of_zero_is_no_accident() -> None:
    (word,) = segment_of(0, 1, [Token(" д", 0, 0.1, 0.0)]).words
    assert word.confidence == 0.0


LETTERS = st.text("абв -.,?—1 ", max_size=4)
STREAMS = st.lists(st.tuples(LETTERS, st.floats(0, 1), st.floats(0.001, 0.2)), max_size=30)


def stream_of(parts: list[tuple[str, float, float]]) -> list[Token]:
    """Tokens in order of time."""
    stream, now = [], 0.0
    for text, confidence, length in parts:
        stream.append(Token(text, now, now + length, confidence))
        now += length
    return stream


def assembled(parts: list[tuple[str, float, float]], start: float = 5.0) -> Segment:
    return segment_of(start, start + 25, stream_of(parts))


@given(STREAMS)
def test_no_letter_is_lost_or_moved(parts: list[tuple[str, float, float]]) -> None:
    heard = "".join(text for text, _, _ in parts)
    assert assembled(parts).text.replace(" ", "") == heard.replace(" ", "")


@given(STREAMS)
def test_words_have_letters_and_come_in_order(parts: list[tuple[str, float, float]]) -> None:
    segment = assembled(parts)
    assert all(word.text.strip() == word.text != "" for word in segment.words)
    assert all(word.start <= word.end for word in segment.words)
    times = [time for word in segment.words for time in (word.start, word.end)]
    assert times == sorted(times)
    assert all(0 <= word.confidence <= 1 for word in segment.words)


@given(STREAMS)
def test_a_word_ends_only_where_a_token_begins_with_a_space(parts: list[tuple[str, float, float]]) -> None:
    begun = sum(text[:1].isspace() for text, _, _ in parts)
    assert len(assembled(parts).words) <= begun + 1
