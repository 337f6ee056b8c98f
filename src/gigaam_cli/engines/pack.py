"""Models on their way to a machine without network: a plain tar with a manifest, to a file or down a pipe.

A tar of regular files under short names, in GNU's form, which knows sizes above 8 GiB without extra headers. It
is the same byte for byte whenever and by whomever it is made.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import shutil
import tarfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from gigaam_cli.core.errors import OutputError
from gigaam_cli.core.events import Observer, PackDone, PackProgress, PackStarted
from gigaam_cli.core.files import sha256_of
from gigaam_cli.core.i18n import mark as _
from gigaam_cli.core.model_errors import (
    ModelChangedError,
    ModelDamagedError,
    ModelNotThereError,
    PackExistsError,
)
from gigaam_cli.engines import record
from gigaam_cli.engines.inventory import complete_precisions, files_in, named, present
from gigaam_cli.engines.manifest import MANIFEST, PackedFile, PackedModel, written
from gigaam_cli.engines.models import pull_command


@dataclass(frozen=True, slots=True)
class Packed:
    """A model that is whole, and where its files are."""

    model: PackedModel
    folder: Path


def prepared(name: str) -> Packed:
    """Read all files of a model and compare them with what was installed.

    Raises:
        ModelUnknownError: gigaam does not know it.
        ModelNotThereError: it is not here, or not as a whole.
        ModelChangedError: a file is not what was installed, or cannot be read.
    """
    entry, folder = named(name), present(name).folder
    files = files_in(folder)
    complete = complete_precisions(entry, {file.name for file in files})
    if not complete:
        raise ModelNotThereError(model=name)
    owned = [file for file in files if any(entry.owns(file.name, precision) for precision in complete)]
    try:
        records = record.read(folder)
        found = tuple(_described(file, records) for file in sorted(owned))
    except (OSError, ModelDamagedError) as error:
        raise _changed(name, folder, str(error)) from error
    return Packed(PackedModel(entry, found), folder)


def _described(file: Path, records: dict[str, record.FileRecord]) -> PackedFile:
    """Return what the manifest says of a file; one that was put there by hand is as it is."""
    kept, sha256 = records.get(file.name), sha256_of(file)
    if kept is not None and kept.sha256 != sha256:
        raise _changed(file.parent.name, file, _CHANGED)
    return PackedFile(file.name, file.stat().st_size, sha256, kept.commit if kept else "")


_CHANGED = _("its contents changed")


def _changed(name: str, path: Path, detail: str) -> ModelChangedError:
    return ModelChangedError(folder=path.parent, file=path, detail=detail, command=pull_command(name))


def pack(models: Sequence[Packed], stream: BinaryIO, target: str, observer: Observer) -> None:
    """Write models to ``stream``, which may be a pipe; ``target`` is what people call it.

    Raises:
        ModelChangedError: a file changed meanwhile; what was written is no whole pack.
        OSError: it cannot be written.
    """
    _write(models, stream, target, observer)
    observer(PackDone(_names(models), target, sum(each.model.size for each in models)))


def _names(models: Sequence[Packed]) -> tuple[str, ...]:
    return tuple(each.model.entry.name for each in models)


def _write(models: Sequence[Packed], stream: BinaryIO, target: str, observer: Observer) -> None:
    files, size = sum(len(each.model.files) for each in models), sum(each.model.size for each in models)
    observer(PackStarted(_names(models), target, files, size))
    there = 0

    def progress(name: str, count: int) -> None:
        nonlocal there
        there += count
        observer(PackProgress(name, there))

    with tarfile.open(fileobj=stream, mode="w|", format=tarfile.GNU_FORMAT) as tar:
        content = written(each.model for each in models)
        tar.addfile(_header(MANIFEST, len(content)), io.BytesIO(content))
        for each in models:
            for file in each.model.files:
                _add(tar, each, file, progress)
    stream.flush()


def pack_file(models: Sequence[Packed], file: Path, observer: Observer, *, overwrite: bool = False) -> None:
    """Write models to ``file``, which gets its name when all of it is there.

    Raises:
        PackExistsError: something of that name is there, and ``overwrite`` is not said.
        ModelChangedError: a model's file changed meanwhile.
        OutputError: it cannot be written, or there is no room.
    """
    if file.exists() and not overwrite:
        raise PackExistsError(path=file)
    partial = file.with_name(f".{file.name}.{os.getpid()}.partial")
    size = sum(each.model.size for each in models)
    try:
        if shutil.disk_usage(file.parent).free < size:
            raise OutputError(path=file, detail=_("the models are larger than the free space"))
        with partial.open("wb") as stream:
            _write(models, stream, str(file), observer)
            os.fsync(stream.fileno())
        partial.replace(file)
        observer(PackDone(_names(models), str(file), size))
    except OSError as error:
        raise OutputError(path=file, detail=error.strerror or str(error)) from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()


def _add(tar: tarfile.TarFile, each: Packed, file: PackedFile, progress: Callable[[str, int], None]) -> None:
    path = each.folder / file.name
    with path.open("rb") as source:
        read = _Read(source, lambda count: progress(file.name, count))
        try:
            tar.addfile(_header(each.model.place_of(file), file.size), read)
        except OSError as error:
            if read.left:
                raise
            raise _changed(each.model.entry.name, path, _CHANGED) from error  # shorter than it was
    if read.sha256 != file.sha256:
        raise _changed(each.model.entry.name, path, _CHANGED)


class _Read(io.RawIOBase):
    """A file that is read once: what it held is known afterwards; ``left`` is False when it came to its end."""

    def __init__(self, source: BinaryIO, progress: Callable[[int], None]) -> None:
        self._source, self._progress, self._digest = source, progress, hashlib.sha256()
        self.left = True

    @property
    def sha256(self) -> str:
        """The checksum of what was read."""
        return self._digest.hexdigest()

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        data = self._source.read(size)
        self.left = len(data) == size
        self._digest.update(data)
        self._progress(len(data))
        return data


def _header(name: str, size: int) -> tarfile.TarInfo:
    header = tarfile.TarInfo(name)
    header.size = size
    header.mode = 0o644
    return header
