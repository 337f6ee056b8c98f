"""Cues can be read: short lines, enough time, good breaks; and no word is lost on the way."""

import re
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import example, given, settings

from gigaam_cli.core.values import Transcript, Word
from gigaam_cli.writers.base import Shaping
from gigaam_cli.writers.cues import Cue, cues
from tests.writers.samples import SAMPLES, of_words, segment, spoken, transcript
from tests.writers.strategies import conversations, monologues

SHAPING = Shaping()
ROUNDING = 0.002
DANGLING = re.compile(r"\b(в|и|на|не|с|к|по|о|у|за|из|от|до|а|но|что|как)$", re.IGNORECASE)


def cue_words(cue: Cue) -> list[str]:
    return "\n".join(cue.lines).removeprefix(cue.label).split()


def lines_of(text: str, shaping: Shaping = SHAPING) -> list[tuple[str, ...]]:
    return [cue.lines for cue in cues(of_words(*spoken(text, 0)), shaping)]


def fits(cue: Cue, shaping: Shaping) -> bool:
    return len(cue.lines) <= shaping.max_lines and all(
        len(line) <= shaping.max_line_width for line in cue.lines
    )


def seconds(cue: Cue) -> float:
    return cue.end - cue.start


def test_a_short_sentence_is_one_line() -> None:
    assert lines_of("Москва — столица России, и это знают все.") == [
        ("Москва — столица России, и это знают все.",)
    ]


def test_two_lines_are_even_and_leave_no_preposition_behind() -> None:
    assert lines_of("Вчера утром мы с братом поехали на самую дальнюю станцию.") == [
        ("Вчера утром мы с братом поехали", "на самую дальнюю станцию.")
    ]


def test_lines_break_at_a_comma_before_anything_else() -> None:
    assert lines_of("Я очень хотел бы узнать, где же мой новый заказ сейчас.") == [
        ("Я очень хотел бы узнать,", "где же мой новый заказ сейчас.")
    ]


@pytest.mark.parametrize("sample", ["punctuated", "unpunctuated"])
def test_no_line_ends_with_a_dangling_word(sample: str) -> None:
    for cue in cues(SAMPLES[sample], SHAPING):
        for line in cue.lines:
            assert not DANGLING.search(line)


def test_cues_end_with_sentences() -> None:
    first = "Сегодня на улице очень хорошая погода."
    second = "Завтра будет дождь, и мы никуда не пойдём."
    assert [" ".join(lines) for lines in lines_of(f"{first} {second}")] == [first, second]


def test_a_hurried_sentence_joins_its_neighbour() -> None:
    words = [Word("Да.", 0.0, 0.2, 1), *spoken("Я вас очень хорошо слышу.", 0.3)]
    assert [cue.lines for cue in cues(of_words(*words), SHAPING)] == [("Да. Я вас очень хорошо слышу.",)]


def test_a_word_longer_than_a_line_stands_alone() -> None:
    monster = "щ" * 50
    assert lines_of(f"вот это {monster} да уж") == [("вот это",), (monster,), ("да уж",)]


def test_a_cue_stays_to_be_read_where_there_is_silence() -> None:
    words = Word("скороговорка" * 3, 5.0, 5.3, 1), Word("потом", 9.0, 9.5, 1)
    first, second = cues(of_words(*words), SHAPING)
    assert (first.start, first.end) == (5.0, round(5 + 36 / 21, 3))
    assert (second.start, second.end) == (9.0, 10.0)


def test_a_cue_goes_when_the_next_one_comes() -> None:
    words = Word("скороговорка" * 3, 5.0, 5.3, 1), Word("потом", 6.2, 7.5, 1)
    first, second = cues(of_words(*words), SHAPING)
    assert first.end == second.start == 6.2


def test_a_very_long_word_is_shown_no_longer_than_seven_seconds() -> None:
    (cue,) = cues(of_words(Word("а-а-а", 0, 30, 1)), SHAPING)
    assert (cue.start, cue.end) == (0, 7)


