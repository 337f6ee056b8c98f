"""What the voices say: sentences of Debian's Russian manuals and fortunes, words of its dictionary, numbers."""

from __future__ import annotations

import gzip
import hashlib
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.evaluation import festvox
from tools.evaluation.festvox import normalise
from tools.evaluation.numerals import HUNDREDS, ORDINAL_SMALL, SMALL, TENS, cardinal, plural
from tools.evaluation.phrases import KINDS, MONTHS, phrases

FORTUNES = Path("/usr/share/games/fortunes/ru")
MANUALS = Path("/usr/share/man/ru")
DICTIONARY = Path("/usr/share/hunspell/ru_RU.dic")

SENTENCE_WORDS = range(2, 15)
LONGEST_SENTENCE = 110  # letters: some 8 s
HELD_OUT_SHARE = 40  # one sentence of so many is for the evaluation alone
TEST_PHRASE_SEEDS = range(20_260, 20_270)
TEST_PHRASES = 200

UNITS = (
    ("час", "часа", "часов"),
    ("день", "дня", "дней"),
    ("метр", "метра", "метров"),
    ("процент", "процента", "процентов"),
    ("килограмм", "килограмма", "килограммов"),
    ("год", "года", "лет"),
)
FEMININE_UNITS = (
    ("минута", "минуты", "минут"),
    ("секунда", "секунды", "секунд"),
    ("неделя", "недели", "недель"),
    ("копейка", "копейки", "копеек"),
)
TAGS = re.compile(r"<[^>]*>|\\f[A-Z]|\\\[[^]]*\]|\\\(..|\\[&|^~]|\\-")
FORBIDDEN = re.compile(r"[0-9A-Za-z_/\\<>@#$%^*=+|{}\[\]~]")


@dataclass(frozen=True)
class Texts:
    """The sources of texts; ``held_out`` sentences are never trained on."""

    sentences: list[str]
    held_out: list[str]
    words: list[str]

    def sentence(self, rng: random.Random) -> str:
        """Take a sentence."""
        return rng.choice(self.sentences)

    def word_list(self, rng: random.Random) -> str:
        """Put words of the dictionary in a row, whatever they mean."""
        return " ".join(rng.choices(self.words, k=rng.randint(2, 6)))


def collect(voice: Path = festvox.VOICE_DIR) -> Texts:
    """Read all sources; what the held-out recordings say is in none of them."""
    recorded = festvox.texts(voice)
    forbidden = {recorded[name] for name in festvox.held_out(voice)}
    unique: dict[str, str] = {}
    for sentence in (*fortunes(), *manuals()):
        unique.setdefault(normalise(sentence), sentence)
    kept = {key: unique[key] for key in sorted(unique) if key not in forbidden}
    held_out = [text for key, text in kept.items() if is_held_out(key)]
    sentences = [text for key, text in kept.items() if not is_held_out(key)]
    return Texts(sentences, held_out, dictionary())


def is_held_out(sentence: str) -> bool:
    """Whether a normalised sentence belongs to the evaluation, by its hash."""
    return hashlib.sha256(sentence.encode()).digest()[0] % HELD_OUT_SHARE == 0


def fortunes() -> Iterator[str]:
    """Yield the sentences of fortunes-ru."""
    for file in sorted(FORTUNES.iterdir()):
        if file.suffix not in {".dat", ".u8"}:
            text = re.sub(r"^\s+-- .*$", "%", file.read_text(encoding="utf-8", errors="replace"), flags=re.M)
            yield from sentences(text.replace("\n%", "."))


def manuals() -> Iterator[str]:
    """Yield the sentences of manpages-ru."""
    for file in sorted(MANUALS.rglob("*.gz")):
        with gzip.open(file, "rt", encoding="utf-8", errors="replace") as stream:
            lines = (TAGS.sub("", line) for line in stream if not line.startswith((".", "'")))
            yield from sentences(" ".join(lines))


def sentences(text: str) -> Iterator[str]:
    """Cut a text into sentences, and keep those that are plain Russian of a fit length."""
    for piece in re.split(r"(?<=[.!?;:])\s+|\.{2,}|\s--?\s", re.sub(r"\s+", " ", text)):
        plain = piece.strip(" -.,;:!?\"«»()'…%")
        length = len(normalise(plain).split())
        if not FORBIDDEN.search(plain) and length in SENTENCE_WORDS and len(plain) <= LONGEST_SENTENCE:
            yield plain


def dictionary() -> list[str]:
    """Return the words of hunspell-ru."""
    lines = DICTIONARY.read_text(encoding="utf-8").splitlines()[1:]
    words = (line.partition("/")[0] for line in lines)
    return [word for word in words if re.fullmatch("[а-яё]{3,14}", word)]


def clock(rng: random.Random) -> str:
    """Say a time of day."""
    hours, minutes = rng.randint(0, 23), rng.randint(1, 59)
    spoken = cardinal(minutes, feminine=True)
    return f"{cardinal(hours)} {plural(hours, *UNITS[0])} {spoken} {plural(minutes, *FEMININE_UNITS[0])}"


def amount(rng: random.Random) -> str:
    """Say how much of something there is."""
    number = rng.choice([rng.randint(1, 99), rng.randint(100, 9999)])
    if rng.random() < 0.5:
        return f"{cardinal(number)} {plural(number, *rng.choice(UNITS))}"
    return f"{cardinal(number, feminine=True)} {plural(number, *rng.choice(FEMININE_UNITS))}"


def digits(rng: random.Random) -> str:
    """Say numbers one after another, as codes are read out."""
    pool = [*SMALL, *TENS, *HUNDREDS, "тысяча", "тысячи", "тысяч", "миллион"]
    return " ".join(rng.choices(pool, k=rng.randint(3, 8)))


def day(rng: random.Random) -> str:
    """Say a day and its month in another case than a date has."""
    number, ending = rng.randrange(len(ORDINAL_SMALL)), rng.choice(("ого", "ому", "ое"))
    soft = {"ого": "ьего", "ому": "ьему", "ое": "ье"}[ending]
    return f"{ORDINAL_SMALL[number]}{soft if number == 2 else ending} {rng.choice(MONTHS)}"


def numbers(seed: int) -> Iterator[str]:
    """Yield phrases of numbers without end, none of which the evaluation asks for."""
    rng = random.Random(seed)
    tests = {text for test in TEST_PHRASE_SEEDS for text in phrases(TEST_PHRASES, test)}
    kinds = (*KINDS, *KINDS, clock, amount, digits, day)
    while True:
        text = rng.choice(kinds)(rng)
        if text not in tests:
            yield text
