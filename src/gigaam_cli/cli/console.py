"""The terminal: what it can show, and the consoles that show it."""

from __future__ import annotations

import codecs
import contextlib
import os
import shutil
import sys
from functools import lru_cache
from typing import TYPE_CHECKING, TextIO

import click

if TYPE_CHECKING:
    from rich.console import Console


def make_streams_safe() -> None:
    """Let no character end a run: what a terminal's encoding cannot show is shown as an escape."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            with contextlib.suppress(ValueError, OSError):
                stream.reconfigure(
                    encoding=better_encoding(stream.encoding, sys.platform), errors="backslashreplace"
                )


def better_encoding(encoding: str, system: str) -> str | None:
    """Return what to say lines in instead of ``encoding``, None where that will do.

    ASCII is what a locale that nobody set up says (LANG=C); today's terminals take UTF-8 all the same. On Windows
    terminals take everything, and what goes to files and pipes is to be read on other systems, too.
    """
    name = codecs.lookup(encoding).name
    return "utf-8" if name == "ascii" or (system == "win32" and name != "utf-8") else None


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


@lru_cache(maxsize=1)
def output_console() -> Console:
    """Return the console on stdout, for results that are drawn on a terminal."""
    from rich.console import Console

    # Rich takes a dumb terminal for one of 80 columns.
    size = shutil.get_terminal_size() if _is_dumb() and is_terminal(sys.stdout) else (None, None)
    return Console(highlight=False, markup=False, emoji=False, width=size[0], height=size[1])


def shows_unicode(stream: TextIO | None) -> bool:
    """Whether signs beyond letters may be shown: the encoding has them, and the locale is not one of ASCII.

    Python turns the locale C into C.UTF-8 by itself; the terminal behind it may be an old one all the same.
    """
    try:
        "\N{CHECK MARK}".encode(getattr(stream, "encoding", None) or "ascii")
    except (UnicodeError, LookupError):
        return False
    if sys.platform == "win32":
        return True
    named = [os.environ.get(name, "") for name in ("LC_ALL", "LC_CTYPE", "LANG")]
    if not named[0] and named[1] == "C.UTF-8" and named[2] in ("", "C", "POSIX"):
        return False
    return next(filter(None, named), "C").lower().replace("-", "").endswith(("utf8", "utf8@euro"))


def bars_fit() -> bool:
    """Whether stderr is a terminal on which lines can be drawn over."""
    return is_terminal(sys.stderr) and not _is_dumb()


def _is_dumb() -> bool:
    return os.environ.get("TERM", "dumb") == "dumb"


def draws(mode: str, quiet: bool) -> bool:
    """Whether bars are drawn where progress is to be shown in ``mode``."""
    return not quiet and (mode == "rich" or (mode == "auto" and bars_fit()))


def may_ask(non_interactive: bool) -> bool:
    """Whether somebody is there to answer a question."""
    return not non_interactive and is_terminal(sys.stdin) and is_terminal(sys.stderr)


def is_terminal(stream: TextIO | None) -> bool:
    """Whether somebody sits at ``stream``, which is None where the shell closed it."""
    return stream is not None and stream.isatty()
