"""Putting texts where they belong: all of a recording's files or none, whole or not at all, nobody else's lost."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from gigaam_cli.core.errors import DiskFullError, OutputError, OutputExistsError

_TEMPORARY = ".gigaam-"
_BEGAN = time.time() - 1.0
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
# Where hard links are not to be had (exFAT, some network disks).
NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EACCES}


class FaultPoint(Protocol):
    """Where tests let the disk fail: called before each ``write``, ``fsync`` and ``rename``."""

    def __call__(self, step: str, path: Path) -> None:
        """Raise OSError to make ``step`` on ``path`` fail."""


def no_fault(step: str, path: Path) -> None:
    """Let every step pass."""


def to_nobody(files: tuple[Published, ...]) -> None:
    """Keep to oneself what is about to be published."""


@dataclass(frozen=True, slots=True)
class Published:
    """A file as it was when it was published; whoever changes it later makes it their own."""

    path: Path
    size: int
    mtime_ns: int
    sha256: str


@dataclass(frozen=True, slots=True)
class _Staged:
    """A text on disk that waits for its name; ``backup`` keeps what it replaces until all are placed."""

    temporary: Path
    backup: Path
    file: Published


class Publisher:
    """Writes the files of one recording at a time.

    ``ours`` says whether the file at a path is one that gigaam wrote and nobody changed since: only such a
    file is replaced, unless ``overwrite``.
    """

    def __init__(
        self, ours: Callable[[Path], bool], overwrite: bool = False, fault: FaultPoint = no_fault
    ) -> None:
        self._ours = ours
        self._overwrite = overwrite
        self._fault = fault
        self._tidied: set[Path] = set()

    def publish(
        self, texts: Mapping[Path, str], announce: Callable[[tuple[Published, ...]], None] = to_nobody
    ) -> tuple[Published, ...]:
        """Write each text to its path: temporary file in the same folder, fsync, rename.

        Texts are asked for one by one, so that a mapping may make them only then. ``announce`` is told of the
        files before the first gets its name: whoever is killed in between finds out later which of them are
        there.

        Raises:
            OutputExistsError: somebody else's file is in the way.
            DiskFullError: there is no room.
            OutputError: anything else that the file system refuses.
        """
        staged: list[_Staged] = []
        try:
            for target in texts:
                staged.append(self._stage(target, texts[target]))  # noqa: PERF401 - each at once, for ``finally``
            files = tuple(item.file for item in staged)
            announce(files)
            self._place_all(staged)
        finally:
            for item in staged:
                _remove(item.temporary)
                _remove(item.backup)
        return files

    def _stage(self, target: Path, text: str) -> _Staged:
        data = text.encode("utf-8", "replace")
        with explained(target, len(data)):
            return self._write(target, data)

    def _write(self, target: Path, data: bytes) -> _Staged:
        target.parent.mkdir(parents=True, exist_ok=True)
        self._tidy(target.parent)
        temporary = temporary_in(target.parent)
        backup = temporary.with_suffix(".old.tmp")
        try:
            with temporary.open("xb") as file:
                self._fault("write", target)
                file.write(data)
                file.flush()
                self._fault("fsync", target)
                os.fsync(file.fileno())
            status = temporary.stat()
        except OSError:
            _remove(temporary)
            raise
        sha256 = hashlib.sha256(data).hexdigest()
        return _Staged(temporary, backup, Published(target, status.st_size, status.st_mtime_ns, sha256))

    def _place_all(self, staged: list[_Staged]) -> None:
        with contextlib.ExitStack() as undo:
            for item in staged:
                with explained(item.file.path, item.file.size):
                    undo.callback(_quietly, self._place(item))
            undo.pop_all()
        for folder in {item.file.path.parent for item in staged}:
            sync_folder(folder)

    def _place(self, item: _Staged) -> Callable[[], object]:
        """Give the file its name; return what takes that back."""
        target = item.file.path
        self._fault("rename", target)
        if (self._overwrite or self._ours(target)) and os.path.lexists(target):
            _copy(target, item.backup)
            item.temporary.replace(target)
            return partial(item.backup.replace, target)
        _move_to_free_name(item.temporary, target)
        return target.unlink

    def _tidy(self, folder: Path) -> None:
        """Remove what runs that were killed left behind in ``folder``, once a run."""
        if folder in self._tidied:
            return
        self._tidied.add(folder)
        tidy(folder)


def temporary_in(folder: Path) -> Path:
    """Return a name of a temporary file in ``folder`` that ``tidy`` knows."""
    return folder / f"{_TEMPORARY}{os.getpid()}-{secrets.token_hex(4)}.tmp"


def tidy(folder: Path) -> None:
    """Remove the temporary files in ``folder`` that processes left behind when they were killed."""
    for leftover in folder.glob(f"{_TEMPORARY}*.tmp"):
        if not _alive(leftover):
            _remove(leftover)


def _move_to_free_name(temporary: Path, target: Path) -> None:
    """Rename without ever replacing anything: a link to an existing name fails, a rename would not."""
    try:
        os.link(temporary, target)
    except FileExistsError as error:
        _take_the_place_of_its_like(temporary, target, error)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        if target.exists():
            _take_the_place_of_its_like(temporary, target, error)
        else:
            temporary.rename(target)


def _take_the_place_of_its_like(temporary: Path, target: Path, error: OSError) -> None:
    """Replace a file that says the very same: another run was faster, or the store was lost."""
    if not target.is_file() or target.is_symlink() or target.read_bytes() != temporary.read_bytes():
        raise OutputExistsError(path=target) from error
    temporary.replace(target)


def _copy(file: Path, to: Path) -> None:
    """Keep ``file`` under a second name: a link where the disk has them, for the sake of its time and of room."""
    try:
        os.link(file, to, follow_symlinks=False)
    except (OSError, NotImplementedError):
        shutil.copy2(file, to, follow_symlinks=False)


def _remove(file: Path) -> None:
    _quietly(partial(file.unlink, missing_ok=True))


def _quietly(action: Callable[[], object]) -> None:
    with contextlib.suppress(OSError):
        action()


@contextlib.contextmanager
def explained(target: Path, size: int) -> Iterator[None]:
    """Turn what the operating system says into an error of ours."""
    try:
        yield
    except OSError as error:
        detail = error.strerror or str(error)
        if error.errno in _NO_ROOM:
            raise DiskFullError(path=target, size=size, detail=detail) from error
        raise OutputError(path=target, detail=detail) from error


def sync_folder(folder: Path) -> None:
    """Make the renames last through a power cut, where the system can."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _alive(leftover: Path) -> bool:
    """Whether the process that made a temporary file may still be writing it."""
    number = leftover.name.removeprefix(_TEMPORARY).partition("-")[0]
    if number == str(os.getpid()):  # in a container every run may have the same number
        return leftover.stat().st_mtime >= _BEGAN
    if not number.isdigit() or os.name == "nt":
        return True  # on Windows os.kill(pid, 0) would end the process instead of looking for it
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
