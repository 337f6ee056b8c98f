"""What becomes of a recording when its texts are all there: it is moved away or deleted, if that was asked for."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gigaam_cli.core.events import SourceDeleted, SourceMoved
from gigaam_cli.core.files import BLOCK, NO_LINKS, give_name, same_contents, sha256_of
from gigaam_cli.core.spelling import folded
from gigaam_cli.pipeline.aside import names_like, set_aside, with_ending
from gigaam_cli.pipeline.coverage import unheard
from gigaam_cli.pipeline.folders import check_folder
from gigaam_cli.pipeline.overview import place_of
from gigaam_cli.store.store import Store
from gigaam_cli.store.values import Fingerprint, is_there
from gigaam_cli.writers.publish import explained, sync_folder, temporary_in, tidy


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
                return self._delete(file, store)
            check_folder(target.parent)
            target.parent.mkdir(parents=True, exist_ok=True)
            self._tidy(target.parent)
            moved = move(file, target, lambda name: store.fingerprint(name) is not None, self._alive)
            if moved is None:
                return None
            store.move(file.path, Fingerprint.of(moved))
            return SourceMoved(file.path, moved)

    def recover(self, store: Store) -> None:
        """Let the store know of sources that were moved, and whose watch was killed before it could say so.

        Another recording may have the name of such a one by now.
        """
        if self._disposal.to is None:
            return
        for known in store.known():
            path = known.file.path
            if place_of(path, self._disposal.roots) is not None and not is_there(known.file):
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
        store.move(file.path, replace(before, path=_past_name(file.path)))

    def _delete(self, file: Fingerprint, store: Store) -> SourceDeleted | None:
        """Delete a file that says what was recognised; another one with its name, size and time is to be, too."""
        with set_aside(file) as source:
            if source is None:
                return None
            if sha256_of(source, self._alive) == store.contents(file):
                source.unlink()
                return SourceDeleted(file.path)
        store.move(file.path, replace(file, path=_past_name(file.path)))
        return None

    def _is_ours(self, path: Path) -> bool:
        """Whether a file lies below its root without links to other places in between."""
        root = place_of(path, self._disposal.roots)
        folder = Path(os.path.realpath(path.parent))
        return root is None or folder.is_relative_to(os.path.realpath(root))

    def _look_for(self, file: Fingerprint, to: Path, store: Store) -> None:
        for name in names_like(self._target(file.path, to)):
            known = store.fingerprint(name) is not None
            if not os.path.lexists(name) and not known:
                return
            if not known and is_there(Fingerprint(name, file.size, file.mtime_ns)):
                store.move(file.path, Fingerprint(name, file.size, file.mtime_ns))
                return

    def _target(self, path: Path, to: Path) -> Path:
        root = place_of(path, self._disposal.roots)
        return to / path.relative_to(root if root is not None else path.parent)

    def _tidy(self, folder: Path) -> None:
        if folder not in self._tidied:
            tidy(folder)
            self._tidied.add(folder)


def move(
    file: Fingerprint, target: Path, taken: Callable[[Path], bool], alive: Callable[[], None]
) -> Path | None:
    """Move a file to ``target`` or the first name like it that is free and not ``taken``; return that.

    Nothing is ever replaced. A move that was cut short is completed. None where the file changed meanwhile, or
    is there already: a folder may have several paths.

    Raises:
        OSError: it cannot be done.
    """
    name = _name_of_before(file, target, taken, alive)
    if name is not None and is_one_entry(file.path, name):
        return None
    with contextlib.ExitStack() as staging:
        try:
            there = None if name else staging.enter_context(_staged(file, target.parent, alive))
        except _Changed:
            return None
        with set_aside(file) as source:
            if source is None:
                return None
            name = name or _place(there or source, target, taken)
            staging.close()  # as long as the source is there, the next watch looks into the target's folder
            sync_folder(name.parent)
            if not os.path.lexists(
                name
            ):  # it went with the source: they are one, by paths that do not show it
                return None
            source.unlink(missing_ok=True)
    return name


def _past_name(path: Path) -> Path:
    """Return what the store calls a recording that is there no longer, so that another one may have its name."""
    return with_ending(path, f".deleted-{time.time_ns()}")


def _name_of_before(
    file: Fingerprint, target: Path, taken: Callable[[Path], bool], alive: Callable[[], None]
) -> Path | None:
    """Return the name under which a move that was cut short has put a file."""
    for name in names_like(target):
        if is_one_entry(file.path, name) or _is_the_same(file, name, alive):
            return name
        if not os.path.lexists(name) and not taken(name):
            break
    return None


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


def _is_the_same(file: Fingerprint, other: Path, alive: Callable[[], None]) -> bool:
    """Whether ``other`` is this file or a copy of it."""
    if not is_there(Fingerprint(other, file.size, file.mtime_ns)) or other.is_symlink():
        return False
    return other.samefile(file.path) or same_contents(file.path, other, alive)


@contextlib.contextmanager
def _staged(file: Fingerprint, folder: Path, alive: Callable[[], None]) -> Iterator[Path | None]:
    """Have a second link to a file in ``folder``, or a copy; None where, for want of links, a rename will do."""
    temporary = temporary_in(folder)
    try:
        yield temporary if _doubled(file, temporary, alive) else None
    finally:
        temporary.unlink(missing_ok=True)


def _doubled(file: Fingerprint, temporary: Path, alive: Callable[[], None]) -> bool:
    try:
        os.link(file.path, temporary)
    except OSError as error:
        if error.errno != errno.EXDEV and error.errno not in NO_LINKS:
            raise
        if error.errno != errno.EXDEV and file.path.stat().st_dev == temporary.parent.stat().st_dev:
            return False
        _copy(file, temporary, alive)
    return True


def _copy(file: Fingerprint, temporary: Path, alive: Callable[[], None]) -> None:
    with file.path.open("rb") as source, temporary.open("xb") as copy:
        while block := source.read(BLOCK):
            copy.write(block)
            alive()
        copy.flush()
        os.fsync(copy.fileno())
    shutil.copystat(file.path, temporary)
    if not is_there(file):
        raise _Changed


def _place(path: Path, target: Path, taken: Callable[[Path], bool]) -> Path:
    """Give a file the first name like ``target`` that is free and not ``taken``; return that."""
    for name in names_like(target):
        if os.path.lexists(name) or taken(name):
            continue
        with contextlib.suppress(FileExistsError):  # since the look at it
            give_name(path, name)
            break
    return name
