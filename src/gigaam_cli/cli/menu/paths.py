"""Paths as people give them: typed, completed, quoted by a shell, dropped on the terminal."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from urllib.parse import unquote, urlsplit

from gigaam_cli.cli.menu.layout import place
from gigaam_cli.cli.parameters import absolute
from gigaam_cli.core.i18n import translate as _


def typed_paths(line: str, folder: str | Path = "") -> tuple[str, ...]:
    """Return the absolute paths in ``line``: one as it stands, or several with quotes as a shell has them.

    What is not there is one path, spaces and all, unless it reads as several. Names without a folder are in
    ``folder``, by default the current one.
    """
    line = line.strip()
    if not line:
        return ()
    if os.path.lexists(_within(folder, line)) or _is_one_that_is_not_there(folder, line):
        return (_within(folder, line),)
    return tuple(_within(folder, _local(part)) for part in _parts(line))


def wrong_paths(line: str, folder: str | Path = "") -> str:
    """Return what is wrong with the paths in ``line``, or nothing."""
    paths = typed_paths(line, folder)
    missing = next((path for path in paths if not os.path.exists(path)), None)  # noqa: PTH110 - no ValueError
    if missing is not None:
        return _("{path} is not there").format(path=place(missing))
    return "" if paths else _("name a file or a folder")


def wrong_folder(line: str) -> str:
    """Return why ``line`` names no folder for texts, or nothing; it need not be there yet."""
    paths = typed_paths(line)
    if len(paths) != 1:
        return _("name one folder")
    taken = os.path.lexists(paths[0]) and not os.path.isdir(paths[0])  # noqa: PTH112 - no ValueError
    return _("{path} is a file").format(path=place(paths[0])) if taken else ""


def _within(folder: str | Path, path: str) -> str:
    return str(absolute(os.path.join(folder, os.path.expanduser(path))))  # noqa: PTH111, PTH118 - text


def _is_one_that_is_not_there(folder: str | Path, line: str) -> bool:
    """Whether no part of ``line`` says that it is a path by itself: quoted, there, or beginning anew."""
    first, *others = line.split()
    quoted = any(mark in line for mark in ("'", '"', "file://", *(() if os.name == "nt" else ("\\",))))
    begun = any(part.startswith("~") or os.path.isabs(part) for part in others)  # noqa: PTH117 - text
    there = any(os.path.lexists(_within(folder, part)) for part in (first, *others))
    return not quoted and not begun and not there


def _parts(line: str) -> list[str]:
    if os.name == "nt":  # a backslash is no escape there
        return [part.strip('"') for part in shlex.split(line, posix=False)]
    try:
        return shlex.split(line)
    except ValueError:  # a quote that is part of a name
        return [line]


def _local(part: str) -> str:
    """Return the path that a file manager's address means."""
    return unquote(urlsplit(part).path) if part.startswith("file://") else part
