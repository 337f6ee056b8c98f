"""The program: its commands, and the boundary at which every error becomes a line and an exit code."""

from __future__ import annotations

import gettext
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from gigaam_cli.core.i18n import LOCALE_FOLDER, choose_language

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
    from gigaam_cli.cli import completion
    from gigaam_cli.cli.console import make_streams_safe, may_ask
    from gigaam_cli.cli.errors import guarded

    make_streams_safe()
    completes = completion.VARIABLE in os.environ  # a shell asks then, which has a terminal, too
    if not arguments and not completes and may_ask(non_interactive=False):
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
    """Find ``--lang`` before click does, or else what the environment or the settings file say of it."""
    named = _value_of("--lang", arguments) or os.environ.get("GIGAAM_LANG")
    return named or _language_of_settings(_value_of("--profile", arguments))


def _value_of(flag: str, arguments: Sequence[str]) -> str:
    """Return the value of a long flag, the last where it stands there several times."""
    found = ""
    for index, argument in enumerate(arguments):
        if argument == "--":
            break
        if argument == flag:
            found = next(iter(arguments[index + 1 : index + 2]), "")
        elif argument.startswith(f"{flag}="):
            found = argument.partition("=")[2]
    return found


def _language_of_settings(profile: str) -> str | None:
    """Return what the settings file says, None where it makes no sense: that is told where settings are used.

    What can be read only once is left to them, too.
    """
    from gigaam_cli.core.paths import settings_file

    if not os.path.isfile(settings_file()):  # noqa: PTH113 - Path raises in a home that is closed to us
        return None
    from gigaam_cli.core.settings import load, merged
    from gigaam_cli.core.settings_errors import SettingsError

    try:
        document = load()
    except SettingsError:
        return None
    chosen = profile or os.environ.get("GIGAAM_PROFILE")
    given = merged(document.layers(chosen if chosen in document.profiles else None))
    language = given["lang"].value if "lang" in given else None
    return language if isinstance(language, str) else None
