"""Models on this machine: where they are, which files they are made of, and what identifies them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import partial
from pathlib import Path

from gigaam_cli.core.errors import (
    ModelDamagedError,
    ModelMissingError,
    ModelUnknownError,
    PrecisionMissingError,
)
from gigaam_cli.core.i18n import mark as _
from gigaam_cli.core.paths import demo_folder, models_folder
from gigaam_cli.engines import record
from gigaam_cli.engines.catalog import (
    CONFIG,
    DEMO_MODELS,
    NAMES,
    PRECISIONS,
    CatalogEntry,
    by_name,
    in_folder,
    is_complete,
)


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """A model that can be loaded. ``name`` is what the user called it; ``quantization`` is onnx-asr's word."""

    name: str
    folder: Path
    entry: CatalogEntry
    precision: str
    quantization: str | None
    files: tuple[Path, ...]


def find_model(name: str, precision: str = "auto", device: str = "cpu") -> InstalledModel:
    """Find the model called ``name``: from the catalog, ``demo``, or a folder with model files.

    Raises:
        ModelMissingError: it is in the catalog, but not on this machine.
        ModelUnknownError: it is neither in the catalog nor a folder.
        PrecisionMissingError: it is there, but not as ``precision``.
        ModelDamagedError: the folder holds no model that gigaam knows.
    """
    entry = by_name(name)
    if name in DEMO_MODELS:
        return _in_folder(name, demo_folder() / "model", precision, device, by_name(DEMO_MODELS[name]))
    if entry is not None:
        folder = models_folder() / name
        if not folder.is_dir():
            raise missing(name, precision)
        return _in_folder(name, folder, precision, device, entry)
    if _is_folder(Path(name)):
        folder = Path(name).absolute()
        return _in_folder(folder.name, folder, precision, device)
    raise ModelUnknownError(model=name, known=", ".join((*DEMO_MODELS, *NAMES)))


def missing(name: str, precision: str = "auto") -> ModelMissingError:
    """Return the error that says which command fetches a model."""
    return ModelMissingError(model=name, precision=precision, command=pull_command(name, precision))


def pull_command(name: str, precision: str = "auto") -> str:
    """Return the command that fetches a model."""
    return f"gigaam models pull {name}" + ("" if precision == "auto" else f" --precision {precision}")


def model_digest(model: InstalledModel, hash_file: Callable[[Path], str]) -> str:
    """Return what identifies the model's contents; ``hash_file`` gives a file's SHA-256 and may remember it."""
    lines = [f"{hash_file(file)}  {file.name}" for file in sorted(model.files)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # such as a name that is too long for one
        return False


def _in_folder(
    name: str, folder: Path, precision: str, device: str, named: CatalogEntry | None = None
) -> InstalledModel:
    """Find the model in ``folder``: the ``named`` one, or the best that is there."""
    try:
        files = {file.name for file in folder.iterdir() if file.is_file()}
    except OSError as error:
        raise ModelDamagedError(folder=folder, detail=error.strerror or str(error)) from error
    config = _config(folder)
    candidates = _candidates(precision, device)
    entry = named or next(
        filter(None, (in_folder(files, one, config.get("model_type")) for one in PRECISIONS)), None
    )
    for candidate in candidates:
        if entry is not None and is_complete(entry, files, candidate):
            _check_version(folder, entry, config)
            command = pull_command(entry.name, candidate)
            record.check(folder, partial(entry.owns, precision=candidate), command)
            return _installed(name, folder, entry, candidate, config.get("precision"))
    if named is not None and name == named.name:
        raise missing(name, precision)
    if entry is not None and any(is_complete(entry, files, other) for other in PRECISIONS):
        raise PrecisionMissingError(folder=folder, precision=precision)
    raise ModelDamagedError(folder=folder, detail=_("no complete model of a known kind is in it"))


def _check_version(folder: Path, entry: CatalogEntry, config: dict[str, str]) -> None:
    """Without the version, onnx-asr would take the features of v2, and the text would be wrong."""
    if entry.name.startswith("v3") and config.get("version") != "v3":
        raise ModelDamagedError(
            folder=folder, detail=_('config.json is missing or does not say "version": "v3"')
        )


def _candidates(precision: str, device: str) -> tuple[str, ...]:
    if precision != "auto":
        return (precision,)
    return ("int8", "fp32", "fp16") if device == "cpu" else ("fp16", "fp32", "int8")


def _installed(
    name: str, folder: Path, entry: CatalogEntry, precision: str, declared: str | None
) -> InstalledModel:
    # onnx-asr reads the configuration, too: it says how features are made and what a frame is.
    # The demonstration's graphs share their weights.
    shared = "*.onnx.data" if name in DEMO_MODELS else ""
    files = [
        file
        for file in sorted(folder.iterdir())
        if entry.owns(file.name, precision) or fnmatch(file.name, shared)
    ]
    quantization = None if precision == "fp32" else precision
    return InstalledModel(name, folder, entry, declared or precision, quantization, tuple(files))


def _config(folder: Path) -> dict[str, str]:
    file = folder / CONFIG
    if not file.is_file():
        return {}
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelDamagedError(folder=folder, detail=f"{CONFIG}: {error}") from error
    if not isinstance(config, dict):
        raise ModelDamagedError(folder=folder, detail=_("config.json: not an object"))
    return {key: value for key, value in config.items() if isinstance(value, str)}
