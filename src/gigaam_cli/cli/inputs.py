"""The inputs of a command: arguments, lists of names, and a recording on stdin."""

from __future__ import annotations

import codecs
import locale
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import click

from gigaam_cli.cli.console import is_terminal
from gigaam_cli.cli.journal import failed_in
from gigaam_cli.cli.parameters import expanded
from gigaam_cli.core.errors import DiskFullError, EmptyFileError
from gigaam_cli.core.i18n import translate as _
from gigaam_cli.writers.registry import FORMATS


@dataclass(frozen=True, slots=True)
class Inputs:
    """Paths to look at; ``stdin`` says that the only one is a copy of what came on stdin."""

    paths: tuple[str, ...]
    stdin: bool = False


@contextmanager
def gathered(flags: Mapping[str, Any]) -> Iterator[Inputs]:
    """Gather the inputs that ``flags`` name; a recording on stdin is kept in a file while the body runs."""
    _refuse_formats(flags["files"])
    named = tuple(expanded((*flags["inputs"], *flags["files"], *flags["directory"])))
    if "-" in named:
        if len(named) > 1 or flags["files_from"]:
            raise click.UsageError(
                _("- takes one recording from stdin and cannot be mixed with other inputs")
            )
        with _spooled() as path:
            yield Inputs((str(path),), stdin=True)
        return
    listed = _listed(flags["files_from"], flags["null"]) if flags["files_from"] else ()
    if not named and not flags["files_from"]:
        raise click.UsageError(_("name a file or a folder, or - for a recording on stdin"))
    yield Inputs((*named, *listed))


def _refuse_formats(files: Iterable[str]) -> None:
    """Refuse ``-f srt`` where no such file is there: the formats were meant, and a run without them is in vain."""
    for name in files:
        if set(name.lower().split(",")) <= set(FORMATS) and not os.path.lexists(name):
            message = _("-f {name}: no such file or folder; formats have a capital letter: -F {name}")
            raise click.UsageError(message.format(name=name))


def _listed(source: str, null: bool) -> tuple[str, ...]:
    try:
        data = _stdin().read() if source == "-" else Path(source).read_bytes()
    except OSError as error:
        detail = _(error.strerror or str(error))
        message = _("the list {path} cannot be read: {detail}").format(path=source, detail=detail)
        raise click.UsageError(message) from error
    data = _plain(data)
    if data.lstrip()[:1] == b"{":
        return tuple(failed_in(iter(data.splitlines())))
    names = data.split(b"\0") if null else data.splitlines()
    return tuple(_decoded(name) for name in names if name.strip())


def _plain(data: bytes) -> bytes:
    """Return a list as UTF-8 without a mark: on Windows PowerShell writes UTF-16, and editors such a mark."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace").encode("utf-8", "surrogatepass")
    return data.removeprefix(codecs.BOM_UTF8)


def _decoded(name: bytes) -> str:
    """Return a name; on Windows one that is not UTF-8 is in the code page of its programs."""
    try:
        return os.fsdecode(name)
    except UnicodeDecodeError:
        return name.decode(locale.getpreferredencoding(False), "replace")


@contextmanager
def _spooled() -> Iterator[Path]:
    """Copy stdin to a file: FFmpeg must be able to go back in many formats, and a pipe cannot."""
    stdin = _stdin()
    if is_terminal(sys.stdin):
        raise click.UsageError(_("- reads a recording from stdin, but stdin is a terminal"))
    with tempfile.TemporaryDirectory(prefix="gigaam-", ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "stdin"
        try:
            with path.open("wb") as file:
                shutil.copyfileobj(stdin, file, 1 << 20)
        except OSError as error:
            raise DiskFullError(path=path, size="?", detail=error.strerror or str(error)) from error
        if path.stat().st_size == 0:
            raise EmptyFileError
        yield path


def _stdin() -> BinaryIO:
    if sys.stdin is None:
        raise click.UsageError(_("- reads from stdin, but stdin is closed"))
    return sys.stdin.buffer
