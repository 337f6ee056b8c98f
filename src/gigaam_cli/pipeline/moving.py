"""What becomes of a recording when its texts are all there: it is moved away or deleted, if that was asked for."""

from __future__ import annotations

import errno
import filecmp
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from gigaam_cli.core.events import SourceDeleted, SourceMoved
from gigaam_cli.core.files import BLOCK, sha256_of
from gigaam_cli.pipeline.coverage import unheard
from gigaam_cli.pipeline.listing import folded
from gigaam_cli.pipeline.overview import place_of
from gigaam_cli.store.store import Store
from gigaam_cli.store.values import Fingerprint, is_there
from gigaam_cli.writers.publish import NO_LINKS, explained, sync_folder, temporary_in, tidy

_NAME_BYTES = 255


@dataclass(frozen=True, slots=True)
class Disposal:
    """What becomes of finished sources below ``roots``: they move below ``to``; None deletes them."""

    roots: tuple[Path, ...]
    to: Path | None


def finished(path: Path, texts: Sequence[Path], digest: str, store: Store) -> Fingerprint | None:
    """Return a recording as it is, if all of it is recognised, nothing is suspect and all its texts are there.

    A link is nobody's source: None.
    """
    try:
        if path.is_symlink() or not texts or not all(text.exists() for text in texts):
            return None
        file = Fingerprint.of(path)
    except OSError:  # not there any more
        return None
    recognition = store.recognised(file, digest)
    return None if recognition is None or unheard(store.spoken(recognition)) else file


class _Changed(Exception):  # noqa: N818 - it ends no more than a copy
    """The file is another one meanwhile."""


class Disposer:
    """Moves sources away, or deletes them; ``alive`` is called now and then while a large one is copied."""

    def __init__(self, disposal: Disposal, alive: Callable[[], None]) -> None:
        self._disposal, self._alive = disposal, alive
        self._tidied: set[Path] = set()

    def dispose(self, file: Fingerprint, store: Store) -> SourceMoved | SourceDeleted | None:
        """Do with a finished source what is to be done; the store knows it under its new name then.

        None where it stays: it changed meanwhile, or lies elsewhere and is only linked to.

        Raises:
            OutputError: it cannot be moved or deleted.
        """
        if not is_there(file) or not self._is_ours(file.path):
            return None
        to = self._disposal.to
        target = file.path if to is None else self._target(file.path, to)
        with explained(target, file.size):
            if to is None:
                file.path.unlink()
                return SourceDeleted(file.path)
            target.parent.mkdir(parents=True, exist_ok=True)
            self._tidy(target.parent)
            moved = move(file, target, lambda name: store.fingerprint(name) is not None, self._alive)
            if moved is None:
                return None
            store.move(file.path, Fingerprint.of(moved))
            return SourceMoved(file.path, moved)

    def recover(self, store: Store) -> None:
        """Let the store know of sources that were moved, and whose watch was killed before it could say so."""
        if self._disposal.to is None:
            return
        for known in store.known():
            path = known.file.path
            if place_of(path, self._disposal.roots) is not None and not os.path.lexists(path):
                self._look_for(known.file, self._disposal.to, store)

    def make_room(self, file: Fingerprint, store: Store) -> None:
        """Keep the texts of a source that was deleted from another of its name, which ``file`` is."""
        before = store.fingerprint(file.path) if self._disposal.to is None else None
        if before is None or before == file or not store.outputs.of(file.path):
            return
        try:
            if store.is_only_touched(file, sha256_of):
                return
        except OSError:  # that it cannot be read is found out when it is
            return
        name = _with_ending(file.path, f".deleted-{time.time_ns()}")
        store.move(file.path, replace(before, path=name))

    def _is_ours(self, path: Path) -> bool:
        """Whether a file lies below its root without links to other places in between."""
        root = place_of(path, self._disposal.roots)
        folder = Path(os.path.realpath(path.parent))
        return root is None or folder.is_relative_to(os.path.realpath(root))

    def _look_for(self, file: Fingerprint, to: Path, store: Store) -> None:
        for name in names_like(self._target(file.path, to)):
            if not os.path.lexists(name):
                return
            if store.fingerprint(name) is None and is_there(Fingerprint(name, file.size, file.mtime_ns)):
                store.move(file.path, Fingerprint(name, file.size, file.mtime_ns))
                return

    def _target(self, path: Path, to: Path) -> Path:
        root = place_of(path, self._disposal.roots)
        return to / path.relative_to(root if root is not None else path.parent)

    def _tidy(self, folder: Path) -> None:
        if folder not in self._tidied:
            tidy(folder)
            self._tidied.add(folder)


