"""Troubleshooting has every code that an error can have."""

from __future__ import annotations

import re

import pytest

from tools import error_codes


@pytest.mark.parametrize("language", error_codes.PAGES)
def test_every_code_is_there_with_its_words(language: str) -> None:
    page = error_codes.PAGES[language].read_text(encoding="utf-8")
    assert page == error_codes.filled(page, language), "run python -m tools.error_codes"
    codes = re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)
    assert len(codes) == len(set(codes)) == len(error_codes.errors()) > 40


def test_an_error_of_another_folder_would_be_missed_by_the_table() -> None:
    """All errors are in ``core``, where the table looks for them."""
    for error in error_codes.errors():
        assert error.__module__.startswith("gigaam_cli.core."), error
