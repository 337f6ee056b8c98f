"""Numbers of bytes as people read them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gigaam_cli.core.i18n import choose_language
from gigaam_cli.core.sizes import Bytes, rough_size, size_text


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (902_500_000, "902.5 MB"), (3 * 10**12, "3000.0 GB")],
)
def test_sizes(count: int, text: str) -> None:
    assert size_text(count) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [(999, "999 Б"), (32_700, "32,7 КБ"), (902_500_000, "902,5 МБ"), (46 * 10**9, "46,0 ГБ")],
)
def test_sizes_in_russian(count: int, text: str) -> None:
    choose_language("ru")
    try:
        assert size_text(count) == text
        assert rough_size(884_700_000) == "~0,9 ГБ"
        assert f"{Bytes(32_700)}" == "32.7 kB"
    finally:
        choose_language("en")


def test_a_size_that_is_known_roughly_says_so() -> None:
    assert rough_size(884_700_000) == "~0.9 GB"


@given(st.integers(0, 10**18))
def test_a_number_to_programs_and_a_text_to_people(count: int) -> None:
    assert json.dumps(Bytes(count)) == str(count)
    assert f"{Bytes(count)}" == size_text(count)
