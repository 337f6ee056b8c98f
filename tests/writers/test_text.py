"""Whatever was recognised becomes harmless text and finite times."""

import json
import math
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gigaam_cli.core.values import Segment, Word
from gigaam_cli.writers.base import Shaping
from gigaam_cli.writers.registry import FORMATS, writer
from gigaam_cli.writers.stamps import stamp, timecode
from gigaam_cli.writers.text import cleaned, encodable, plain
from tests.writers.samples import SAMPLES, of_words

NUMBERS = st.one_of(st.floats(-1e6, 1e6), st.sampled_from([math.nan, math.inf, -math.inf]))


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("привет", "привет"),
        ("  два   слова\t\n", "два слова"),
        ("ну\x00ль \x1b[1m", "нуль [1m"),
        ("a\r\nb\u2028c\x85d\u00a0e\x1cf", "a b c d e f"),
        ("\u200b\u200d\u2060\ufeff\u202e\u2066\u00ad", ""),
        ("и\x7f\x9bх", "их"),
        ("имя\udcff", "имя\ufffd"),
        ("е\u0301ж 🙂", "е\u0301ж 🙂"),
    ],
)
def test_plain_keeps_what_can_be_seen(raw: str, expected: str) -> None:
    assert plain(raw) == expected


@settings(deadline=None)
@given(st.text(st.characters(codec=None)))
def test_plain_is_one_clean_line_that_stays_as_it_is(raw: str) -> None:
    text = plain(raw)
    text.encode()
    assert plain(text) == text
    assert text == text.strip()
    assert not {unicodedata.category(character) for character in text} & {"Cc", "Cf", "Cs", "Zl", "Zp"}


def test_encodable_changes_surrogates_only() -> None:
    assert encodable("a\n\x1b\u202e\udcff\ud800") == "a\n\x1b\u202e\ufffd\ufffd"


def test_words_without_visible_text_are_dropped() -> None:
    transcript = of_words(Word("\x00", 0, 1, 1), Word("да", 1, 2, 1), Word(" ", 2, 3, 1))
    assert [word.text for word in cleaned(transcript).words] == ["да"]


def test_times_are_finite_ordered_and_not_negative() -> None:
    words = (
        Word("а", -1.0, 0.5, 0.9),
        Word("б", math.nan, math.inf, math.nan),
        Word("в", 3.0, 2.0, 0.9),
        Word("г", 2.0, 4.0, 0.9),
    )
    (segment,) = cleaned(of_words(*words)).segments
    assert [(word.start, word.end) for word in segment.words] == [(0, 0.5), (0, 0), (3, 3), (3, 4)]
    assert segment.words[1].confidence == 0.0


def test_good_transcripts_stay_as_they_are() -> None:
    assert cleaned(SAMPLES["punctuated"]) == SAMPLES["punctuated"]
    assert cleaned(SAMPLES["dialogue"]) == SAMPLES["dialogue"]


def test_a_speaker_of_invisible_characters_is_none() -> None:
    word = Word("да", 0, 1, 1)
    assert cleaned(of_words(word, speaker="\u200b\n")).segments[0] == Segment(0, 1, (word,))


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.text(st.characters(codec=None), max_size=12), min_size=1, max_size=6),
    st.lists(NUMBERS, min_size=3, max_size=3),
)
def test_no_format_chokes_on_any_text_or_number(texts: list[str], numbers: list[float]) -> None:
    transcript = of_words(*(Word(text, *numbers) for text in texts), speaker=texts[0])
    for name in FORMATS:
        text = writer(name).render(transcript, Shaping())
        text.encode()
        assert not text or text.endswith("\n")
        assert not {"\x00", "\x1b", "\r", "\u2028"} & set(text)
    json.loads(writer("json").render(transcript, Shaping()))


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0, "00:00:00,000"), (59.9994, "00:00:59,999"), (59.9996, "00:01:00,000"), (360_000.5, "100:00:00,500")],
)
def test_stamp(seconds: float, expected: str) -> None:
    assert stamp(seconds, ",") == expected


def test_timecode_has_as_many_hours_as_it_takes() -> None:
    assert [timecode(0), timecode(3_661), timecode(360_000)] == ["00:00:00", "01:01:01", "100:00:00"]
