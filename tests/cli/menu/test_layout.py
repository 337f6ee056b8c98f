"""Text that fits, and paths as they are typed."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gigaam_cli.cli.menu.layout import cut, cut_start, padded, place, places, table, width_of
from gigaam_cli.cli.menu.paths import typed_paths, wrong_folder, wrong_paths


@settings(deadline=None)
@given(st.text("aж語 e\u0301"), st.integers(0, 30))
def test_what_is_cut_fits(text: str, columns: int) -> None:
    assert width_of(cut(text, columns)) <= columns
    assert width_of(cut_start(text, columns)) <= columns
    if width_of(text) <= columns:
        assert cut(text, columns) == text


def test_dots_stand_for_what_is_left_out() -> None:
    assert cut("recordings", 8) == "recor..."
    assert cut_start("/srv/recordings", 8) == "...dings"
    assert padded("語", 4) == "語  "


def test_notes_stand_below_each_other() -> None:
    assert table([("a", "one"), ("long", "two"), ("without", "")], 40) == [
        "a     one",
        "long  two",
        "without",
    ]


def test_paths_below_home_are_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    assert [place(path) for path in ("/home/me", "/home/me/a", "/home/meme", "/a\nb")] == [
        "~",
        "~/a",
        "/home/meme",
        "/a\\nb",
    ]
    assert places(["/home/me/a", "/b", "/c"]) == "~/a +2"
    monkeypatch.setenv("HOME", "/")
    assert place("/a") == "/a"


@settings(deadline=None)
@given(
    st.lists(
        st.text(st.characters(exclude_characters="\0/", exclude_categories=["Cs"]), min_size=1), min_size=2
    )
)
def test_paths_are_read_as_a_shell_quotes_them(names: list[str]) -> None:
    paths = tuple(f"/not there/{index}{name}" for index, name in enumerate(names))
    assert typed_paths(shlex.join(paths)) == paths


def test_paths_as_people_give_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "my 'own' talks"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    expected = (str(folder),)
    for line in (str(folder), f" {folder}/ ", "~/my 'own' talks", shlex.quote(str(folder)), folder.as_uri()):
        assert typed_paths(line) == expected, line
    assert typed_paths(str(folder).replace(" ", "\\ ").replace("'", "\\'")) == expected
    assert typed_paths("don't") == (str(tmp_path / "don't"),)
    assert typed_paths("  ") == ()


def test_what_is_wrong_with_paths_is_told(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    assert wrong_paths(str(tmp_path)) == ""
    assert wrong_paths("") == "name a file or a folder"
    assert "is not there" in wrong_paths(f"{tmp_path}/a")
    assert wrong_folder(f"{tmp_path}/new") == ""
    assert "is a file" in wrong_folder(str(file))
    assert wrong_folder("/a /b") == "name one folder"


def test_a_name_with_spaces_that_is_not_there_is_told_as_a_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.mp3").touch()
    assert wrong_paths("/not there/Моя запись.mp3") == "/not there/Моя запись.mp3 is not there"
    assert wrong_paths("/not there/a.mp3 /b.mp3") == "/not is not there"
    assert wrong_paths(f"a.mp3 {tmp_path}/b.mp3") == f"{tmp_path}/b.mp3 is not there"
    assert wrong_paths("a.mp3 b.mp3") == f"{tmp_path / 'b.mp3'} is not there"
    assert wrong_folder("my texts") == ""
    assert typed_paths("my texts") == (str(tmp_path / "my texts"),)
