"""Settings from a file: what it says, what wins, and what is told of one that makes no sense."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from gigaam_cli.core import settings
from gigaam_cli.core.settings import Document, Layer, check, merged, parse, read, shown
from gigaam_cli.core.settings_errors import (
    NotASettingError,
    ProfileUnknownError,
    SettingsError,
    SettingsMalformedError,
    SettingsUnreadableError,
    SettingUnknownError,
    SettingWrongError,
)

FILE = Path("config.toml")
KEYS = ("model", "format", "max-segment")
values = st.recursive(
    st.booleans() | st.integers(-(2**40), 2**40) | st.floats(allow_nan=False) | st.text(),
    st.lists,
    max_leaves=4,
)
tables = st.dictionaries(st.sampled_from(KEYS) | st.text(min_size=1), values, max_size=4)


@dataclass
class Rules:
    """Rules under which nothing may be "wrong"."""

    known: Collection[str] = KEYS
    refused: Mapping[str, str] = field(default_factory=lambda: {"force": "for one run"})

    def problem(self, key: str, value: object) -> str | None:
        return "not that" if value == "wrong" else None


def said(text: str) -> Document:
    return parse(FILE, text.encode())


@given(st.lists(st.builds(Layer, tables, st.none() | st.text()), max_size=4))
def test_each_value_is_that_of_the_first_layer_that_has_one(layers: list[Layer]) -> None:
    found = merged(layers)
    assert set(found) == {key for layer in layers for key in layer.values}
    for key, given_value in found.items():
        first = next(layer for layer in layers if key in layer.values)
        assert given_value.value is first.values[key]
        assert given_value.profile == first.profile


@given(tables, st.dictionaries(st.text(min_size=1), tables, max_size=3), st.booleans(), st.booleans())
def test_what_is_written_is_read_whatever_it_is(
    top: dict[str, object], profiles: dict[str, dict[str, object]], mark: bool, crlf: bool
) -> None:
    top.pop("profiles", None)
    text = tomlkit.dumps({**top, "profiles": profiles}).encode()
    if crlf:
        text = text.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    document = parse(FILE, (b"\xef\xbb\xbf" if mark else b"") + text)
    assert (document.values, document.profiles) == (top, profiles)


@given(tables, tables)
def test_a_profile_comes_before_the_top_of_the_file(top: dict[str, object], night: dict[str, object]) -> None:
    document = Document(FILE, values=top, profiles={"night": night, "other": {"model": "never"}})
    chosen = {key: value.value for key, value in merged(document.layers("night")).items()}
    assert chosen == {**top, **night}
    assert {key: value.value for key, value in merged(document.layers()).items()} == top


@given(st.binary(max_size=200))
def test_no_file_is_too_odd_to_be_told_of(data: bytes) -> None:
    with contextlib.suppress(SettingsError):
        check(parse(FILE, data), Rules())


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("model = \n", 1, 9),
        ('model = "a"\nformat = [1,\n', 3, 1),
        ("a = 1\nb 2\n", 2, 3),
        ("a = 1\na = 2\n", 2, 6),
        ("profiles = 3", 1, 1),
        ("[profiles]\nnight = 3", 2, 1),
    ],
)
def test_what_is_no_toml_is_told_with_line_and_column(text: str, line: int, column: int) -> None:
    with pytest.raises(SettingsMalformedError) as caught:
        said(text)
    assert (caught.value.values["line"], caught.value.values["column"]) == (line, column)


def test_another_encoding_is_told_with_its_place() -> None:
    with pytest.raises(SettingsMalformedError, match="line 2, column 9: the text is not in UTF-8"):
        parse(FILE, 'a = 1\noutput "тексты"'.encode("cp1251"))


def test_unknown_keys_are_told_with_the_nearest_and_their_line() -> None:
    with pytest.raises(SettingUnknownError) as caught:
        check(said('\nmodel = "a"\nmax_segment = 3'), Rules())
    assert str(caught.value) == "config.toml:3: there is no setting max_segment"
    assert "Did you mean max-segment?" in caught.value.hint()
    with pytest.raises(SettingUnknownError) as caught:
        check(said("[xyz]\na = 1"), Rules())
    assert "Did you mean" not in caught.value.hint()


def test_keys_in_profiles_are_checked_whichever_is_chosen() -> None:
    text = 'model = "a"\n[profiles.night]\nmodel = "b"\n[profiles."late night"]\n"model" = "wrong"'
    with pytest.raises(SettingWrongError) as caught:
        check(said(text), Rules())
    expected = 'config.toml:5 [profiles.late night]: model cannot be "wrong": not that'
    assert str(caught.value) == expected
    with pytest.raises(NotASettingError, match="force is no setting: for one run"):
        check(said("profiles.night = {force = true}"), Rules())


def test_the_line_of_a_key_is_that_of_its_table() -> None:
    document = said("format = 1\n[profiles.a]\nmodel = 2\n[profiles.b] # model = 3\nmodel = 4\n")
    assert document.place("model", "b") == "config.toml:5 [profiles.b]"
    assert document.place("format") == "config.toml:1"
    assert document.place("model") == "config.toml"


def test_an_unknown_profile_is_told_with_those_that_are_there() -> None:
    with pytest.raises(ProfileUnknownError) as caught:
        list(said("[profiles.night]\n[profiles.gpu]").layers("nigth"))
    assert caught.value.hint() == "Did you mean night? Its profiles: night, gpu."
    with pytest.raises(ProfileUnknownError) as caught:
        list(Document(FILE).layers("night"))
    assert caught.value.hint() == "Its profiles: -."


def test_a_file_that_is_not_there_says_nothing_unless_it_was_named(tmp_path: Path) -> None:
    assert read(tmp_path / "none.toml") == Document(tmp_path / "none.toml")
    (tmp_path / "file").touch()
    assert read(tmp_path / "file" / "none.toml").values == {}
    with pytest.raises(SettingsUnreadableError, match=r"none\.toml"):
        read(tmp_path / "none.toml", named=True)


def test_what_is_there_and_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsUnreadableError):
        read(tmp_path)
    assert read(Path(os.devnull), named=True).values == {}


def test_where_the_file_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIGAAM_CONFIG", "")
    assert settings.load().path.name == "config.toml"
    monkeypatch.setenv("GIGAAM_CONFIG", str(tmp_path / "mine.toml"))
    with pytest.raises(SettingsUnreadableError):
        settings.load()


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "true"), ("ё\n", '"ё\\n"'), ((1, 2.5, "a"), '[1, 2.5, "a"]'), ({"a": 1}, "{...}")],
)
def test_values_are_shown_as_toml_spells_them(value: object, text: str) -> None:
    assert shown(value) == text
