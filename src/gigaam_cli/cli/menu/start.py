"""Where the menu begins: bare ``gigaam`` on a terminal, or a command line with ``-i``."""

from __future__ import annotations

from gigaam_cli.cli.menu.answers import Answers
from gigaam_cli.cli.menu.asking import asker
from gigaam_cli.cli.menu.flow import Session, State, walk
from gigaam_cli.cli.signals import Signals


def start() -> int:
    """Begin with what gigaam can do; return the exit code of the last run."""
    from gigaam_cli.cli.menu.home import home

    with Signals():  # where one ends the menu, the terminal is to be as it was
        return walk(Session(asker()), home, State())


def start_with(answers: Answers) -> int:
    """Begin with what would come of ``answers``, or with what to transcribe where that is not among them."""
    from gigaam_cli.cli.menu.ready import ready
    from gigaam_cli.cli.menu.what import what

    named = answers.inputs or "--files-from" in answers.rest
    with Signals():
        return walk(Session(asker()), ready if named else what, State(answers))
