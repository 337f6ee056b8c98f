"""What the voices say: sentences of Debian's Russian manuals, fortunes and tales, its dictionaries, numbers."""

from __future__ import annotations

import gettext
import gzip
import hashlib
import random
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tools.evaluation import festvox
from tools.evaluation.festvox import normalise
from tools.evaluation.numerals import HUNDREDS, ORDINAL_SMALL, SMALL, TENS, cardinal, plural
from tools.evaluation.phrases import KINDS, MONTHS, phrases

FORTUNES = Path("/usr/share/games/fortunes/ru")
MANUALS = Path("/usr/share/man/ru")
DICTIONARY = Path("/usr/share/hunspell/ru_RU.dic")
PHRASE_BOOK = Path("/usr/share/dictd/mueller7.dict.dz")
TALES = Path("/usr/share/games/wesnoth")

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
# Between two translations of the phrase book: numbers, marks of usage, English, what stands in brackets.
BETWEEN_PHRASES = re.compile(r"[;\n]|\d+\)|\d\.|_\w+\.|[A-Za-z\[\]]|\([^)]*\)|\b[а-я]\)")
FORBIDDEN = re.compile(r"[0-9A-Za-z_/\\<>@#$%^*=+|{}\[\]~]")


@dataclass(frozen=True)
class Texts:
    """A source of texts; the ``held_out`` ones are never trained on."""

    kept: list[str]
    held_out: list[str]


@cache
def collect(source: str, voice: Path = festvox.VOICE_DIR) -> Texts:
    """Read a source, a key of ``SOURCES``; what the held-out recordings say is in none of them."""
    recorded = festvox.texts(voice)
    forbidden = {recorded[name] for name in festvox.held_out(voice)}
    unique: dict[str, str] = {}
    for text in SOURCES[source]():
        unique.setdefault(normalise(text), text)
    texts = {key: unique[key] for key in sorted(unique) if key not in forbidden}
    held_out = [text for key, text in texts.items() if is_held_out(key)]
    return Texts([text for key, text in texts.items() if not is_held_out(key)], held_out)


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


def tales() -> Iterator[str]:
    """Yield the sentences of the Russian campaigns of wesnoth."""
    for file in sorted(TALES.glob("*/locale/ru/LC_MESSAGES/*.mo")):
        with file.open("rb") as stream:
            catalog: dict[object, str] = vars(gettext.GNUTranslations(stream))["_catalog"]
        for text in catalog.values():
            yield from sentences(TAGS.sub("", text))


def phrase_book() -> Iterator[str]:
    """Yield the translations of mueller7-dict, the English-Russian dictionary, that have several words."""
    with gzip.open(PHRASE_BOOK, "rt", encoding="utf-8") as stream:
        lines = re.sub(r"\n\s+", " ", stream.read())
    for piece in BETWEEN_PHRASES.split(lines):
        if "." not in piece.strip(". ") and "-л" not in piece:  # abbreviations
            yield from fit(piece)


def sentences(text: str) -> Iterator[str]:
    """Cut a text into sentences, and keep those that are fit."""
    for piece in re.split(r"(?<=[.!?;:])\s+|\.{2,}|\s--?\s", re.sub(r"\s+", " ", text)):
        yield from fit(piece)


def fit(piece: str) -> Iterator[str]:
    """Yield a piece of text without its edges if it is plain Russian of a fit length."""
    plain = piece.strip(" -.,;:!?\"«»()'…%")
    length = len(normalise(plain).split())
    if not FORBIDDEN.search(plain) and length in SENTENCE_WORDS and len(plain) <= LONGEST_SENTENCE:
        yield plain


SOURCES = {"sentences": lambda: (*fortunes(), *manuals()), "tales": tales, "phrases": phrase_book}


@dataclass(frozen=True)
class Suffix:
    """A rule of the dictionary: words that end so take ``ending`` in place of the letters they are stripped of."""

    stripped: str
    ending: str
    condition: re.Pattern[str]

    def applied(self, word: str) -> Iterator[str]:
        """Yield the word's form if the rule is for it."""
        if self.condition.search(word):
            yield word[: len(word) - len(self.stripped)] + self.ending


def suffixes() -> dict[str, list[Suffix]]:
    """Read hunspell-ru's rules by their flags."""
    rules: dict[str, list[Suffix]] = defaultdict(list)
    for line in DICTIONARY.with_suffix(".aff").read_text(encoding="utf-8").splitlines():
        match line.split():
            case ["SFX", flag, stripped, ending, condition, *_]:
                added = ending.partition("/")[0]
                rule = Suffix(stripped.strip("0"), added.strip("0"), re.compile(condition + "$"))
                rules[flag].append(rule)
    return rules


@cache
def word_forms() -> list[str]:
    """Return all forms of hunspell-ru's words."""
    rules = suffixes()
    forms: set[str] = set()
    for line in DICTIONARY.read_text(encoding="utf-8").splitlines()[1:]:
        word, _, flags = line.partition("/")
        forms.add(word)
        forms.update(form for flag in flags for rule in rules.get(flag, ()) for form in rule.applied(word))
    return sorted(form for form in forms if re.fullmatch("[а-яё]{1,16}", form))


def word_list(rng: random.Random) -> str:
    """Put words in a row, whatever they mean."""
    return " ".join(rng.choices(word_forms(), k=rng.randint(2, 6)))


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
