"""The language of messages: what was asked for, else the locale's."""

from __future__ import annotations

import locale

import pytest

from gigaam_cli.core import i18n

VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")


@pytest.fixture(autouse=True)
def _no_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(locale, "getlocale", lambda: (None, None))


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_what_was_asked_for_wins(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    assert i18n.choose_language(language) == language


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, "en"),
        ({"LANG": "C"}, "en"),
        ({"LANG": "ru_RU.UTF-8"}, "ru"),
        ({"LANG": "RU"}, "ru"),
        ({"LANG": "Russian_Russia.1251"}, "ru"),
        ({"LANG": "de_DE"}, "en"),
        ({"LC_ALL": "en_GB.UTF-8", "LANG": "ru_RU.UTF-8"}, "en"),
        ({"LC_ALL": "", "LC_MESSAGES": "ru_RU.UTF-8", "LANG": "C"}, "ru"),
        ({"LC_MESSAGES": "C", "LANG": "ru_RU.UTF-8"}, "en"),
    ],
)
def test_the_locale_decides_otherwise(
    variables: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert i18n.choose_language() == expected
    assert i18n.choose_language("klingon") == expected


def test_the_systems_locale_is_asked_where_no_variable_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locale, "getlocale", lambda: ("Russian_Russia", "1251"))
    assert i18n.choose_language() == "ru"


def test_english_is_in_the_source() -> None:
    i18n.choose_language("en")
    assert i18n.translate("the file is empty (0 bytes)") == "the file is empty (0 bytes)"
    assert [i18n.translate_plural("one", "many", number) for number in (1, 2, 5)] == ["one", "many", "many"]


def test_nothing_stays_nothing() -> None:
    """gettext answers the empty message with the catalogue's header."""
    i18n.choose_language("ru")
    assert i18n.translate("") == ""


def test_marking_changes_nothing() -> None:
    assert i18n.mark("a {b}") == "a {b}"
