"""What the bars say of a run is measured, never goes back, and ends with all of it, whatever happens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gigaam_cli.cli.tally import Tally
from gigaam_cli.core.errors import EmptyFileError
from gigaam_cli.core.events import (
    STOPPED_BY_USER,
    DurationKnown,
    Event,
    FileDone,
    FileFailed,
    FileLeft,
    FileOvertaken,
    FilePostponed,
    FileStarted,
    FileWaiting,
    RunEnding,
    RunStarted,
    Stage,
    StageChanged,
    StageProgress,
)

A, B = Path("a.wav"), Path("b.wav")
SECONDS = st.floats(0, 40_000, allow_nan=False)
WRITING: Stage = "writing"


def told(*events: Event) -> Tally:
    tally = Tally()
    for event in events:
        tally.take(event)
    return tally


def attempt(draw: Any, path: Path, length: float | None) -> list[Event]:
    """A recording from its beginning to where it is recognised as far as it goes."""
    positions = sorted(draw(st.lists(SECONDS, max_size=4)))
    progress = [StageProgress(path, position, draw(st.booleans())) for position in positions]
    return [FileStarted(path, length), StageChanged(path, "recognising"), *progress]


@st.composite
def story(draw: Any, path: Path) -> list[Event]:
    """All that is told of one recording, in a legal order; the last event closes it."""
    length = draw(st.none() | SECONDS)
    probed: list[Event] = [StageChanged(path, "probing"), DurationKnown(path, length)]
    closings: list[Event] = [
        FileFailed(path, EmptyFileError()),
        FileLeft(path, "skipped_by_user"),
        FileOvertaken(path, "done"),
    ]
    kind = draw(st.sampled_from(["refused", "unreadable", "written", "waited for", "tried twice", "read"]))
    if kind == "refused":
        return [closings[0]]
    if kind == "unreadable":
        return [StageChanged(path, "probing"), StageChanged(path, "waiting"), closings[0]]
    if kind == "written":
        return [StageChanged(path, WRITING), FileDone(path, draw(SECONDS), (), recognised=False)]
    if kind == "waited for":
        return [*probed, FileWaiting(path), draw(st.sampled_from(closings))]
    done = [StageChanged(path, WRITING), FileDone(path, draw(SECONDS), (), recognised=True)]
    ending = draw(st.sampled_from([done, closings[:1], closings[1:2]]))
    first = attempt(draw, path, length)
    if kind == "tried twice":
        first += [FilePostponed(path, EmptyFileError()), *attempt(draw, path, length)]
    return [*probed, *first, *ending]


def mixed(draw: Any, stories: Sequence[list[Event]]) -> Iterator[Event]:
    """Tell several stories at once."""
    left = [list(one) for one in stories]
    while any(left):
        yield draw(st.sampled_from([one for one in left if one])).pop(0)


@st.composite
def runs(draw: Any) -> list[Event]:
    number = draw(st.integers(1, 5))
    stories = [draw(story(Path(f"{index}.wav"))) for index in range(number)]
    to_write = sum(isinstance(one[-1], FileDone) and not one[-1].recognised for one in stories)
    return [RunStarted(number, to_write), *mixed(draw, stories)]


def watched(events: Sequence[Event]) -> Iterator[Tally]:
    tally = Tally()
    for event in events:
        tally.take(event)
        yield tally


@given(runs())
def test_what_is_shown_never_goes_back_and_ends_with_all_of_it(events: list[Event]) -> None:
    shown, reached, heard = 0.0, 0.0, 0.0
    rows: dict[Path, float] = {}
    for number, tally in enumerate(watched(events), 1):
        assert shown <= tally.fraction <= 1
        assert reached <= tally.reached + 1e-6
        assert heard <= tally.heard
        assert (tally.fraction == 1) == (tally.finished == tally.files) == (number == len(events))
        assert tally.expected is None or tally.expected >= tally.reached
        for row in tally.in_work():
            assert rows.get(row.path, 0.0) <= (row.fraction or 0.0) <= 1
            rows[row.path] = row.fraction or 0.0
        shown, reached, heard = tally.fraction, tally.reached, tally.heard
    assert tally.left == 0
    assert list(tally.in_work()) == []


@given(runs(), st.integers(0, 40))
def test_when_a_run_is_to_finish_the_rest_of_the_bar_is_for_what_is_in_work(
    events: list[Event], at: int
) -> None:
    begun = {event.path for event in events[: at + 1] if isinstance(event, FileStarted)}
    rest = [event for event in events[at + 1 :] if getattr(event, "path", None) in begun]
    shown = 0.0
    for tally in watched([*events[: at + 1], RunEnding(STOPPED_BY_USER), *rest]):
        assert shown <= tally.fraction <= 1
        shown = tally.fraction
    waits = any(row.stage == WRITING for row in tally.in_work())
    postponed = {event.path for event in [*events[: at + 1], *rest] if isinstance(event, FilePostponed)}
    assert shown == 1 or waits or postponed


def test_halves_and_quarters_are_what_they_say() -> None:
    tally = told(RunStarted(2), DurationKnown(A, 100.0), DurationKnown(B, 300.0), FileStarted(A, 100.0))
    assert (tally.fraction, tally.reached, tally.expected) == (0.0, 0.0, 400.0)
    tally.take(StageProgress(A, 50.0))
    assert tally.fraction == pytest.approx(1 / 8)
    tally.take(FileDone(A, 100.0, (), recognised=True))
    assert tally.fraction == pytest.approx(1 / 4)
    assert (tally.reached, tally.expected, tally.finished) == (100.0, 400.0, 1)


def test_a_length_that_is_not_known_yet_is_taken_for_the_mean_and_said_to_be_so() -> None:
    tally = told(RunStarted(3), DurationKnown(A, 100.0))
    assert (tally.expected, tally.is_estimate) == (300.0, True)
    tally.take(DurationKnown(B, 500.0))
    assert tally.expected == 900.0
    tally.take(DurationKnown(Path("c.wav"), 60.0))
    assert (tally.expected, tally.is_estimate) == (660.0, False)


def test_a_bar_that_was_too_quick_goes_on_more_slowly() -> None:
    tally = told(RunStarted(2), DurationKnown(A, 10.0), FileStarted(A, 10.0), StageProgress(A, 10.0))
    assert tally.fraction == pytest.approx(0.5)
    tally.take(DurationKnown(B, 1000.0))
    assert tally.fraction == pytest.approx(0.5)
    tally.take(FileDone(A, 10.0, (), recognised=True))
    tally.take(FileStarted(B, 1000.0))
    tally.take(StageProgress(B, 500.0))
    assert tally.fraction == pytest.approx(0.75), "half of the rest"


def test_what_fails_is_nothing_to_do_any_more() -> None:
    tally = told(RunStarted(2), DurationKnown(A, 100.0), DurationKnown(B, 100.0), FileStarted(A, 100.0))
    tally.take(FileFailed(A, EmptyFileError()))
    assert tally.expected == 100.0
    tally.take(FileStarted(B, 100.0))
    tally.take(StageProgress(B, 50.0))
    assert tally.fraction == pytest.approx(0.5)


def test_texts_from_the_store_weigh_nothing_beside_audio_and_are_counted_without() -> None:
    tally = told(RunStarted(4, to_write=3), DurationKnown(A, 100.0))
    for name in "123":
        tally.take(FileDone(Path(name), 5000.0, (), recognised=False))
    assert (tally.fraction, tally.expected) == (0.0, 100.0)
    alone = told(RunStarted(4, to_write=4), FileDone(A, 9.0, (), recognised=False))
    assert alone.fraction == pytest.approx(0.25)


def test_audio_that_was_known_before_is_no_measure_of_speed() -> None:
    tally = told(RunStarted(1), DurationKnown(A, 100.0), FileStarted(A, 100.0))
    tally.take(StageProgress(A, 60.0, known=True))
    tally.take(StageProgress(A, 70.0))
    assert (tally.reached, tally.heard) == (70.0, 10.0)


def test_headers_are_shown_while_there_is_nothing_else() -> None:
    tally = told(RunStarted(2), StageChanged(A, "probing"))
    assert [row.stage for row in tally.in_work()] == ["probing"]
    for event in (DurationKnown(A, 5.0), FileStarted(A, 5.0), StageChanged(B, "probing")):
        tally.take(event)
    assert [row.path for row in tally.in_work()] == [A]