def names_like(path: Path) -> Iterator[Path]:
    """Yield ``path``, then the same with a counter, without end."""
    yield path
    for number in count(2):
        yield _with_ending(path, f" ({number})")


def _with_ending(path: Path, ending: str) -> Path:
    """Return ``path`` with something at the end of its stem, which is cut where the name would be too long."""
    stem, ending = path.stem, ending + path.suffix
    while stem and len(os.fsencode(stem + ending)) > _NAME_BYTES:
        stem = stem[:-1]
    return path.with_name(stem + ending)


def move(
    file: Fingerprint, target: Path, taken: Callable[[Path], bool], alive: Callable[[], None]
) -> Path | None:
    """Move a file to ``target`` or the first name like it that is free and not ``taken``; return that.

    Nothing is ever replaced. A move that was cut short is completed. None where the file changed meanwhile, or
    is there already: a folder may have several paths.

    Raises:
        OSError: it cannot be done.
    """
    for name in names_like(target):
        if is_one_entry(file.path, name):
            return None
        if _is_the_same(file, name):
            break
        if os.path.lexists(name) or taken(name):
            continue
        try:
            _place(file, name, alive)
        except FileExistsError:  # since the look at it
            continue
        except _Changed:
            return None
        break
    sync_folder(name.parent)
    file.path.unlink(missing_ok=True)
    sync_folder(file.path.parent)
    return name


def is_one_entry(path: Path, other: Path) -> bool:
    """Whether two paths are one file's only name: by links to folders, by mounts, or on a disk that folds case."""
    try:
        one, two = path.lstat(), other.lstat()
        if not os.path.samestat(one, two):
            return False
        same_name = folded(path.name) == folded(other.name) and path.parent.samefile(other.parent)
    except OSError:
        return False
    return same_name or one.st_nlink == 1


def _is_the_same(file: Fingerprint, other: Path) -> bool:
    """Whether ``other`` is this file or a copy of it."""
    if not is_there(Fingerprint(other, file.size, file.mtime_ns)) or other.is_symlink():
        return False
    return other.samefile(file.path) or filecmp.cmp(file.path, other, shallow=False)


def _place(file: Fingerprint, name: Path, alive: Callable[[], None]) -> None:
    """Give a file a second name, or its only one where the disk has no links, or put a copy there."""
    try:
        os.link(file.path, name)
    except OSError as error:
        if error.errno != errno.EXDEV and error.errno not in NO_LINKS:
            raise
        if not (error.errno in NO_LINKS and _renamed(file.path, name)):
            _copy(file, name, alive)


def _renamed(path: Path, name: Path) -> bool:
    """Rename, where no file is; False where ``name`` is on another disk."""
    if os.path.lexists(name):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
    try:
        path.rename(name)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        return False
    return True


def _copy(file: Fingerprint, name: Path, alive: Callable[[], None]) -> None:
    """Copy to a temporary file, and let that have the name when all of it is on disk."""
    temporary = temporary_in(name.parent)
    try:
        with file.path.open("rb") as source, temporary.open("xb") as copy:
            while block := source.read(BLOCK):
                copy.write(block)
                alive()
            copy.flush()
            os.fsync(copy.fileno())
        shutil.copystat(file.path, temporary)
        if not is_there(file):
            raise _Changed
        try:
            os.link(temporary, name)
        except OSError as error:
            if error.errno not in NO_LINKS or not _renamed(temporary, name):
                raise
    finally:
        temporary.unlink(missing_ok=True)
