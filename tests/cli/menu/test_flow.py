"""From screen to screen and back."""

from __future__ import annotations

from typing import Any

import pytest

from gigaam_cli.cli.menu.answers import Answers
from gigaam_cli.cli.menu.asking import GoneBack
from gigaam_cli.cli.menu.flow import Back, Move, Onward, Quit, Return, Session, State, walk
from gigaam_cli.cli.signals import SignalReceived
from gigaam_cli.core.errors import EmptyFileError

NOBODY: Any = None


class Script:
    """Screens that do what is written, and note which were there with which model."""

    def __init__(self, *moves: Any) -> None:
        self.moves = list(moves)
        self.visits: list[tuple[str, str | None]] = []

    def _do(self, name: str, state: State) -> Move:
        self.visits.append((name, state.answers.model))
        move = self.moves.pop(0)
        if isinstance(move, BaseException):
            raise move
        return move  # type: ignore[no-any-return]

    def first(self, _session: Session, state: State) -> Move:
        return self._do("first", state)

    def second(self, _session: Session, state: State) -> Move:
        return self._do("second", state)

    def third(self, _session: Session, state: State) -> Move:
        return self._do("third", state)


def with_model(name: str) -> State:
    return State(Answers(model=name))


@pytest.mark.parametrize(
    "back", [Back(), GoneBack(), KeyboardInterrupt(), SignalReceived("interrupted"), EmptyFileError()]
)
def test_going_back_brings_the_state_of_before(back: Any) -> None:
    script = Script()
    script.moves = [
        Onward(script.second, with_model("a")),
        Onward(script.third, with_model("b")),
        back,
        back,
        Quit(),
    ]
    assert walk(Session(NOBODY, code=1), script.first, State()) == 1
    assert script.visits == [
        ("first", None),
        ("second", "a"),
        ("third", "b"),
        ("second", "a"),
        ("first", None),
    ]


def test_a_change_goes_back_to_where_it_was_asked_for() -> None:
    script = Script()
    script.moves = [
        Onward(script.second, with_model("a")),
        Onward(script.third, with_model("a")),
        Return(script.second, with_model("b")),
        Back(),
        Quit(),
    ]
    walk(Session(NOBODY), script.first, State())
    assert script.visits[3:] == [("second", "b"), ("first", None)]


def test_a_screen_that_was_not_there_yet_is_gone_on_to() -> None:
    script = Script()
    script.moves = [Return(script.second, with_model("a")), Back(), Quit()]
    walk(Session(NOBODY), script.first, State())
    assert script.visits == [("first", None), ("second", "a"), ("first", None)]


@pytest.mark.parametrize(("leaving", "code"), [(GoneBack(), 5), (KeyboardInterrupt(), 130)])
def test_leaving_the_first_screen_ends_the_menu(leaving: BaseException, code: int) -> None:
    script = Script(leaving)
    assert walk(Session(NOBODY, code=5), script.first, State()) == code


def test_other_signals_end_the_menu() -> None:
    script = Script(SignalReceived("terminated"))
    with pytest.raises(SignalReceived):
        walk(Session(NOBODY), script.first, State())
