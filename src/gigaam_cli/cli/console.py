"""The terminal: what it can show, and the consoles that show it."""

from __future__ import annotations

import contextlib
import os
import sys
from functools import lru_cache
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console


def make_streams_safe() -> None:
    """Let no character end a run: what a terminal's encoding cannot show is shown as an escape."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            with contextlib.suppress(ValueError, OSError):
                stream.reconfigure(errors="backslashreplace")


def text_output() -> TextIO:
    """Return stdout for results: always UTF-8 with plain newlines, whatever the locale."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace", newline="\n")
    return sys.stdout


@lru_cache(maxsize=1)
def error_console() -> Console:
    """Return the console on stderr; colours only on a terminal, and never with NO_COLOR."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=not sys.stderr.isatty())


def bars_fit() -> bool:
    """Whether stderr is a terminal on which lines can be drawn over."""
    return sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb"
