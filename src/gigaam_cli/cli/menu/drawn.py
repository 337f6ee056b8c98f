"""Questions as lists to move about in, drawn by questionary; every mark in them is ASCII."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import fill
from typing import Any, TypeVar

import questionary
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent, merge_key_bindings
from prompt_toolkit.output import Output, create_output
from prompt_toolkit.output.vt100 import Vt100_Output
from prompt_toolkit.shortcuts import CompleteStyle
from questionary.prompts import common

from gigaam_cli.cli.menu.asking import Check, GoneBack, Option
from gigaam_cli.cli.menu.layout import table
from gigaam_cli.core.i18n import translate as _

Value = TypeVar("Value")
POINTER = ">"
# Long enough for the rest of an arrow key's code, short enough for Esc to answer at once.
_ESCAPE_SECONDS = 0.05
_STYLE = questionary.Style(
    [
        ("qmark", "bold"),
        ("question", "bold"),
        ("pointer", "bold"),
        ("highlighted", "bold fg:ansicyan"),
        ("selected", ""),
        ("answer", ""),
    ]
)


def output() -> Output:
    """Return the terminal at stderr: stdout is for results.

    It is not asked where its cursor is: not every terminal answers, and nothing here needs to know.
    """
    terminal = create_output(stdout=sys.stderr)
    if isinstance(terminal, Vt100_Output):
        terminal.enable_cpr = False
    return terminal


def way_back() -> KeyBindings:
    """Return the keys that leave every question: Esc, and an interrupt that is no key."""
    keys = KeyBindings()

    @keys.add("escape", eager=True)
    def _back(event: KeyPressEvent) -> None:
        if event.current_buffer.complete_state is not None:
            event.current_buffer.cancel_completion()
        else:
            event.app.exit(exception=GoneBack())

    @keys.add("<sigint>")
    def _interrupt(event: KeyPressEvent) -> None:
        event.app.exit(exception=KeyboardInterrupt())

    return keys


@dataclass(slots=True)
class Drawn:
    """Asks by lists that are drawn, and erased when they are answered."""

    terminal: Output = field(default_factory=output)

    def choose(
        self, question: str, options: Sequence[Option[Value]], default: Value | None = None, leave: str = ""
    ) -> Value:
        """Return the value of the option that is chosen."""
        pointed = next((number for number, each in enumerate(options) if each.value == default), 0)
        asked = questionary.select(
            self._question(question, _("Enter: choose, Esc: back")),
            self._choices([*options, Option(leave or _("Back"), None)], room=4),
            default=pointed,  # type: ignore[arg-type] # a value, as its code takes and its signature does not
            pointer=POINTER,
            instruction=" ",
            style=_STYLE,
            erase_when_done=True,
            output=self.terminal,
        )
        number: int = _answer(asked)
        if number == len(options):
            raise GoneBack
        return options[number].value

    def choose_some(
        self, question: str, options: Sequence[Option[Value]], chosen: Collection[Value]
    ) -> tuple[Value, ...]:
        """Return the values that are chosen."""
        vars(common).update(INDICATOR_SELECTED="[x]", INDICATOR_UNSELECTED="[ ]")
        choices = self._choices(options, room=8)
        for choice, option in zip(choices, options, strict=True):
            choice.checked = option.value in chosen
        asked = questionary.checkbox(
            self._question(question, _("Space: mark, Enter: done, Esc: back")),
            choices,
            validate=bool,
            pointer=POINTER,
            instruction=" ",
            style=_STYLE,
            erase_when_done=True,
            output=self.terminal,
        )
        return tuple(options[number].value for number in _answer(asked))

    def text(self, question: str, default: str, check: Check) -> str:
        """Return a line that was typed."""
        typed: str = _answer(
            questionary.text(
                question,
                default=default,
                validate=_verdict(check),
                style=_STYLE,
                erase_when_done=True,
                output=self.terminal,
            )
        )
        return typed

    def path(self, question: str, default: str, check: Check, only_folders: bool = False) -> str:
        """Return a line with paths; Tab completes."""
        typed: str = _answer(
            questionary.path(
                self._question(question, _("Tab: complete, Esc: back")),
                default=default,
                validate=_verdict(check),
                only_directories=only_folders,
                complete_style=CompleteStyle.COLUMN,
                reserve_space_for_menu=4,
                style=_STYLE,
                erase_when_done=True,
                output=self.terminal,
            )
        )
        return typed or os.sep

    def browse(self, folder: Path) -> tuple[Path, ...]:
        """Return what is chosen by walking about."""
        from gigaam_cli.cli.menu.browser import browse

        return browse(folder, self.terminal)

    def _columns(self) -> int:
        return self.terminal.get_size().columns

    def _question(self, question: str, keys: str) -> str:
        """Return the question, with its keys where both fit on a line."""
        columns = self._columns() - 3  # behind the mark, and one that stays free
        whole = f"{question}  ({keys})"
        return whole if len(whole) <= columns else fill(question, max(1, columns))

    def _choices(self, options: Sequence[Option[Any]], room: int) -> list[questionary.Choice]:
        """Return the options as rows; their values are their numbers, as some have values without equality."""
        width = self._columns() - room
        rows = table([(option.title, option.note) for option in options], width)
        return [questionary.Choice(row, value=number) for number, row in enumerate(rows)]


def _answer(asked: questionary.Question) -> Any:
    """Put the question, and return the answer."""
    application = asked.application
    application.ttimeoutlen = _ESCAPE_SECONDS
    own = application.key_bindings
    application.key_bindings = merge_key_bindings([own, way_back()] if own else [way_back()])
    try:
        return asked.unsafe_ask()
    except EOFError:  # Ctrl-D, or the terminal is gone
        raise GoneBack from None


def _verdict(check: Check) -> Callable[[str], bool | str]:
    return lambda typed: check(typed) or True
