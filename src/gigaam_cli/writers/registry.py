"""The formats by name; light enough for the command line to list them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gigaam_cli.writers.base import Writer

FORMATS: tuple[str, ...] = ("txt", "timecodes", "srt", "vtt", "json", "tsv", "md")
"""The names, in the order in which people see them."""


def writer(name: str) -> Writer:
    """Return the writer of a format, one of ``FORMATS``; KeyError for any other name."""
    return _writers()[name]


@lru_cache(maxsize=1)
def _writers() -> dict[str, Writer]:
    from gigaam_cli.writers.json_writer import JsonWriter
    from gigaam_cli.writers.md import MdWriter
    from gigaam_cli.writers.srt import SrtWriter
    from gigaam_cli.writers.timecodes import TimecodesWriter
    from gigaam_cli.writers.tsv import TsvWriter
    from gigaam_cli.writers.txt import TxtWriter
    from gigaam_cli.writers.vtt import VttWriter

    writers: tuple[Writer, ...] = (
        TxtWriter(),
        TimecodesWriter(),
        SrtWriter(),
        VttWriter(),
        JsonWriter(),
        TsvWriter(),
        MdWriter(),
    )
    return {writer.name: writer for writer in writers}