def test_quick_turns_delay_a_cue_by_half_a_second_at_most() -> None:
    turns = [segment("Да.", at / 10, speaker, pad=0) for at, speaker in ((0, "А"), (3, "Б"), (6, "А"))]
    times = [(cue.start, cue.end) for cue in cues(transcript(turns), SHAPING)]
    assert times == [(0, 0.8), (0.8, 1.1), (1.1, 2.1)]


def test_cues_of_voices_that_talk_at_once_come_in_order_of_time() -> None:
    monologue = segment("Я говорю долго. " * 12, 0, "А", pad=0)
    shown = cues(transcript([monologue, segment("Погодите!", 6.0, "Б", pad=0)]), SHAPING)
    (interruption,) = [cue for cue in shown if cue.speaker == "Б"]
    assert 6.0 <= interruption.start <= 6.5
    assert shown[-1].speaker == "А"
    assert [cue.label for cue in shown if cue.label] == ["[А]", "[Б]", "[А]"]


def test_a_label_stands_where_the_voice_changes_and_counts_in_the_line() -> None:
    text = "Компания «Ромашка», чем я могу вам помочь?"
    turns = [segment(text, 0, "Сотрудник"), segment("Слушаю.", 9, "Сотрудник"), segment("Да.", 12, "Клиент")]
    assert [cue.lines for cue in cues(transcript(turns), SHAPING)] == [
        ("[Сотрудник] Компания «Ромашка»,", "чем я могу вам помочь?"),
        ("Слушаю.",),
        ("[Клиент] Да.",),
    ]


def test_other_shapes_are_kept() -> None:
    shaping = Shaping(max_line_width=20, max_lines=3, max_cue_seconds=4, max_chars_per_second=10)
    for cue in cues(SAMPLES["unpunctuated"], shaping):
        assert fits(cue, shaping) or len(cue_words(cue)) == 1
        assert seconds(cue) <= 4 + ROUNDING


def test_good_speech_keeps_every_promise() -> None:
    for cue in cues(SAMPLES["punctuated"], SHAPING):
        assert fits(cue, SHAPING) or len(cue_words(cue)) == 1
        assert 1 - ROUNDING <= seconds(cue) <= 7 + ROUNDING


@settings(deadline=None, max_examples=100)
@given(monologues())
def test_one_voice_keeps_its_words_in_order(speech: Transcript) -> None:
    shown = [word for cue in cues(speech, SHAPING) for word in cue_words(cue)]
    assert shown == [word.text for word in speech.words]


@settings(deadline=None, max_examples=100)
@given(conversations())
@example(SAMPLES["dialogue"])
def test_conversations_keep_every_word(speech: Transcript) -> None:
    shown = Counter(word for cue in cues(speech, SHAPING) for word in cue_words(cue))
    assert shown == Counter(part for word in speech.words for part in word.text.split())


@settings(deadline=None, max_examples=100)
@given(conversations())
@example(SAMPLES["nasty"])
def test_lines_keep_their_limits(speech: Transcript) -> None:
    for cue in cues(speech, SHAPING):
        assert fits(cue, SHAPING) or len(cue_words(cue)) == 1


@settings(deadline=None, max_examples=100)
@given(conversations())
@example(SAMPLES["nasty"])
def test_times_are_ordered_and_never_overlap(speech: Transcript) -> None:
    shown = cues(speech, SHAPING)
    assert all(cue.start >= 0 and 0 < seconds(cue) <= 7 + ROUNDING for cue in shown)
    assert all(cue.end <= following.start for cue, following in pairwise(shown))


@settings(deadline=None, max_examples=100)
@given(conversations())
def test_a_cue_is_too_short_only_where_the_next_one_comes(speech: Transcript) -> None:
    shown = cues(speech, SHAPING)
    starts = {cue.start for cue in shown}
    for cue in shown:
        length = len(" ".join(cue_words(cue)))
        enough = min(max(1.0, length / SHAPING.max_chars_per_second), 7.0)
        assert seconds(cue) >= enough - ROUNDING or cue.end in starts
