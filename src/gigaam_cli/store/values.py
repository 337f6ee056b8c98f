"""What goes into the state store and comes out of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A file as it is now."""

    path: Path
    size: int
    mtime_ns: int

    @classmethod
    def of(cls, path: Path) -> Fingerprint:
        """Look at ``path``; raises OSError where it cannot be seen."""
        status = path.stat()
        return cls(path, status.st_size, status.st_mtime_ns)


@dataclass(frozen=True, slots=True)
class Ending:
    """What is known of a recording once it is recognised, beside its segments; times in seconds."""

    duration: float
    speech_seconds: float
    container: str
    codec: str
    stream: int
    partial: bool = False
    contents: str | None = None
    """The file's SHA-256."""


@dataclass(frozen=True, slots=True)
class Output:
    """A file of gigaam's: as it is on disk, its format, the digest of its shaping, and its SHA-256."""

    file: Fingerprint
    format: str
    shaping: str
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class KnownOutput:
    """A file that gigaam published, as it was then."""

    file: Fingerprint
    recording: Path
    recognition: int
    format: str
    shaping: str
    sha256: str = ""
    """Of what was published; empty where nobody knows."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """From when to when a segment is, seconds of speech in it, and whether a word was heard."""

    start: float
    end: float
    speech: float
    words: bool


@dataclass(frozen=True, slots=True)
class Known:
    """A recording as it was when it was last recognised, and what became of that."""

    file: Fingerprint
    recognition: int
    status: str
    model: str
    error_code: str = ""
    error_message: str = ""
    contents: str | None = None
    """The file's SHA-256."""


def is_there(file: Fingerprint) -> bool:
    """Whether a file is still what it was."""
    try:
        return Fingerprint.of(file.path) == file
    except OSError:
        return False
