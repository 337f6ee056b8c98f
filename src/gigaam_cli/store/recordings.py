"""The recordings that the store knows, by path."""

from __future__ import annotations

import os

from gigaam_cli.store.database import Database
from gigaam_cli.store.values import Fingerprint


def number_of(database: Database, file: Fingerprint) -> int:
    """Return the number of ``file``; where it is another file by now, what was said in the old one goes."""
    key = (os.fsencode(file.path), file.size, file.mtime_ns)
    database.run(
        "DELETE FROM recognitions WHERE recording ="
        " (SELECT id FROM recordings WHERE path = ? AND (size, mtime_ns) != (?, ?))",
        key,
    )
    database.run(
        "INSERT INTO recordings (path, size, mtime_ns) VALUES (?, ?, ?) ON CONFLICT (path) DO UPDATE"
        " SET content_hash = iif((size, mtime_ns) = (excluded.size, excluded.mtime_ns), content_hash, NULL),"
        " size = excluded.size, mtime_ns = excluded.mtime_ns",
        key,
    )
    row = database.run("SELECT id FROM recordings WHERE path = ?", key[:1]).fetchone()
    return int(row[0])
