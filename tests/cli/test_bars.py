"""What is drawn fits the terminal, however small, in any language, and says what goes on."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from gigaam_cli.cli.bars import Bars
from gigaam_cli.cli.console import shows_unicode
from gigaam_cli.cli.layout import Part, Pen, Row
from gigaam_cli.cli.picture import Picture
from gigaam_cli.cli.seat import Seat, meant
from gigaam_cli.core.events import (
    STOPPED_BY_USER,
    DurationKnown,
    Event,
    FileStarted,
    RunEnding,
    RunPaused,
    RunResumed,
    RunStarted,
    SegmentDone,
    StageChanged,
    StageProgress,
)
from gigaam_cli.core.i18n import choose_language

NAMES = st.text(min_size=1, max_size=60)


@dataclass
class Chair:
    """A seat at no terminal."""

    listens: bool = True
    keys: None = None

    def is_away(self) -> bool:
        return False


def console(width: int = 80, height: int = 24, encoding: str = "utf-8") -> Console:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    return Console(file=stream, width=width, height=height, force_terminal=True, color_system=None)


def bars(*events: Event, listens: bool = True) -> Bars:
    shown = Bars(console(), cast(Seat, Chair(listens)))
    for event in events:
        shown(event)
    return shown


def lines(shown: Bars, width: int = 79, height: int = 23) -> list[str]:
    return [line.plain.rstrip() for line in shown._paint(width, height)]


def many(number: int) -> list[Event]:
    events: list[Event] = [RunStarted(number)]
    for index in range(number):
        path = Path(f"recording {index:02}.wav")
        events += [DurationKnown(path, 100.0), FileStarted(path, 100.0)]
    return events


def test_everything_that_goes_on_is_shown() -> None:
    path = Path("talk.wav")
    shown = bars(
        RunStarted(12),
        DurationKnown(path, 200.0),
        FileStarted(path, 200.0),
        StageChanged(path, "recognising"),
        SegmentDone(path, 0.0, 50.0, "раз два три"),
        StageProgress(path, 50.0),
    )
    overall, row, words, keys = lines(shown)
    assert overall.split()[:4] == ["0", "of", "12", "files"]
    assert overall.endswith("2%  0:50/~40:00")
    assert row.split()[:2] == ["talk.wav", "recognising"]
    assert row.endswith("25%  0:50/3:20")
    assert "━" in row
    assert words == "раз два три"
    assert keys.split("   ") == ["p pause", "s skip", "q finish", "? keys"]
    assert shown.first == path


def test_a_pause_is_shown_and_its_end() -> None:
    shown = bars(*many(1), RunPaused())
    assert lines(shown)[0].endswith("paused")
    assert lines(shown)[-1].startswith("p go on")
    shown(RunResumed(3.0))
    assert "paused" not in "\n".join(lines(shown))


def test_more_files_than_lines_are_counted() -> None:
    shown = lines(bars(*many(50)), height=11)
    assert len(shown) <= 7
    rows = [line for line in shown if line.startswith("recording")]
    assert f"and {50 - len(rows)} more" in shown
    assert rows[0].startswith("recording 00.wav")


def test_words_are_cut_at_their_beginning_and_cannot_move_the_cursor() -> None:
    path = Path("talk.wav")
    shown = bars(*many(1), SegmentDone(path, 0.0, 1.0, "\x1b[2J\r" + "слово " * 40 + "конец"))
    words = lines(shown)[-2]
    assert words.startswith("…")
    assert words.endswith("слово конец")
    assert "\x1b" not in lines(bars(*many(1), SegmentDone(path, 0.0, 1.0, "\x1b[2J")))[-2]


def test_while_a_run_finishes_the_way_to_end_it_at_once_is_shown() -> None:
    shown = bars(*many(2), RunEnding(STOPPED_BY_USER))
    assert lines(shown)[-1] == "p pause   s skip   Ctrl-C end at once, what is done is kept   ? keys"
    assert lines(shown, width=40)[-1] == "Ctrl-C end at once"
    assert "Ctrl-C" not in lines(bars(*many(2), RunEnding("out_of_time")))[-1]


def test_where_no_keys_are_read_none_are_shown() -> None:
    assert "pause" not in "\n".join(lines(bars(*many(1), listens=False)))


def test_nothing_is_drawn_before_a_run_begins() -> None:
    assert lines(bars()) == []


@pytest.fixture(scope="module")
def in_both_languages() -> Iterator[Callable[[str], str]]:
    yield choose_language
    choose_language("en")


@given(
    st.lists(st.tuples(NAMES, st.none() | st.floats(0, 1e6)), max_size=30),
    st.text(max_size=200),
    st.integers(1, 130),
    st.integers(1, 40),
    st.sampled_from(["en", "ru"]),
)
def test_whatever_is_drawn_fits(
    in_both_languages: Callable[[str], str],
    files: list[tuple[str, float | None]],
    words: str,
    width: int,
    height: int,
    language: str,
) -> None:
    in_both_languages(language)
    shown = bars(RunStarted(max(1, len(files))))
    for name, length in files:
        path = Path(name.replace("\0", "") or "a")
        shown(DurationKnown(path, length))
        shown(FileStarted(path, length))
        shown(StageProgress(path, 10.0))
        shown(SegmentDone(path, 0.0, 1.0, words))
    drawn = lines(shown, width, height)
    assert 1 <= len(drawn) <= height
    assert all(cell_len(line) <= width for line in drawn)
    assert all("\n" not in line for line in drawn)


@pytest.mark.parametrize(("unicode", "dots"), [(True, "…"), (False, "...")])
def test_without_unicode_bars_and_dots_are_plain(unicode: bool, dots: str) -> None:
    pen = Pen(console(), unicode, 40)
    (line,) = pen.lines([Row("a name that is far too long for this", (Part(" 50%", 0),), 0.5)])
    assert line.plain.isascii() is not unicode
    assert dots in line.plain
    assert pen.end_of("x" * 50).startswith(dots)


def test_columns_stand_below_each_other() -> None:
    rows = [Row("a", (Part("long text", 1), Part("1%", 0))), Row("bb", (Part("x", 1), Part("100%", 0)))]
    one, other = (line.plain for line in Pen(console(), True, 60).lines(rows))
    assert one.index("long text") == other.index("x")
    assert one.index("1%") == other.index("100%")


@pytest.mark.parametrize(
    ("locale", "unicode"),
    [
        ({}, False),
        ({"LANG": "C"}, False),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, False),
        ({"LC_ALL": "POSIX", "LANG": "ru_RU.UTF-8"}, False),
        ({"LANG": "ru_RU.UTF-8"}, True),
        ({"LANG": "ru_RU.utf8", "LC_CTYPE": "C.UTF-8"}, True),
        ({"LC_ALL": "C.UTF-8"}, True),
        ({"LANG": "ru_RU.KOI8-R"}, False),
    ],
)
def test_the_locale_decides_on_unicode(
    locale: dict[str, str], unicode: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LC_ALL", "LC_CTYPE", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in locale.items():
        monkeypatch.setenv(name, value)
    assert shows_unicode(sys.stderr) is unicode


@pytest.mark.parametrize(
    ("typed", "keys"),
    [("p", "p"), ("qq", "qq"), ("", ""), ("\x1b[A", ""), ("\x1b", ""), ("gigaam status", ""), ("ls\n", "")],
)
def test_arrows_and_pasted_commands_are_no_keys(typed: str, keys: str) -> None:
    assert meant(typed) == keys


def drawn_by(picture_of: Callable[[Console], Picture], width: int) -> str:
    """What a picture writes when it is drawn twice and the terminal is ``width`` wide the second time."""
    screen = console(60)
    with picture_of(screen) as picture:
        picture.refresh()
        screen.width = width
        screen.file.flush()
        written = cast(io.TextIOWrapper, screen.file).buffer
        before = len(written.getvalue())  # type: ignore[attr-defined]  # a BytesIO
        picture.refresh()
        screen.file.flush()
        return str(written.getvalue()[before:].decode())  # type: ignore[attr-defined]


@pytest.mark.parametrize(("width", "rows"), [(60, 3), (30, 6), (25, 9)])
def test_lines_that_a_narrower_terminal_broke_are_drawn_over(width: int, rows: int) -> None:
    def picture_of(screen: Console) -> Picture:
        return Picture(screen, lambda width, height: [Text("x" * width)] * 3)

    assert drawn_by(picture_of, width).count("\x1b[1A") == rows - 1


def test_nothing_is_drawn_while_another_program_has_the_terminal() -> None:
    def picture_of(screen: Console) -> Picture:
        return Picture(screen, lambda width, height: [Text("x")], hidden=lambda: True)

    assert drawn_by(picture_of, 60) == ""
