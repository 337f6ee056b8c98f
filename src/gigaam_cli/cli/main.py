"""The program: its commands, and the boundary at which every error becomes a line and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from gigaam_cli.core.i18n import LANGUAGES, choose_language


def run() -> NoReturn:
    """Run the program and end the process with its exit code."""
    code = main(sys.argv[1:])
    # Threads inside native code cannot be asked to end; everything of value is on disk by now.
    flush_streams()
    os._exit(code)


def main(arguments: Sequence[str]) -> int:
    """Run the command that ``arguments`` name and return the exit code."""
    choose_language(_language(arguments))
    # Help texts are translated when the commands are imported, so the language comes first.
    from gigaam_cli.cli.commands import group
    from gigaam_cli.cli.errors import guarded

    return guarded(lambda: group.program.main(list(arguments), "gigaam", standalone_mode=False))


def flush_streams() -> None:
    """Write out what is buffered; a reader that is gone does not matter any more."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            try:
                stream.flush()
            except (OSError, ValueError):
                continue


def _language(arguments: Sequence[str]) -> str | None:
    """Find ``--lang`` before click does."""
    for index, argument in enumerate(arguments):
        if argument == "--":
            break
        value = argument.partition("=")[2] if argument.startswith("--lang=") else ""
        if argument == "--lang":
            value = next(iter(arguments[index + 1 : index + 2]), "")
        if value in LANGUAGES:
            return value
    return os.environ.get("GIGAAM_LANG")
