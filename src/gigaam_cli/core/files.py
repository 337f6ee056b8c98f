"""What several layers do with files."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

BLOCK = 1 << 20
WINDOWS = os.name == "nt"
# Where hard links are not to be had (exFAT, some network disks); Windows has no number of its own for that.
NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EACCES} | (
    {errno.EINVAL} if WINDOWS else set()
)
_PAUSES = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8)


def sha256_of(file: Path, alive: Callable[[], None] = lambda: None) -> str:
    """Return the SHA-256 of a file's contents, in hex; ``alive`` is called now and then.

    Raises:
        OSError: it cannot be read.
    """
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(BLOCK):
            digest.update(block)
            alive()
    return digest.hexdigest()


def same_contents(one: Path, other: Path, alive: Callable[[], None] = lambda: None) -> bool:
    """Whether two files hold the same, read anew each time; ``alive`` is called now and then.

    Raises:
        OSError: one cannot be read.
    """
    with one.open("rb") as first, other.open("rb") as second:
        while (block := first.read(BLOCK)) == second.read(BLOCK):
            if not block:
                return True
            alive()
    return False


def patiently(change: Callable[[], object]) -> None:
    """Make a change to a name: rename, replace or delete.

    On Windows nobody can do that while another program, such as a virus scanner, has the file open: what is
    refused is tried again for a moment.

    Raises:
        OSError: it cannot be done.
    """
    for pause in _PAUSES if WINDOWS else ():
        if _is_allowed(change):
            return
        time.sleep(pause)
    change()


def _is_allowed(change: Callable[[], object]) -> bool:
    try:
        change()
    except PermissionError:
        return False
    return True


def replace_whole(target: Path, data: bytes, temporary: Path) -> None:
    """Put ``data`` in the place of what a file holds, at once and synced; it keeps its permissions.

    ``temporary`` is a name in the same folder.

    Raises:
        OSError: it cannot be done; the file is what it was.
    """
    try:
        with temporary.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        if target.exists():
            shutil.copymode(target, temporary)
        patiently(partial(temporary.replace, target))
    finally:
        temporary.unlink(missing_ok=True)


def give_name(path: Path, name: Path) -> None:
    """Give a file a second name, or its only one where the disk has no links; nothing is replaced.

    Raises:
        FileExistsError: something has that name.
        OSError: it cannot be done.
    """
    if WINDOWS:  # where a rename replaces nothing, and many disks have no links
        patiently(partial(path.rename, name))
        return
    if not path.is_symlink():  # some systems would link what it leads to
        try:
            os.link(path, name)
        except OSError as error:
            if error.errno not in NO_LINKS:
                raise
        else:
            return
    if os.path.lexists(name):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
    path.rename(name)
