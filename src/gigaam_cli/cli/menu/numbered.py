"""Questions as numbered lists, for terminals on which nothing can be drawn."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TypeVar

from gigaam_cli.cli.console import say
from gigaam_cli.cli.menu.asking import Check, GoneBack, Option
from gigaam_cli.cli.menu.paths import typed_paths, wrong_paths
from gigaam_cli.cli.signals import SignalReceived
from gigaam_cli.core.i18n import translate as _

Value = TypeVar("Value")


class Numbered:
    """Asks by numbers; 0, and the end of the input, go back."""

    def choose(
        self, question: str, options: Sequence[Option[Value]], default: Value | None = None, leave: str = ""
    ) -> Value:
        """Return the value of the option whose number is typed."""
        number = next((number for number, each in enumerate(options, 1) if each.value == default), 1)
        _show(question, options, [], leave)
        (chosen,) = _numbers(_("Number"), str(number), len(options), most=1)
        return options[chosen - 1].value

    def choose_some(
        self, question: str, options: Sequence[Option[Value]], chosen: Collection[Value]
    ) -> tuple[Value, ...]:
        """Return the values whose numbers are typed."""
        marked = [number for number, option in enumerate(options, 1) if option.value in chosen]
        _show(question, options, marked)
        default = ",".join(map(str, marked))
        numbers = _numbers(_("Numbers, with commas between"), default, len(options), most=len(options))
        return tuple(options[number - 1].value for number in sorted(set(numbers)))

    def text(self, question: str, default: str, check: Check) -> str:
        """Return a line that was typed."""
        return _read(question, default, check)

    def path(self, question: str, default: str, check: Check, only_folders: bool = False) -> str:  # noqa: ARG002
        """Return a line with paths."""
        return _read(question, default, check)

    def browse(self, folder: Path) -> tuple[Path, ...]:
        """Return the paths that are typed: there is nothing to walk about in."""
        return tuple(map(Path, typed_paths(_read(_("Files and folders"), str(folder), wrong_paths))))


def _show(question: str, options: Sequence[Option[Value]], marked: Sequence[int], leave: str = "") -> None:
    say(f"\n{question}")
    for number, option in enumerate(options, 1):
        mark = "*" if number in marked else " "
        note = f" - {option.note}" if option.note else ""
        say(f"{mark}{number:2}) {option.title}{note}")
    say("  0) " + (leave or _("Back")))


def _numbers(question: str, default: str, highest: int, most: int) -> list[int]:
    def check(text: str) -> str:
        parts = text.replace(",", " ").split()
        valid = 1 <= len(parts) <= most and all(
            part.isdecimal() and 0 < int(part) <= highest for part in parts
        )
        return "" if valid else _("numbers from 0 to {highest}").format(highest=highest)

    return [int(part) for part in _read(question, default, check).replace(",", " ").split()]


def _read(question: str, default: str, check: Callable[[str], str]) -> str:
    """Ask until the answer will do; an empty one means ``default``."""
    while True:
        sys.stderr.write(f"{question} [{default}]: " if default else f"{question}: ")
        sys.stderr.flush()
        try:
            line = sys.stdin.readline()
        except SignalReceived as error:
            raise (KeyboardInterrupt if error.reason == "interrupted" else error) from None
        if not line or line.strip() == "0":
            raise GoneBack
        text = line.strip() or default
        problem = check(text)
        if not problem:
            return text
        say(problem)
