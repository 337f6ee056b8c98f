"""What the system, FFmpeg and TOML's reader often say in English, marked for the catalogue to translate."""

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
    mark("Invalid statement"),
    mark("Invalid value"),
    mark("Invalid date or datetime"),
    mark("Invalid initial character for a key part"),
    mark("Expected newline or end of document after a statement"),
    mark("Expected '=' after a key in a key/value pair"),
    mark("Expected ']' at the end of a table declaration"),
    mark("Cannot overwrite a value"),
    mark("Unclosed array"),
    mark("Unclosed inline table"),
    mark("Unterminated string"),
    mark("Unescaped '\\' in a string"),
)
"""Details of errors; each is looked up in the catalogue as a whole."""
