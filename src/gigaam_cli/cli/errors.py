"""Exit codes, and how errors are told."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import click

from gigaam_cli.cli.console import say
from gigaam_cli.cli.signals import ENDINGS, SignalReceived
from gigaam_cli.core.errors import EnvironmentFailure, GigaamError, NoMediaFoundError, OutputError
from gigaam_cli.core.i18n import translate as _
from gigaam_cli.core.settings_errors import SettingsError

OK, SOME_FAILED, USAGE, NO_MEDIA, ENVIRONMENT, OUTPUT = range(6)
BUG = 70
BROKEN_PIPE = 141
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def exit_code(error: GigaamError) -> int:
    """Return the exit code of a run that ``error`` ended."""
    if isinstance(error, OutputError):
        return OUTPUT
    if isinstance(error, EnvironmentFailure):
        return ENVIRONMENT
    if isinstance(error, SettingsError):
        return USAGE
    return NO_MEDIA if isinstance(error, NoMediaFoundError) else SOME_FAILED


def guarded(program: Callable[[], object]) -> int:
    """Run ``program`` and turn whatever it raises into a line on stderr and an exit code."""
    try:
        result = program()
    except (KeyboardInterrupt, SignalReceived) as error:
        return ENDINGS[getattr(error, "reason", "interrupted")]
    except SystemExit as end:
        # Click leaves every ending to us but one: where the reader of stdout is gone, it exits with 1.
        return BROKEN_PIPE if end.code == 1 else OK
    except Exception as error:  # noqa: BLE001 - the last boundary: one line, no traceback
        return _told(error)
    return result if isinstance(result, int) else OK


def _told(error: Exception) -> int:
    """Say what ``error`` means and return its exit code."""
    if isinstance(error, GigaamError):
        tell(error)
        return exit_code(error)
    if isinstance(error, click.ClickException):
        with contextlib.suppress(OSError):  # a log on a full disk
            error.show()
        return error.exit_code
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, click.exceptions.Abort):
        return ENDINGS["interrupted"]
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        # Files have errors of their own: this comes from what stdout was sent to.
        tell(OutputError(path=_("standard output"), detail=error.strerror))
        return OUTPUT
    _tell_bug(error)
    return BUG


def tell(error: GigaamError) -> None:
    """Say on stderr what happened and what to do next."""
    say(f"gigaam: {explain(error)} [{error.code}]")


def explain(error: GigaamError) -> str:
    """Return the message and the hint, in the language of the user."""
    message, hint = error.message(_), error.hint(_)
    return printable(f"{message}. {hint}" if hint else message)


def printable(text: object) -> str:
    """Return ``text`` on one line, without control characters and half characters of foreign names."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape", "surrogatepass").decode()
        for letter in str(text)
    )


def row(*fields: object) -> str:
    """Return fields as a line for people and programs alike: printable, with tabs between."""
    return "\t".join(map(printable, fields))


def _tell_bug(error: Exception) -> None:
    log = _write_crash_log()
    where = _("The details are in {path}.").format(path=log) if log else _("Run with -vv for the details.")
    what = _("gigaam: an error of gigaam itself: {error}").format(error=repr(error))
    say(printable(f"{what}. {where}"))
    if any(argument.startswith("-vv") for argument in sys.argv):
        traceback.print_exc()


def _write_crash_log() -> Path | None:
    from gigaam_cli.core.paths import state_folder

    try:
        folder = state_folder() / "logs"
        folder.mkdir(parents=True, exist_ok=True)
        log = folder / f"crash-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.log"
        log.write_text(traceback.format_exc(), encoding="utf-8", errors="backslashreplace")
    except OSError:
        return None
    return log
