"""Phrases end with sentences and pauses, and paragraphs with voices and long pauses."""

from collections import Counter

import pytest
from hypothesis import given, settings

from gigaam_cli.core.values import Segment, Transcript, Word
from gigaam_cli.writers.base import Shaping
from gigaam_cli.writers.phrases import Phrase, paragraphs, phrases, stretches
from tests.writers.samples import SAMPLES, of_words, segment, spoken, transcript
from tests.writers.strategies import conversations, monologues

SHAPING = Shaping()


def texts(pieces: list[Phrase]) -> list[str]:
    return [piece.text for piece in pieces]


def test_a_phrase_ends_with_a_sentence() -> None:
    spoken_words = spoken("Да. Нет, т.е. не знаю! А вы?", 0)
    assert texts(list(phrases(of_words(*spoken_words), SHAPING))) == ["Да.", "Нет, т.е. не знаю!", "А вы?"]


@pytest.mark.parametrize(("rest", "count"), [(0.69, 1), (0.7, 2), (1.5, 2)])
def test_a_phrase_ends_at_a_pause(rest: float, count: int) -> None:
    words = Word("раз", 0, 0.0, 1), Word("два", rest, rest + 1, 1)
    assert len(list(phrases(of_words(*words), SHAPING))) == count


def test_a_phrase_goes_on_across_segments() -> None:
    first = segment("это одна", 0, pad=0)
    second = segment("фраза", first.end + 0.1, pad=0)
    assert texts(list(phrases(transcript([first, second]), SHAPING))) == ["это одна фраза"]


def test_a_phrase_never_crosses_a_change_of_speaker() -> None:
    first = segment("это одна", 0, "А", pad=0)
    second = segment("фраза", first.end, "Б", pad=0)
    third = segment("и всё", second.end, "Б", channel=1, pad=0)
    found = list(phrases(transcript([first, second, third]), SHAPING))
    assert [(phrase.speaker, phrase.text) for phrase in found] == [
        ("А", "это одна"),
        ("Б", "фраза"),
        ("Б", "и всё"),
    ]


def test_a_long_phrase_is_cut_into_even_parts_at_a_comma() -> None:
    words = spoken("слово " * 15 + "слово, " + "слово " * 14, 0, letters_a_second=7)
    assert 15 < words[-1].end < 30
    found = list(phrases(of_words(*words), SHAPING))
    assert [len(phrase.words) for phrase in found] == [16, 14]


def test_a_long_phrase_is_cut_where_the_voice_rests() -> None:
    rests = {9: 0.5}
    words, now = [], 0.0
    for number in range(22):
        words.append(Word("слово", now, now + 0.8, 1))
        now += 0.8 + rests.get(number, 0.1)
    assert [len(phrase.words) for phrase in list(phrases(of_words(*words), SHAPING))] == [10, 12]


def test_voices_that_talk_at_once_interleave() -> None:
    client = Segment(0, 9, (Word("раз", 0, 1, 1), Word("три", 8, 9, 1)), "А", 0)
    agent = Segment(4, 5, (Word("два", 4, 5, 1),), "Б", 1)
    assert texts(list(phrases(transcript([client, agent]), SHAPING))) == ["раз", "два", "три"]


def test_paragraphs_part_at_voices_and_long_pauses() -> None:
    pieces = [
        segment("Раз. Два.", 0, "А", pad=0),
        segment("Три.", 2.5, "А", pad=0),
        segment("Четыре.", 10, "А", pad=0),
        segment("Пять.", 11, "Б", pad=0),
    ]
    found = list(paragraphs(list(phrases(transcript(pieces), SHAPING)), SHAPING))
    assert texts(found) == ["Раз. Два. Три.", "Четыре.", "Пять."]


def test_paragraphs_may_be_limited_in_time() -> None:
    all_phrases = list(phrases(SAMPLES["punctuated"], Shaping(paragraph_pause=99)))
    found = list(paragraphs(all_phrases, Shaping(paragraph_pause=99), max_seconds=10))
    assert len(found) > 2
    assert " ".join(texts(found)) == " ".join(texts(all_phrases))


@settings(deadline=None, max_examples=100)
@given(monologues())
def test_one_voice_keeps_its_words_in_order(speech: Transcript) -> None:
    for pieces in (list(stretches(speech, SHAPING)), list(phrases(speech, SHAPING))):
        assert tuple(word for piece in pieces for word in piece.words) == speech.words


@settings(deadline=None, max_examples=100)
@given(conversations())
def test_phrases_keep_every_word_and_every_limit(speech: Transcript) -> None:
    found = list(phrases(speech, SHAPING))
    assert Counter(word for phrase in found for word in phrase.words) == Counter(speech.words)
    assert [phrase.start for phrase in found] == sorted(phrase.start for phrase in found)
    for phrase in found:
        assert phrase.end - phrase.start <= SHAPING.max_phrase_seconds or len(phrase.words) == 1


@settings(deadline=None, max_examples=50)
@given(conversations())
def test_paragraphs_keep_every_word(speech: Transcript) -> None:
    found = list(phrases(speech, SHAPING))
    joined = paragraphs(found, SHAPING, max_seconds=20)
    assert [w for p in joined for w in p.words] == [w for p in found for w in p.words]
