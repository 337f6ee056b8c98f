"""Where Russian text may be broken."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gigaam_cli.writers.breaks import break_cost, cheapest_pieces, ends_sentence


@pytest.mark.parametrize(
    ("word", "following", "ends"),
    [
        ("запись.", "Сегодня", True),
        ("«Кто?»", "—", True),
        ("всё!..", "Так", True),
        ("конец…", "«Начало", True),
        ("5.", "12", True),
        ("т.е.", "мы", False),
        ("Ну…", "я", False),
        ("запись,", "Сегодня", False),
        ("запись", "Сегодня", False),
    ],
)
def test_ends_sentence(word: str, following: str, ends: bool) -> None:
    assert ends_sentence(word, following) is ends


def test_better_breaks_cost_less() -> None:
    ordered = [
        break_cost("запись.", "Сегодня"),
        break_cost("том,", "как"),
        break_cost("прочитайте", "и"),
        break_cost("большая", "компания"),
        break_cost("бы", "узнать"),
        break_cost("в", "Москве"),
    ]
    assert ordered == sorted(set(ordered))


@pytest.mark.parametrize(
    ("word", "following"),
    [
        ("В", "Москве"),
        ("кто", "же"),
        ("где", "ли,"),
        ("Москва", "—"),
        ("«На", "дне»"),
        ("15", "000"),
        ("не", "бы"),
    ],
)
def test_what_belongs_together_costs_most(word: str, following: str) -> None:
    assert break_cost(word, following) == 1.0


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), max_size=7), st.integers(1, 3))
def test_cheapest_pieces_are_as_cheap_as_any(prices: list[float], longest: int) -> None:
    count = len(prices)

    def stops(start: int) -> range:
        return range(start + 1, min(start + longest, count) + 1)

    def cost(start: int, stop: int) -> float:
        return prices[stop - 1] + (stop - start) ** 2

    def lowest(start: int) -> float:
        return min((cost(start, stop) + lowest(stop) for stop in stops(start)), default=0.0)

    pieces = cheapest_pieces(count, stops, cost)
    assert [index for start, stop in pieces for index in range(start, stop)] == list(range(count))
    assert sum(cost(start, stop) for start, stop in pieces) == pytest.approx(lowest(0))
