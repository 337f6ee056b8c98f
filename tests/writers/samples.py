"""Transcripts that the tests of the writers share."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from gigaam_cli.core.values import Segment, Source, Transcript, Word

LECTURE = """
Добрый день, это тестовая запись. Сегодня мы поговорим о том, как устроено распознавание речи в больших
компаниях, и почему оно не всегда работает так, как хотелось бы. Да. Кто же мог подумать, что за десять лет
всё изменится настолько сильно? Москва — столица России, и это знают все. Ну… я думаю, что к 2030 г.
население вырастет до 15 000 000 человек.
"""
EXERCISE = """
Хорошо! Тогда начнём с самого начала: откройте, пожалуйста, учебник на странице сорок два
и прочитайте первый абзац вслух. Электроэнцефалографиста-рентгеноэлектрокардиографа звать не будем.
"""


def spoken(text: str, start: float, letters_a_second: float = 14.0) -> tuple[Word, ...]:
    """Speak a text evenly, with short rests at punctuation; confidences go round."""
    words: list[Word] = []
    now = start
    for number, piece in enumerate(text.split()):
        end = now + len(piece) / letters_a_second
        words.append(Word(piece, now, end, 0.99 - number % 7 / 50))
        now = end + (0.5 if piece[-1] in ".?!…" else 0.17 if piece[-1] in ",:" else 0.05)
    return tuple(words)


def segment(
    text: str, start: float, speaker: str | None = None, channel: int | None = None, pad: float = 0.1
) -> Segment:
    """One segment that holds a spoken text, with ``pad`` seconds of silence around it."""
    words = spoken(text, start + pad)
    return Segment(start, (words[-1].end if words else start) + pad, words, speaker, channel)


def transcript(
    segments: Iterable[Segment], duration: float = 60.0, name: str = "talk.mp3", partial: bool = False
) -> Transcript:
    """A transcript of these segments, nearly all of which is speech."""
    pieces = tuple(segments)
    seconds = sum(piece.end - piece.start for piece in pieces)
    source = Source(name, 960_044, "mp3", "mp3")
    return Transcript(source, "v3_e2e_rnnt", "onnx", duration, seconds, pieces, partial)


def of_words(*words: Word, speaker: str | None = None) -> Transcript:
    """A transcript of one segment with these words."""
    return transcript([Segment(words[0].start, words[-1].end, words, speaker)] if words else [])


def bare(text: str) -> str:
    """A text as a CTC model gives it."""
    return "".join(letter for letter in text.lower() if letter.isalnum() or letter.isspace())


def gaps(points: Iterable[tuple[float, float]]) -> list[float]:
    """The seconds between neighbours (start, end); negative where they overlap."""
    return [after[0] - before[1] for before, after in pairwise(points)]


_DIALOGUE = [
    segment("Алло, да, здравствуйте.", 5.0, "Клиент", 0),
    segment("Добрый день! Компания «Ромашка», меня зовут Анна, чем я могу вам помочь?", 7.4, "Сотрудник", 1),
    # Both talk at once.
    segment("Я хотел бы узнать, где мой заказ номер 15 204.", 11.0, "Клиент", 0),
    segment("Минуту.", 13.5, "Сотрудник", 1),
    segment("Да.", 14.6, "Клиент", 0),
    segment("Так.", 14.9, "Сотрудник", 1),
    segment("", 16.0, "Клиент", 0),
    segment("Он уже в пути, ждите.", 20.0, "Сотрудник", 1),
]

_NASTY = [
    segment("Стрелка --> туда, тег <b>жирный</b> и {\\an8} AT&T &amp; Ко.", 0.0, "Мистер <i> & --> [x]"),
    Segment(
        8.0,
        12.0,
        (
            Word("\x1b[31mкрасный\x1b[0m", 8.0, 8.5, float("nan")),
            Word("нуль\x00\x00внутри", 8.5, 9.0, 1.0),
            Word("\x00\u200b\u202e", 9.0, 9.1, 0.5),
            Word("таб\tи\r\n\r\nстрока", 9.1, 9.5, 0.25),
            Word("\u202eоборот\u2066\u200f", 9.5, 9.9, 0.125),
            Word("суррогат\udcff", 9.9, 10.2, 0.5),
            Word('"кавычка', 10.2, 10.6, 0.5),
            Word("*звезда*_и_[ссылка](http://x)`код`#", 10.6, 11.2, 0.5),
            Word("WEBVTT", 11.2, 11.4, 0.5),
            Word("NOTE", 11.4, 11.6, -0.001),
            Word("\\N1.", float("nan"), float("inf"), 0.5),
        ),
        "Имя\nв две\u2028строки\x07",
    ),
]

SAMPLES: dict[str, Transcript] = {
    "punctuated": transcript([segment(LECTURE, 0.4), segment(EXERCISE, 33.0)]),
    "unpunctuated": transcript([segment(bare(LECTURE), 0.4), segment(bare(EXERCISE), 33.0)]),
    "dialogue": transcript(_DIALOGUE, name="звонок 1.wav"),
    "empty": transcript([], duration=12.5),
    "empty_partial": transcript([], duration=12.5, partial=True),
    "nasty": transcript(_NASTY, name="# a*b_[1]\n<b>\udcff.mp3", partial=True),
}
