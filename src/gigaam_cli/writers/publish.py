"""Putting texts where they belong: all of a recording's files or none, whole or not at all, nobody else's lost."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from gigaam_cli.core.errors import DiskFullError, OutputError, OutputExistsError

_TEMPORARY = ".gigaam-"
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
# Where hard links are not to be had (exFAT, some network disks).
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EACCES}


class FaultPoint(Protocol):
    """Where tests let the disk fail: called before each ``write``, ``fsync`` and ``rename``."""

    def __call__(self, step: str, path: Path) -> None:
        """Raise OSError to make ``step`` on ``path`` fail."""


def no_fault(step: str, path: Path) -> None:
    """Let every step pass."""


@dataclass(frozen=True, slots=True)
class Published:
    """A file as it was when it was published; whoever changes it later makes it their own."""

    path: Path
    size: int
    mtime_ns: int


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

    def publish(self, texts: Mapping[Path, str]) -> tuple[Published, ...]:
        """Write each text to its path: temporary file in the same folder, fsync, rename.

        Raises:
            OutputExistsError: somebody else's file is in the way.
            DiskFullError: there is no room.
            OutputError: anything else that the file system refuses.
        """
        staged: list[tuple[Path, Path]] = []
        try:
            for target, text in texts.items():
                with _explained(target, text):
                    staged.append((self._stage(target, text), target))
            return self._place_all(staged)
        finally:
            for temporary, _ in staged:
                with contextlib.suppress(OSError):
                    temporary.unlink(missing_ok=True)

    def _stage(self, target: Path, text: str) -> Path:
        target.parent.mkdir(parents=True, exist_ok=True)
        self._tidy(target.parent)
        temporary = target.parent / f"{_TEMPORARY}{os.getpid()}-{secrets.token_hex(4)}.tmp"
        try:
            with temporary.open("x", encoding="utf-8", newline="\n", errors="replace") as file:
                self._fault("write", target)
                file.write(text)
                file.flush()
                self._fault("fsync", target)
                os.fsync(file.fileno())
        except OSError:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise
        return temporary

    def _place_all(self, staged: list[tuple[Path, Path]]) -> tuple[Published, ...]:
        fresh: list[Path] = []
        try:
            for temporary, target in staged:
                with _explained(target, ""):
                    if self._place(temporary, target):
                        fresh.append(target)
        except OutputError:
            for target in fresh:
                with contextlib.suppress(OSError):
                    target.unlink()
            raise
        for folder in {target.parent for _, target in staged}:
            _sync_folder(folder)
        return tuple(_published(target) for _, target in staged)

    def _place(self, temporary: Path, target: Path) -> bool:
        """Give the file its name; return whether there was none of that name before."""
        self._fault("rename", target)
        if self._overwrite or self._ours(target):
            fresh = not target.exists()
            temporary.replace(target)
            return fresh
        _move_to_free_name(temporary, target)
        return True

    def _tidy(self, folder: Path) -> None:
        """Remove what runs that were killed left behind in ``folder``, once a run."""
        if folder in self._tidied:
            return
        self._tidied.add(folder)
        for leftover in folder.glob(f"{_TEMPORARY}*.tmp"):
            if not _alive(leftover):
                with contextlib.suppress(OSError):
                    leftover.unlink()


def _move_to_free_name(temporary: Path, target: Path) -> None:
    """Rename without ever replacing anything: a link to an existing name fails, a rename would not."""
    try:
        os.link(temporary, target)
    except FileExistsError as error:
        raise OutputExistsError(path=target) from error
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if target.exists():
            raise OutputExistsError(path=target) from error
        temporary.rename(target)


@contextlib.contextmanager
def _explained(target: Path, text: str) -> Iterator[None]:
    """Turn what the operating system says into an error of ours."""
    try:
        yield
    except OSError as error:
        detail = error.strerror or str(error)
        if error.errno in _NO_ROOM:
            raise DiskFullError(path=target, size=len(text.encode()), detail=detail) from error
        raise OutputError(path=target, detail=detail) from error


def _published(target: Path) -> Published:
    status = target.stat()
    return Published(target, status.st_size, status.st_mtime_ns)


def _sync_folder(folder: Path) -> None:
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
    if not number.isdigit() or int(number) == os.getpid() or os.name == "nt":
        return True  # on Windows os.kill(pid, 0) would end the process instead of looking for it
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
