"""Rewritten models beside what they were made from; made anew for another recipe, onnxruntime or processor."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import platform
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from gigaam_cli.core import ort
from gigaam_cli.core.events import ModelRewriting, ModelRewritten, Observer
from gigaam_cli.core.files import patiently
from gigaam_cli.core.i18n import mark as _
from gigaam_cli.core.model_errors import ModelDamagedError
from gigaam_cli.core.paths import models_folder
from gigaam_cli.engines import record
from gigaam_cli.engines.lock import alone
from gigaam_cli.engines.models import InstalledModel
from gigaam_cli.engines.optimise import child
from gigaam_cli.engines.optimise.files import FOLDER, MANIFEST, RECIPE, Outcome

logger = logging.getLogger(__name__)

_CUT_SHORT = _("the attempt to rewrite it was cut short")
_NAME_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Key:
    """What a rewritten model depends on: the original's files with their checksums, and where it runs."""

    recipe: int
    precision: str
    onnxruntime: str
    processor: str
    source: tuple[tuple[str, str], ...]

    @property
    def name(self) -> str:
        """What the folder is called."""
        return hashlib.sha256(json.dumps(asdict(self)).encode()).hexdigest()[:_NAME_LENGTH]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What came of a rewrite; ``files`` are names and sizes."""

    key: Key
    outcome: Outcome
    files: tuple[tuple[str, int], ...]


def ready(model: InstalledModel, observer: Observer, gpu: int | None = None) -> Path | None:
    """Return the folder with the rewritten model, made now if need be; None where it must be used as it came.

    What is made for GPUs is judged on ``gpu``.
    """
    if model.rewrite is None:
        return None
    began = time.monotonic()
    try:
        key = key_of(model, model.rewrite)
        found = _found(model, key)
        return found[1] if found else _made(model, key, observer, gpu)
    except OSError as error:
        # A folder that is not ours to write to, a full disk, a model that was just removed.
        logger.warning("%s is not rewritten: %s", model.name, error)
        reason = error.strerror or str(error)
        observer(ModelRewritten(model.name, time.monotonic() - began, accepted=False, reason=reason))
        return None


def known(model: InstalledModel) -> Path | None:
    """Return the folder with the rewritten model, if it is there."""
    if model.rewrite is None:
        return None
    try:
        found = _found(model, key_of(model, model.rewrite))
    except OSError:
        return None
    return found[1] if found else None


def discard(folder: Path) -> None:
    """Forget a rewritten model that cannot be loaded."""
    shutil.rmtree(folder, ignore_errors=True)


def key_of(model: InstalledModel, precision: str) -> Key:
    """Return what a rewrite of ``model`` depends on; checksums as they were recorded at its installation."""
    try:
        records = record.read(model.folder)
    except ModelDamagedError:
        records = {}
    source = tuple((file.name, _version(file, records)) for file in sorted(model.files))
    return Key(RECIPE, precision, ort.version(), _processor(), source)


def _version(file: Path, records: dict[str, record.FileRecord]) -> str:
    kept = records.get(file.name)
    if kept is not None and record.is_unchanged(kept, file):
        return kept.sha256
    status = file.stat()
    return f"{status.st_size} bytes of {status.st_mtime_ns}"


def _processor() -> str:
    """Return what kind of processor this is: its kernels decide how products are rounded."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return f"{platform.machine()} {platform.processor()}"
    flags = next((line for line in lines if line.startswith(("flags", "Features"))), "").split()
    wide = [flag for flag in flags if flag.startswith(("avx", "amx", "asimd", "sve", "i8mm"))]
    return " ".join([platform.machine(), *sorted(wide)])


def places(folder: Path) -> tuple[Path, Path]:
    """Return where rewritten models lie: beside their originals, or with the user's own where that is closed."""
    name = hashlib.sha256(str(folder.absolute()).encode()).hexdigest()[:_NAME_LENGTH]
    return folder / FOLDER, models_folder() / f".{FOLDER}" / name


def _found(model: InstalledModel, key: Key) -> tuple[Manifest, Path | None] | None:
    """Return what came of an earlier rewrite, and where it is if it was accepted."""
    for place in places(model.folder):
        folder = place / key.name
        manifest = _read(folder)
        if manifest is not None and manifest.key == key and _is_whole(folder, manifest):
            return manifest, folder if manifest.outcome.accepted else None
    return None


def _made(model: InstalledModel, key: Key, observer: Observer, gpu: int | None) -> Path | None:
    beside, own = places(model.folder)
    place = beside if os.access(model.folder, os.W_OK | os.X_OK) else own
    place.mkdir(parents=place == own, exist_ok=True)
    with alone(place / key.name, model.name, observer):
        found = _found(model, key)  # another process may have been faster
        if found:
            return found[1]
        began = time.monotonic()
        observer(ModelRewriting(model.name, key.precision))
        outcome = _rewritten(model, key, place, gpu)
        seconds = time.monotonic() - began
        observer(ModelRewritten(model.name, seconds, outcome.accepted, outcome.reason))
    _clear(place, key)
    return place / key.name if outcome.accepted else None


def _rewritten(model: InstalledModel, key: Key, place: Path, gpu: int | None) -> Outcome:
    with _partial(place, key) as partial:
        outcome = child.rewrite(model, key.precision, partial, gpu)
        logger.info("rewriting %s: %s", model.name, outcome)
        if outcome is None:
            return Outcome(accepted=False, reason=_CUT_SHORT)
        if not outcome.accepted:
            for file in partial.iterdir():
                file.unlink()
        files = tuple((file.name, file.stat().st_size) for file in sorted(partial.iterdir()))
        manifest = json.dumps(asdict(Manifest(key, outcome, files)), indent=1)
        (partial / MANIFEST).write_text(manifest, encoding="utf-8")
        shutil.rmtree(place / key.name, ignore_errors=True)
        patiently(lambda: partial.replace(place / key.name))
        return outcome


@contextmanager
def _partial(place: Path, key: Key) -> Iterator[Path]:
    """A folder of this process alone, which is gone afterwards unless it was given its name."""
    for leftover in place.glob(f"{key.name}.*.partial"):  # of processes that were killed: we hold the lock
        shutil.rmtree(leftover, ignore_errors=True)
    partial = place / f"{key.name}.{os.getpid()}.partial"
    partial.mkdir()
    try:
        yield partial
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _clear(place: Path, key: Key) -> None:
    """Delete what was made from other files or by other recipes: nobody will ask for it again."""
    for folder in place.iterdir():
        manifest = _read(folder)
        outdated = manifest is None or (manifest.key.source, manifest.key.recipe) != (key.source, key.recipe)
        if folder.is_dir() and not folder.name.endswith(".partial") and outdated:
            shutil.rmtree(folder, ignore_errors=True)


def _is_whole(folder: Path, manifest: Manifest) -> bool:
    try:
        return all((folder / name).stat().st_size == size for name, size in manifest.files)
    except OSError:
        return False


def _read(folder: Path) -> Manifest | None:
    """Return the manifest, None where there is none or an older program's."""
    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        key = content["key"]
        source = tuple((name, version) for name, version in key.pop("source"))
        files = tuple((name, size) for name, size in content["files"])
        return Manifest(Key(source=source, **key), Outcome(**content["outcome"]), files)
    except (OSError, ValueError, TypeError, LookupError, AttributeError):
        return None
