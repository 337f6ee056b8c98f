"""The tables of the state store, as steps from one version to the next. Steps are never edited, only added.

recordings    a file by its path, with the fingerprint it had when it was recognised
recognitions  one recording under one digest of model and options, with what became of it
segments      what was said in one segment, written as soon as it is known
outputs       files that gigaam published, as they were then: a changed file is the user's
placing       outputs that are about to get their names: a run that is killed then leaves it to the next to look
leases        recordings that a run is at
file_hashes   SHA-256 of large files that rarely change (models), by fingerprint
runs          the latest runs, with what came of them; without an end where they were killed
"""

from __future__ import annotations

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE recordings (
        id INTEGER PRIMARY KEY,
        path BLOB NOT NULL UNIQUE,
        size INTEGER NOT NULL,
        mtime_ns INTEGER NOT NULL,
        content_hash TEXT
    );
    CREATE TABLE recognitions (
        id INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used again: outputs name the one that they show
        recording INTEGER NOT NULL REFERENCES recordings ON DELETE CASCADE,
        digest TEXT NOT NULL,
        status TEXT NOT NULL CHECK (status IN ('working', 'done', 'partial', 'failed')),
        error_code TEXT,
        error_message TEXT,
        model TEXT NOT NULL,
        engine TEXT NOT NULL,
        container TEXT NOT NULL DEFAULT '',
        codec TEXT NOT NULL DEFAULT '',
        stream INTEGER NOT NULL DEFAULT 0,
        duration REAL NOT NULL DEFAULT 0,
        speech_seconds REAL NOT NULL DEFAULT 0,
        changed_at REAL NOT NULL,
        UNIQUE (recording, digest)
    );
    CREATE TABLE segments (
        recognition INTEGER NOT NULL REFERENCES recognitions ON DELETE CASCADE,
        start REAL NOT NULL,
        channel INTEGER NOT NULL,  -- -1 where channels are not told apart
        end REAL NOT NULL,
        words TEXT NOT NULL,
        speaker TEXT,
        PRIMARY KEY (recognition, start, channel)
    ) WITHOUT ROWID;
    CREATE TABLE outputs (
        path BLOB PRIMARY KEY,
        recording INTEGER NOT NULL REFERENCES recordings ON DELETE CASCADE,
        recognition INTEGER NOT NULL,
        format TEXT NOT NULL,
        shaping TEXT NOT NULL,
        size INTEGER NOT NULL,
        mtime_ns INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX outputs_by_recording ON outputs (recording);
    CREATE TABLE file_hashes (
        path BLOB PRIMARY KEY,
        size INTEGER NOT NULL,
        mtime_ns INTEGER NOT NULL,
        sha256 TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE placing (
        path BLOB PRIMARY KEY,
        recording INTEGER NOT NULL REFERENCES recordings ON DELETE CASCADE,
        recognition INTEGER NOT NULL,
        format TEXT NOT NULL,
        shaping TEXT NOT NULL,
        size INTEGER NOT NULL,
        mtime_ns INTEGER NOT NULL
    ) WITHOUT ROWID;
    """,
    """
    -- seconds, 0 where it was not kept yet
    ALTER TABLE segments ADD COLUMN speech REAL NOT NULL DEFAULT 0
    """,
    "CREATE TABLE leases (recording BLOB PRIMARY KEY, run TEXT NOT NULL) WITHOUT ROWID",
    """
    CREATE TABLE runs (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        began_at REAL NOT NULL,  -- seconds since 1970
        ended_at REAL,
        run TEXT NOT NULL,  -- its name among those that live
        pid INTEGER NOT NULL,
        version TEXT NOT NULL,
        model TEXT NOT NULL,
        precision TEXT NOT NULL,
        devices TEXT NOT NULL,  -- JSON, as are the inputs
        inputs TEXT NOT NULL,
        input_count INTEGER NOT NULL,
        done INTEGER NOT NULL DEFAULT 0,
        failed INTEGER NOT NULL DEFAULT 0,
        skipped INTEGER NOT NULL DEFAULT 0,
        suspect INTEGER NOT NULL DEFAULT 0,
        audio_seconds REAL NOT NULL DEFAULT 0,
        wall_seconds REAL NOT NULL DEFAULT 0,
        ended TEXT  -- why before its time
    )
    """,
    """
    -- 1 where texts were adopted and nobody knows the words
    ALTER TABLE recognitions ADD COLUMN wordless INTEGER NOT NULL DEFAULT 0
    """,
    """
    -- how often it failed for reasons that may be the recording's fault
    ALTER TABLE recognitions ADD COLUMN failures INTEGER NOT NULL DEFAULT 0
    """,
    "ALTER TABLE outputs ADD COLUMN sha256 TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE placing ADD COLUMN sha256 TEXT NOT NULL DEFAULT ''",
)

VERSION = len(MIGRATIONS)
