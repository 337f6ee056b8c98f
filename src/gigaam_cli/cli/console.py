"""The terminal: what it can show, and the consoles that show it."""

from __future__ import annotations

import codecs
import contextlib
import os
import sys
from functools import lru_cache
from typing import TYPE_CHECKING, TextIO

import click

if TYPE_CHECKING:
    from rich.console import Console


def make_streams_safe() -> None:
    """Let no character end a run: what a terminal's encoding cannot show is shown as an escape.

    ASCII is what a locale that nobody set up says (LANG=C); today's terminals take UTF-8 all the same.
    """
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            ascii_only = codecs.lookup(stream.encoding).name == "ascii"
            with contextlib.suppress(ValueError, OSError):
                stream.reconfigure(encoding="utf-8" if ascii_only else None, errors="backslashreplace")


def say(text: str) -> None:
    """Print a line on stderr; a log that cannot be written, say on a full disk, ends no run."""
    with contextlib.suppress(OSError):
        click.echo(text, err=True)


def text_output() -> TextIO:
    """Return stdout for results: always UTF-8 with plain newlines, whatever the locale."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace", newline="\n")
    return sys.stdout


@lru_cache(maxsize=1)
def error_console() -> Console:
    """Return the console on stderr; colours only on a terminal, and never with NO_COLOR."""
    from rich.console import Console

    return Console(
        stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=not is_terminal(sys.stderr)
    )


def shows_unicode() -> bool:
    """Whether more than ASCII is drawn: where the locale is nobody's (LANG=C), lines and dots are plain.

    Python itself sets LC_CTYPE to C.UTF-8 there, which says nothing of the terminal.
    """
    if sys.platform == "win32":
        return "utf" in error_console().encoding.lower()
    names = [os.environ.get(name, "") for name in ("LC_ALL", "LC_CTYPE", "LANG")]
    if not names[0] and names[1].upper() == "C.UTF-8":
        names[1] = ""
    locale = next(filter(None, names), "C").upper()
    return "UTF-8" in locale or "UTF8" in locale


def bars_fit() -> bool:
    """Whether stderr is a terminal on which lines can be drawn over."""
    return is_terminal(sys.stderr) and os.environ.get("TERM", "dumb") != "dumb"


def draws(mode: str, quiet: bool) -> bool:
    """Whether bars are drawn where progress is to be shown in ``mode``."""
    return not quiet and (mode == "rich" or (mode == "auto" and bars_fit()))


def may_ask(non_interactive: bool) -> bool:
    """Whether somebody is there to answer a question."""
    return not non_interactive and is_terminal(sys.stdin) and is_terminal(sys.stderr)


def is_terminal(stream: TextIO | None) -> bool:
    """Whether somebody sits at ``stream``, which is None where the shell closed it."""
    return stream is not None and stream.isatty()
