"""The program: its commands, and the boundary at which every error becomes a line and an exit code."""

from __future__ import annotations

import gettext
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from gigaam_cli.core.i18n import LANGUAGES, LOCALE_FOLDER, choose_language

_INTERRUPTED = 130
_STDERR = 2


def run() -> NoReturn:
    """Run the program and end the process with its exit code."""
    _occupy_closed_streams()
    try:
        code = main(sys.argv[1:])
    except KeyboardInterrupt:  # the program was still being loaded
        code = _INTERRUPTED
    # Threads inside native code cannot be asked to end; everything of value is on disk by now.
    flush_streams()
    os._exit(code)


def main(arguments: Sequence[str]) -> int:
    """Run the command that ``arguments`` name and return the exit code."""
    _speak(_language(arguments))
    from gigaam_cli.cli.console import make_streams_safe, may_ask
    from gigaam_cli.cli.errors import guarded

    make_streams_safe()
    if not arguments and may_ask(non_interactive=False):
        # The menu is there at once; commands are imported when one is chosen.
        from gigaam_cli.cli.menu.start import start

        return guarded(start)
    # Help texts are translated when the commands are imported, so the language comes first.
    from gigaam_cli.cli.commands import group

    return guarded(lambda: group.program.main(list(arguments), "gigaam", standalone_mode=False))


def _occupy_closed_streams() -> None:
    """Let no file that is opened later become stdin, stdout or stderr where the shell closed those."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= _STDERR:
        continue
    os.close(descriptor)


def flush_streams() -> None:
    """Write out what is buffered; a reader that is gone does not matter any more."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            try:
                stream.flush()
            except (OSError, ValueError):
                continue


def _speak(language: str | None) -> None:
    """Choose the language of our messages, and the same one for click's own."""
    chosen = choose_language(language)
    # Click's words come from gettext's default domain, in the language that the environment names.
    gettext.bindtextdomain("click", LOCALE_FOLDER)
    gettext.textdomain("click")
    os.environ["LANGUAGE"] = chosen


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
