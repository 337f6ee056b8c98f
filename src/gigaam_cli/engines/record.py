"""What was installed: each file's size, time and SHA-256, kept beside the files and compared at every load."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from gigaam_cli.core.errors import ModelChangedError, ModelDamagedError
from gigaam_cli.core.files import sha256_of
from gigaam_cli.core.i18n import mark as _

RECORD = "installed.json"
_SCHEMA = 1


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A file as it was installed; ``commit`` is the hub's, from which it came."""

    name: str
    size: int
    mtime_ns: int
    sha256: str
    commit: str


def describe(path: Path, sha256: str, commit: str) -> FileRecord:
    """Return the record of a file that is in its place."""
    status = path.stat()
    return FileRecord(path.name, status.st_size, status.st_mtime_ns, sha256, commit)


def read(folder: Path) -> dict[str, FileRecord]:
    """Return the records of a folder by file name; none where somebody put the files there by hand.

    Raises:
        ModelDamagedError: the record itself cannot be read.
    """
    try:
        content = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        return {item["name"]: FileRecord(**item) for item in content["files"]}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, LookupError) as error:
        raise ModelDamagedError(folder=folder, detail=f"{RECORD}: {error}") from error


def write(folder: Path, records: Iterable[FileRecord]) -> None:
    """Replace the records of a folder, all or none.

    Raises:
        OSError: the folder cannot be written to.
    """
    files = [asdict(record) for record in sorted(records, key=lambda record: record.name)]
    partial = folder / f"{RECORD}.partial"
    with partial.open("w", encoding="utf-8") as stream:
        json.dump({"schema": _SCHEMA, "files": files}, stream, indent=1)
        stream.flush()
        os.fsync(stream.fileno())
    partial.replace(folder / RECORD)


def is_unchanged(record: FileRecord, path: Path) -> bool:
    """Whether size and time are those of the record."""
    try:
        status = path.stat()
    except OSError:
        return False
    return (status.st_size, status.st_mtime_ns) == (record.size, record.mtime_ns)


def check(folder: Path, files: Iterable[Path], command: str) -> None:
    """Compare files with their records: by size and time, and where only the time differs by what is in them.

    Raises:
        ModelChangedError: one is not what was installed; ``command`` installs it again.
        ModelDamagedError: the record cannot be read.
    """
    records = read(folder)
    for path in files:
        record = records.get(path.name)
        if record is None or is_unchanged(record, path):
            continue
        problem = difference(record, path)
        if problem:
            raise ModelChangedError(folder=folder, file=path, detail=problem, command=command)


def difference(record: FileRecord, path: Path) -> str | None:
    """Return how a file's contents differ from the record, None where they do not."""
    try:
        if path.stat().st_size != record.size:
            return _("its size is another")
        return None if sha256_of(path) == record.sha256 else _("its contents changed")
    except OSError as error:
        return error.strerror or str(error)


def verify(folder: Path) -> Iterator[tuple[str, str | None]]:
    """Read every recorded file of a folder; yield its name and what is wrong with it, None for nothing."""
    for name, record in sorted(read(folder).items()):
        yield name, difference(record, folder / name)
