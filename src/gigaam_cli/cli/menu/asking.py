"""Questions, whatever the terminal can show: an ``Asker`` puts them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from gigaam_cli.cli.console import bars_fit

Value = TypeVar("Value")
Check = Callable[[str], str]
"""Takes what was typed and returns what is wrong with it, or nothing."""


class GoneBack(Exception):  # noqa: N818 - nothing went wrong
    """Whoever was asked wants to go back one step."""


LEFT = (GoneBack, KeyboardInterrupt)
"""What a question raises that is left without an answer."""


@dataclass(frozen=True, slots=True)
class Option(Generic[Value]):
    """One of several answers: ``note`` stands behind the title where there is room."""

    title: str
    value: Value
    note: str = ""


class Asker(Protocol):
    """Puts questions to a person. Each of them may raise GoneBack, and KeyboardInterrupt for Ctrl-C."""

    def choose(
        self, question: str, options: Sequence[Option[Value]], default: Value | None = None, leave: str = ""
    ) -> Value:
        """Return the value of the option that is chosen; ``default`` is what Enter takes, else the first.

        There is one more, to go back, which may be called ``leave``.
        """
        ...

    def choose_some(
        self, question: str, options: Sequence[Option[Value]], chosen: Collection[Value]
    ) -> tuple[Value, ...]:
        """Return the values that are chosen, one at least, in the order of ``options``."""
        ...

    def text(self, question: str, default: str, check: Check) -> str:
        """Return a line that was typed, and with which nothing is wrong."""
        ...

    def path(self, question: str, default: str, check: Check, only_folders: bool = False) -> str:
        """Return a line with paths, as it was typed, completed or dropped there."""
        ...

    def browse(self, folder: Path) -> tuple[Path, ...]:
        """Return folders and recordings that are chosen by walking about, beginning in ``folder``."""
        ...


def asker() -> Asker:
    """Return what asks on this terminal: lists that are drawn, or numbers where nothing can be drawn."""
    if bars_fit():
        from gigaam_cli.cli.menu.drawn import Drawn

        return Drawn()
    from gigaam_cli.cli.menu.numbered import Numbered

    return Numbered()
