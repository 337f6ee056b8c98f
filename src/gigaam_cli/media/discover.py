"""Which recordings the inputs mean, with a reason for everything that is left out."""

from __future__ import annotations

import fnmatch
import os
import re
import stat
import time
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from gigaam_cli.core.errors import (
    GigaamError,
    InputMissingError,
    InputRefusedError,
    InputUnusableError,
    UnreadableError,
)
from gigaam_cli.core.spelling import Spelling

EXTENSIONS = frozenset(
    [
        ".mp3",
        ".wav",
        ".m4a",
        ".aac",
        ".flac",
        ".ogg",
        ".opus",
        ".oga",
        ".wma",
        ".amr",
        ".aiff",
        ".caf",
        ".mp4",
        ".m4v",
        ".mov",
        ".avi",
        ".mkv",
        ".webm",
        ".ts",
        ".3gp",
        ".mpg",
        ".qta",
    ]
)

_URL = re.compile(r"^[a-z][a-z0-9+.-]+://", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Found:
    """A recording. ``root`` is the folder whose tree the outputs mirror: the file's own when named outright."""

    path: Path
    root: Path
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that looked like an input and is none; ``reason`` is a stable code."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Something that the user named and that cannot be taken."""

    path: Path
    error: GigaamError


@dataclass(frozen=True, slots=True)
class Rules:
    """Which files of a folder count."""

    recursive: bool = True
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    settle_seconds: float = 0.0


@dataclass(slots=True)
class _Seen:
    """Files and folders met so far, by device and inode: links do not make a second recording of one."""

    paths: dict[tuple[int, int], Path] = field(default_factory=dict)

    def before(self, path: Path, status: os.stat_result) -> Path | None:
        """Return the path under which this file was met first, None if that is now."""
        key = (status.st_dev, status.st_ino) if status.st_ino else (0, hash(path))
        first = self.paths.setdefault(key, path)
        return None if first is path else first  # identity: the very object that was put there just now


def discover(inputs: Iterable[str | Path], rules: Rules) -> Iterator[Found | Skipped | Refused]:
    """Yield every recording that ``inputs`` (files and folders) mean, in order of path, each once."""
    seen, spelling = _Seen(), Spelling()
    for named in inputs:
        if _URL.match(str(named)):
            yield Refused(Path(str(named)), InputRefusedError(path=str(named)))
            continue
        if not str(named):  # such as a variable that nobody set
            yield Refused(Path("''"), InputMissingError())
            continue
        # As text: the same file must have the same name however it was reached.
        yield from _input(spelling.of(Path(os.path.abspath(named))), rules, seen)  # noqa: PTH100 - Path keeps ".."


def _input(path: Path, rules: Rules, seen: _Seen) -> Iterator[Found | Skipped | Refused]:
    try:
        status = path.stat()
    except (FileNotFoundError, ValueError):  # the latter where a NUL is in the name
        yield Refused(path, InputMissingError(path=path))
    except OSError as error:
        yield Refused(path, UnreadableError(detail=error.strerror or str(error)))
    else:
        if stat.S_ISDIR(status.st_mode):
            yield from _folder(path, path, rules, seen)
        elif not stat.S_ISREG(status.st_mode):
            yield Refused(path, InputUnusableError(path=path))
        elif seen.before(path, status) is None:
            yield _found(path, path.parent, status)


def _folder(top: Path, root: Path, rules: Rules, seen: _Seen) -> Iterator[Found | Skipped | Refused]:
    """Walk ``top`` in order of path, without recursion, so that depth costs nothing."""
    levels = [_listed(top, seen)]
    while levels:
        item = next(levels[-1], None)
        if item is None:
            levels.pop()
        elif not isinstance(item, Path):
            yield item
        elif (yield from _entry(item, root, rules, seen)):
            levels.append(_listed(item, seen))


def _listed(folder: Path, seen: _Seen) -> Iterator[Path | Skipped | Refused]:
    """Yield what is in ``folder``, or why it is not looked into."""
    try:
        if seen.before(folder, folder.stat()):
            yield Skipped(folder, "seen")
            return
        names = sorted(os.listdir(folder))  # noqa: PTH208 - names alone are what is wanted
    except OSError as error:
        yield Refused(folder, UnreadableError(detail=error.strerror or str(error)))
        return
    for name in names:
        yield folder / name


def _entry(
    path: Path, root: Path, rules: Rules, seen: _Seen
) -> Generator[Found | Skipped | Refused, None, bool]:
    """Yield what the entry of a folder is; return whether it is a folder to look into."""
    media = path.suffix.lower() in EXTENSIONS
    try:
        status = path.stat()
    except OSError as error:
        if media:
            yield Refused(path, UnreadableError(detail=error.strerror or str(error)))
        return False
    if media:
        yield from _media(path, root, status, rules, seen)
    return stat.S_ISDIR(status.st_mode) and rules.recursive and not _is_hidden(path, status)


def _media(
    path: Path, root: Path, status: os.stat_result, rules: Rules, seen: _Seen
) -> Iterator[Found | Skipped]:
    reason = _reason_to_skip(path, root, status, rules)
    if reason:
        yield Skipped(path, reason)
        return
    first = seen.before(path, status)
    if first is None:
        yield _found(path, root, status)
    elif first != path:
        yield Skipped(path, "seen")


def _reason_to_skip(path: Path, root: Path, status: os.stat_result, rules: Rules) -> str | None:
    if not stat.S_ISREG(status.st_mode):
        return "not_a_file"
    if _is_hidden(path, status):
        return "hidden"
    if rules.include and not _matches(path, root, rules.include):
        return "not_included"
    if rules.exclude and _matches(path, root, rules.exclude):
        return "excluded"
    # A clock ahead of ours, as of a server, gives times to come.
    if rules.settle_seconds and abs(time.time() - status.st_mtime) < rules.settle_seconds:
        return "unsettled"
    return None


def _matches(path: Path, root: Path, globs: tuple[str, ...]) -> bool:
    """A glob without a slash is for the name, one with a slash for the path below the folder named."""
    relative = path.relative_to(root).as_posix()
    slashed = (glob.replace(os.sep, "/") for glob in globs)
    return any(fnmatch.fnmatch(relative if "/" in glob else path.name, glob) for glob in slashed)


def _is_hidden(path: Path, status: os.stat_result) -> bool:
    """Whether a file or folder is hidden: by its name, or as Windows and macOS do it, such as the recycle bin."""
    attributes, flags = (getattr(status, name, 0) for name in ("st_file_attributes", "st_flags"))
    marked = attributes & stat.FILE_ATTRIBUTE_HIDDEN or flags & stat.UF_HIDDEN
    return path.name.startswith(".") or bool(marked)


def _found(path: Path, root: Path, status: os.stat_result) -> Found:
    return Found(path, root, status.st_size, status.st_mtime_ns)
