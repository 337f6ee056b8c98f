"""What the demo model may learn from and what is kept for its examination."""

from __future__ import annotations

import gzip
import itertools
from pathlib import Path

import pytest

from tools.demo_model import texts
from tools.evaluation.festvox import normalise
from tools.evaluation.phrases import phrases


def test_no_phrase_of_the_examination_is_trained_on() -> None:
    trained = set(itertools.islice(texts.numbers(1), 5000))
    for seed in texts.TEST_PHRASE_SEEDS:
        assert trained.isdisjoint(phrases(texts.TEST_PHRASES, seed))


def test_the_same_seed_says_the_same_numbers() -> None:
    first, second = (list(itertools.islice(texts.numbers(7), 50)) for _ in range(2))
    assert first == second
    assert all(normalise(text) == text for text in first)


def test_a_sentence_is_either_learnt_or_asked_for() -> None:
    shares = [texts.is_held_out(f"предложение номер {number}") for number in range(4000)]
    assert 0.01 < sum(shares) / len(shares) < 0.05


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Мир труд май. Второе предложение здесь!", ["Мир труд май", "Второе предложение здесь"]),
        ("Запустите grep с ключом. Это просто и понятно.", ["Это просто и понятно"]),
        ("Было 25 человек.", []),
        ("Слово.", []),
        ("слово " * 15, []),
    ],
)
def test_only_plain_russian_sentences_of_a_fit_length_are_kept(text: str, wanted: list[str]) -> None:
    assert list(texts.sentences(text)) == wanted


def test_the_phrase_book_gives_translations_without_its_marks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = """\
brand-new
   [brand] _a. совершенно новый; "с иголочки"
brand
   1. _n.
      1) выжигать клеймо
      2) отпечатываться в
      памяти; it is branded on my memory это врезалось мне в память
      3) спасать кого-л. от чего-л.; _бот. головня
"""
    monkeypatch.setattr(texts, "PHRASE_BOOK", tmp_path / "book.dict.dz")
    texts.PHRASE_BOOK.write_bytes(gzip.compress(page.encode()))
    assert list(texts.phrase_book()) == [
        "совершенно новый",
        "с иголочки",
        "выжигать клеймо",
        "отпечатываться в памяти",
        "это врезалось мне в память",
    ]


def test_words_come_in_all_their_forms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "DICTIONARY", tmp_path / "ru_RU.dic")
    texts.DICTIONARY.write_text("3\nкарта/I\nточка/I\nночь\n", encoding="utf-8")
    rules = "SFX I Y 3\nSFX I а ы [^к]а\nSFX I а и ка\nSFX I 0 ми а\n"
    texts.DICTIONARY.with_suffix(".aff").write_text(rules, encoding="utf-8")
    texts.word_forms.cache_clear()
    assert texts.word_forms() == ["карта", "картами", "карты", "ночь", "точка", "точками", "точки"]
    texts.word_forms.cache_clear()
