"""From screen to screen, with a way back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from gigaam_cli.cli.errors import tell
from gigaam_cli.cli.menu.answers import Answers
from gigaam_cli.cli.menu.asking import Asker, GoneBack
from gigaam_cli.cli.signals import ENDINGS, SignalReceived
from gigaam_cli.core.errors import GigaamError

if TYPE_CHECKING:
    from gigaam_cli.cli.menu.plan import Plan
    from gigaam_cli.pipeline.jobs import BatchReport


@dataclass(slots=True)
class Session:
    """What lasts as long as the menu: who asks, the latest run's exit code, and plans that were made.

    ``plan`` is that of the answers beside it, until a run changes what it was made from.
    """

    ask: Asker
    code: int = 0
    plan: tuple[Answers, Plan] | None = None
    told: Answers | None = None
    """The answers whose plan was printed last."""
    fetch_failed: bool = False
    """The latest model that was asked for did not come."""


@dataclass(frozen=True, slots=True)
class State:
    """What a screen begins with; going back brings the state of before."""

    answers: Answers = field(default_factory=Answers)
    report: BatchReport | None = None
    """What became of the latest run."""


@dataclass(frozen=True, slots=True)
class Onward:
    """To another screen, from which one can come back to this one."""

    screen: Screen
    state: State


@dataclass(frozen=True, slots=True)
class Return:
    """Back to a screen with another state, and what lay between is forgotten; onward where it was not there yet."""

    screen: Screen
    state: State


@dataclass(frozen=True, slots=True)
class Back:
    """To the screen of before, as it was."""


@dataclass(frozen=True, slots=True)
class Quit:
    """To the end."""


Move: TypeAlias = Onward | Return | Back | Quit
Screen: TypeAlias = Callable[[Session, State], Move]


def walk(session: Session, first: Screen, state: State) -> int:
    """Go from screen to screen until one ends the menu, or the first is left; return the exit code."""
    steps = [(first, state)]
    while steps:
        screen, state = steps[-1]
        try:
            move = screen(session, state)
        except GoneBack:
            move = Back()
        except (KeyboardInterrupt, SignalReceived) as error:
            if getattr(error, "reason", "interrupted") != "interrupted":
                raise
            if len(steps) == 1:
                return ENDINGS["interrupted"]
            move = Back()
        except GigaamError as error:
            tell(error)
            move = Back()
        _follow(move, steps)
    return session.code


def _follow(move: Move, steps: list[tuple[Screen, State]]) -> None:
    if isinstance(move, Quit):
        steps.clear()
    elif isinstance(move, Back):
        steps.pop()
    else:
        if isinstance(move, Return):
            visited = [screen for screen, _state in steps]
            if move.screen in visited:
                del steps[visited.index(move.screen) :]
        steps.append((move.screen, move.state))
