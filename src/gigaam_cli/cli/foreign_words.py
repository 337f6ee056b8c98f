"""What the operating system and FFmpeg often say in English, marked so that the catalogue translates it."""

from __future__ import annotations

from gigaam_cli.core.i18n import mark

FOREIGN_WORDS = (
    mark("Permission denied"),
    mark("Operation not permitted"),
    mark("No such file or directory"),
    mark("Not a directory"),
    mark("Is a directory"),
    mark("File name too long"),
    mark("Too many levels of symbolic links"),
    mark("Too many open files"),
    mark("No space left on device"),
    mark("Disk quota exceeded"),
    mark("File too large"),
    mark("Read-only file system"),
    mark("Input/output error"),
    mark("Stale file handle"),
    mark("Cannot allocate memory"),
    mark("database is locked"),
    mark("database or disk is full"),
    mark("unable to open database file"),
    mark("attempt to write a readonly database"),
    mark("Invalid data found when processing input"),
    mark("moov atom not found"),
    mark("End of file"),
)
"""Details of errors; each is looked up in the catalogue as a whole."""
