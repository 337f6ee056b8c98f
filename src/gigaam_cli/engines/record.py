"""What was installed: each file's size, time and SHA-256, kept beside the files and compared at every load."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from gigaam_cli.core.files import replace_whole, sha256_of
from gigaam_cli.core.i18n import mark as _
from gigaam_cli.core.model_errors import ModelChangedError, ModelDamagedError

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
    data = json.dumps({"schema": _SCHEMA, "files": files}, indent=1).encode()
    replace_whole(folder / RECORD, data, partial)


def is_unchanged(record: FileRecord, path: Path) -> bool:
    """Whether size and time are those of the record."""
    try:
        status = path.stat()
    except OSError:
        return False
    return (status.st_size, status.st_mtime_ns) == (record.size, record.mtime_ns)


def check(folder: Path, owns: Callable[[str], bool], command: str, *, note: bool = True) -> None:
    """Compare the recorded files that ``owns`` names with what was installed; ``note`` is as for ``changed``.

    Raises:
        ModelChangedError: one is not what was installed, or the record is damaged; ``command`` mends it.
    """
    try:
        records = read(folder)
    except ModelDamagedError as error:
        detail = str(error.values["detail"])
        raise ModelChangedError(
            folder=folder, file=folder / RECORD, detail=detail, command=command
        ) from error
    found = changed(folder, [kept for name, kept in sorted(records.items()) if owns(name)], note=note)
    if found is not None:
        path, problem = found
        raise ModelChangedError(folder=folder, file=path, detail=problem, command=command)


def changed(folder: Path, records: Sequence[FileRecord], *, note: bool = True) -> tuple[Path, str] | None:
    """Return the first file that is not what was installed and how it differs, None where all are.

    Files are compared by size and time, and where only the time is another by what is in them: then the record
    learns the new time, so that a copied model is read once only, unless ``note`` is false.
    """
    touched = []
    for kept in records:
        path = folder / kept.name
        if is_unchanged(kept, path):
            continue
        problem = difference(kept, path)
        if problem:
            return path, problem
        touched.append(describe(path, kept.sha256, kept.commit))
    if touched and note:
        with contextlib.suppress(OSError, ModelDamagedError):  # a folder that is not ours to write to
            write(folder, {**read(folder), **{kept.name: kept for kept in touched}}.values())
    return None


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
