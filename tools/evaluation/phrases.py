"""Number and date phrases from a seeded grammar: the same seed gives the same phrases anywhere."""

import random
from collections.abc import Callable, Iterator

from .numerals import cardinal, ordinal_neuter, plural, year_genitive

MONTHS = "января февраля марта апреля мая июня июля августа сентября октября ноября декабря".split()  # noqa: SIM905


def date(rng: random.Random) -> str:
    """Say a day of the twentieth or the twenty-first century."""
    year = rng.choice([rng.randint(1901, 1999), rng.randint(2001, 2035)])
    return f"{ordinal_neuter(rng.randint(1, 28))} {rng.choice(MONTHS)} {year_genitive(year)} года"


def telephone(rng: random.Random) -> str:
    """Say a telephone number in the usual groups: 8 9xx xxx xx xx."""
    groups = (8, rng.randint(900, 999), rng.randint(100, 999), rng.randint(10, 99), rng.randint(10, 99))
    return " ".join(cardinal(group) for group in groups)


def money(rng: random.Random) -> str:
    """Say a sum in roubles."""
    amount = rng.randint(1001, 999999)
    return f"{cardinal(amount)} {plural(amount, 'рубль', 'рубля', 'рублей')}"


def numbers(rng: random.Random) -> str:
    """Say three numbers in a row."""
    return " ".join(cardinal(rng.randint(21, 9999)) for _ in range(3))


KINDS: tuple[Callable[[random.Random], str], ...] = (date, telephone, money, numbers)


def phrases(count: int, seed: int) -> Iterator[str]:
    """Yield ``count`` phrases, each kind in its turn."""
    rng = random.Random(seed)
    for index in range(count):
        yield KINDS[index % len(KINDS)](rng)
