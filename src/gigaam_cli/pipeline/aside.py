"""Taking a file away from its name, so that whatever arrives under that name meanwhile is left alone."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path

from gigaam_cli.core.files import give_name, patiently
from gigaam_cli.store.values import Fingerprint, is_there
from gigaam_cli.writers.publish import explained, sync_folder

_NAME_BYTES = 255
# Not a temporary file's name: what is in there is somebody's recording.
_ASIDE = ".gigaam-aside-"


@contextlib.contextmanager
def set_aside(file: Fingerprint) -> Iterator[Path | None]:
    """Within ``with``, have a file in a hidden folder beside its place; None if it is another one than it was.

    Whatever is in there at the end gets its name back. Where that was cut short, ``put_all_back`` does it.

    Raises:
        OSError: it cannot be renamed.
    """
    folder = file.path.with_name(_ASIDE + secrets.token_hex(8))
    aside = folder / file.path.name
    folder.mkdir()
    try:
        with contextlib.suppress(FileNotFoundError):
            patiently(partial(file.path.rename, aside))
        yield aside if is_there(replace(file, path=aside)) and not aside.is_symlink() else None
    finally:
        _put_back(folder)


def put_all_back(folder: Path, recursive: bool) -> None:
    """Give what was set aside in a folder, or below it, its names back: whoever did it was killed.

    Raises:
        OutputError: that cannot be done.
    """
    seen: set[str] = set()
    for place, folders, _files in os.walk(folder, followlinks=True):
        real = os.path.realpath(place)
        if real in seen:  # by a link that leads back
            folders.clear()
        seen.add(real)
        for name in folders:
            if name.startswith(_ASIDE):
                with explained(Path(place, name), 0):
                    _put_back(Path(place, name))
        folders[:] = [name for name in folders if recursive and not name.startswith(".")]


def _put_back(folder: Path) -> None:
    """Give each file in ``folder`` its name beside that, or the first like it that is free; remove the folder."""
    for aside in tuple(folder.iterdir()) if folder.is_dir() else ():
        for name in names_like(folder.parent / aside.name):
            if _has_both_names(aside, name) or _given(aside, name):
                aside.unlink(missing_ok=True)
                break
    sync_folder(folder.parent)
    with contextlib.suppress(OSError):  # somebody put something there
        folder.rmdir()


def _has_both_names(path: Path, name: Path) -> bool:
    """Whether a file was given its name and was to lose the other one."""
    try:
        one, two = path.lstat(), name.lstat()
    except OSError:
        return False
    return os.path.samestat(one, two) and one.st_nlink > 1


def _given(path: Path, name: Path) -> bool:
    """Give a file a name if nothing has it."""
    try:
        give_name(path, name)
    except FileExistsError:
        return False
    return True


def names_like(path: Path) -> Iterator[Path]:
    """Yield ``path``, then the same with a counter, without end."""
    yield path
    for number in count(2):
        yield with_ending(path, f" ({number})")


def with_ending(path: Path, ending: str) -> Path:
    """Return ``path`` with something at the end of its stem, which is cut where the name would be too long."""
    stem, ending = path.stem, ending + path.suffix
    while stem and len(os.fsencode(stem + ending)) > _NAME_BYTES:
        stem = stem[:-1]
    return path.with_name(stem + ending)
