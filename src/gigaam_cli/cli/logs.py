"""The log on stderr: in English, silent unless -v asks for it."""

from __future__ import annotations

import logging
from typing import Any

from gigaam_cli.cli.console import error_console


class _ConsoleHandler(logging.Handler):
    """Prints above the bars instead of through them."""

    def emit(self, record: logging.LogRecord) -> None:
        error_console().print(self.format(record))


def configure(verbosity: int) -> None:
    """Show the log of gigaam: with -v what happens, with -vv everything, otherwise nothing."""
    logger = logging.getLogger("gigaam_cli")
    logger.setLevel({0: logging.CRITICAL, 1: logging.INFO}.get(verbosity, logging.DEBUG))
    handler = _ConsoleHandler()
    handler.setFormatter(_Formatter(verbosity > 1))
    logger.handlers = [handler]


class _Formatter(logging.Formatter):
    """A line a record; the traceback only where everything is wanted."""

    def __init__(self, tracebacks: bool) -> None:
        super().__init__("%(asctime)s %(levelname)s %(threadName)s %(message)s", "%H:%M:%S")
        self._tracebacks = tracebacks

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's name
        return super().formatException(ei) if self._tracebacks else ""

    def format(self, record: logging.LogRecord) -> str:
        return super().format(record).rstrip("\n")
