"""Models that come in a pack: nothing of it gets its name before all of it is found right."""

from __future__ import annotations

import hashlib
import os
import shutil
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from gigaam_cli.core.events import FetchDone, FetchProgress, FetchStarted, Observer
from gigaam_cli.core.files import BLOCK
from gigaam_cli.core.i18n import mark as _
from gigaam_cli.core.model_errors import ModelsFolderError, PackDamagedError
from gigaam_cli.core.paths import models_folder
from gigaam_cli.engines.lock import alone
from gigaam_cli.engines.manifest import LARGEST, MANIFEST, PackedFile, PackedModel, parsed
from gigaam_cli.engines.placing import Arrived, contents_problem, place, records_of, written_to
from gigaam_cli.engines.record import FileRecord

_NOT_ITS = _("something is in it that its list does not name")
_BREAKS_OFF = _("it breaks off, or is no pack at all")


def unpack(stream: BinaryIO, source: str, observer: Observer) -> tuple[str, ...]:
    """Install the models of a pack, which may come through a pipe; return their names.

    ``source`` is what people call it.

    Raises:
        PackDamagedError: it is not whole, or holds what it must not; nothing was installed.
        PackForeignError: it holds what this gigaam does not know.
        ModelsFolderError: the models' folder cannot be written to, or has no room.
    """
    with _told(source):
        tar = tarfile.open(fileobj=stream, mode="r|", tarinfo=_PlainFile)  # noqa: SIM115 - nothing in it is to be closed
    models = _manifest(tar, source)
    with _alone(models, observer):
        size = sum(model.size for model in models)
        if shutil.disk_usage(models_folder()).free < size:
            raise ModelsFolderError(
                path=models_folder(), detail=_("the models are larger than the free space")
            )
        names = tuple(model.entry.name for model in models)
        files = sum(len(model.files) for model in models)
        observer(FetchStarted(", ".join(names), source, files, size, 0))
        with _partials(models) as partials:
            _receive(tar, source, partials, observer)
            for model in models:
                _place(model, partials)
                observer(FetchDone(model.entry.name, _folder(model), model.size, fetched=True))
    return names


class _PlainFile(tarfile.TarInfo):
    """A header of a regular file; all others are refused before what belongs to them is read."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> _PlainFile:
        """Read a header.

        Raises:
            PackDamagedError: it is a folder's, a link's, a device's, or one that says more of the next.
        """
        found = super().frombuf(buf, encoding, errors)
        if found.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or found.name.endswith("/"):
            raise PackDamagedError(source="", detail=_NOT_ITS)
        return found


@contextmanager
def _told(source: str) -> Iterator[None]:
    """Turn what is wrong with a tar, or with reading it, into an error of ours."""
    try:
        yield
    except PackDamagedError as error:
        raise PackDamagedError(source=source, detail=error.values["detail"]) from error
    except (tarfile.TarError, ValueError) as error:
        raise PackDamagedError(source=source, detail=_BREAKS_OFF) from error
    except OSError as error:
        raise PackDamagedError(source=source, detail=error.strerror or str(error)) from error


Partials = dict[str, tuple[PackedFile, Path, PackedModel]]
"""Where each file of a pack arrives, by what it is called in the pack."""


def _folder(model: PackedModel) -> Path:
    return models_folder() / model.entry.name


@contextmanager
def _alone(models: Sequence[PackedModel], observer: Observer) -> Iterator[None]:
    """Hold the locks of all models, always in the same order."""
    with ExitStack() as held:
        for model in sorted(models, key=lambda model: model.entry.name):
            held.enter_context(written_to(_folder(model)))
            held.enter_context(alone(_folder(model), model.entry.name, observer))
            _folder(model).mkdir(exist_ok=True)  # one that failed while we waited has removed it
        yield


@contextmanager
def _partials(models: Sequence[PackedModel]) -> Iterator[Partials]:
    """Names for what arrives, other ones than a pull's, which may be half done; nothing of them stays."""
    partials = {
        model.place_of(file): (
            file,
            _folder(model) / f"{file.name}.{file.sha256[:16]}.unpacked.partial",
            model,
        )
        for model in models
        for file in model.files
    }
    try:
        yield partials
    finally:
        for _file, path, _model in partials.values():
            path.unlink(missing_ok=True)


def _manifest(tar: tarfile.TarFile, source: str) -> tuple[PackedModel, ...]:
    with _told(source):
        member = tar.next()
    if member is None or member.name != MANIFEST or member.size > LARGEST:
        raise PackDamagedError(source=source, detail=_BREAKS_OFF)
    return parsed(b"".join(_blocks(tar, member, source)), source)


def _receive(tar: tarfile.TarFile, source: str, partials: Partials, observer: Observer) -> None:
    """Write everything that is in the pack to its partial file, and compare it with the manifest."""
    waited_for, total = set(partials), 0
    while waited_for:
        with _told(source):
            member = tar.next()
        if member is None:
            raise PackDamagedError(source=source, detail=_BREAKS_OFF)
        if member.name not in waited_for or member.size != partials[member.name][0].size:
            raise PackDamagedError(source=source, detail=_NOT_ITS)
        waited_for.discard(member.name)
        file, path, model = partials[member.name]
        for there in _written(_blocks(tar, member, source), file, path, source):
            observer(FetchProgress(model.entry.name, file.name, there, total + there))
        total += file.size
        problem = contents_problem(model.entry, file.name, path)
        if problem is not None:
            raise PackDamagedError(source=source, detail=problem)
    with _told(source):
        if tar.next() is not None:
            raise PackDamagedError(source=source, detail=_NOT_ITS)


def _written(blocks: Iterator[bytes], file: PackedFile, path: Path, source: str) -> Iterator[int]:
    """Write a file and compare its checksum; yield how much of it is there."""
    digest, there = hashlib.sha256(), 0
    with path.open("wb") as target:
        for block in blocks:
            target.write(block)
            digest.update(block)
            there += len(block)
            yield there
        target.flush()
        os.fsync(target.fileno())
    if there != file.size or digest.hexdigest() != file.sha256:
        raise PackDamagedError(source=source, detail=_("a checksum is not the one that it declares"))


def _blocks(tar: tarfile.TarFile, member: tarfile.TarInfo, source: str) -> Iterator[bytes]:
    contents = tar.extractfile(member)
    assert contents is not None  # noqa: S101 - a regular file
    while True:
        with _told(source):
            block = contents.read(BLOCK)
        if not block:
            return
        yield block


def _place(model: PackedModel, partials: Partials) -> None:
    """Give a model's files their names; other precisions stay unless a file that they share is another one."""
    records = records_of(_folder(model))
    names = {file.name for file in model.files}
    renewed = any(file.name in records and records[file.name].sha256 != file.sha256 for file in model.files)
    others: list[FileRecord] = (
        [] if renewed else [kept for name, kept in records.items() if name not in names]
    )
    arrived = [
        Arrived(file.name, partials[model.place_of(file)][1], file.sha256, file.commit)
        for file in model.files
    ]
    place(_folder(model), arrived, others)
