"""Models on this machine: where they are, which files they are made of, and what identifies them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from functools import partial
from pathlib import Path

from gigaam_cli.core.i18n import mark as _
from gigaam_cli.core.model_errors import (
    ModelDamagedError,
    ModelMissingError,
    PrecisionMissingError,
)
from gigaam_cli.core.paths import demo_folder, models_folder
from gigaam_cli.engines import record
from gigaam_cli.engines.catalog import (
    CONFIG,
    DEMO_MODELS,
    PRECISIONS,
    CatalogEntry,
    by_name,
    in_folder,
    is_complete,
    unknown,
)
from gigaam_cli.engines.optimise.files import can_be_rewritten

_EXACT = "fp32"
# What a model is rewritten to, by the kind of device.
_FASTEST = {"cpu": "int8", "cuda": "fp16"}


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """A model that can be loaded. ``name`` is what the user called it; ``quantization`` is onnx-asr's word.

    ``rewrite`` is the precision that it is to be rewritten to before it is used, ``rewritten`` the folder where
    that was done, ``otherwise`` the model to use where it cannot be.
    """

    name: str
    folder: Path
    entry: CatalogEntry
    precision: str
    quantization: str | None
    files: tuple[Path, ...]
    rewrite: str | None = None
    rewritten: Path | None = None
    otherwise: InstalledModel | None = None


@dataclass(frozen=True, slots=True)
class _Wish:
    """What the user asked for, and the kind of device that it is for."""

    name: str
    precision: str
    device: str
    note: bool = True


@dataclass(frozen=True, slots=True)
class _Held:
    """What a folder holds."""

    folder: Path
    files: set[str]
    config: dict[str, str]


def find_model(
    name: str, precision: str = "auto", device: str = "cpu", *, note: bool = True
) -> InstalledModel:
    """Find the model called ``name``: from the catalog, ``demo``, or a folder with model files.

    Unless ``note`` is false, files that were only touched are noted as they are, so that they are read once only.

    Raises:
        ModelMissingError: it is in the catalog, but not on this machine.
        ModelUnknownError: it is neither in the catalog nor a folder.
        PrecisionMissingError: it is there, but not as ``precision``.
        ModelDamagedError: the folder holds no model that gigaam knows.
    """
    entry, wish = by_name(name), _Wish(name, precision, device, note)
    if name in DEMO_MODELS:
        return _in_folder(wish, demo_folder() / "model", by_name(DEMO_MODELS[name]))
    if entry is not None:
        folder = models_folder() / name
        if not folder.is_dir():
            raise _missing(wish, entry)
        return _in_folder(wish, folder, entry)
    if _is_folder(Path(name)):
        folder = Path(name).absolute()
        return _in_folder(replace(wish, name=folder.name), folder)
    raise unknown(name, tuple(DEMO_MODELS))


def as_it_came(model: InstalledModel) -> InstalledModel:
    """Return what to use in place of a model that cannot be rewritten.

    Raises:
        PrecisionMissingError: nothing else has the precision that was asked for.
    """
    if model.rewrite is None:
        return model
    if model.otherwise is None:
        raise PrecisionMissingError(folder=model.folder, precision=model.precision)
    return model.otherwise


def _missing(wish: _Wish, entry: CatalogEntry) -> ModelMissingError:
    """Return the error that says which command fetches what was asked for, or what can be rewritten to it."""
    rewritten = _is_rewritten(wish, entry)
    return missing(wish.name, "auto" if rewritten else wish.precision)


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


def _in_folder(wish: _Wish, folder: Path, named: CatalogEntry | None = None) -> InstalledModel:
    """Find the model in ``folder``: the ``named`` one, or the best that is there."""
    held = _look_into(folder)
    kind = held.config.get("model_type")
    entry = named or next(filter(None, (in_folder(held.files, one, kind) for one in PRECISIONS)), None)
    found = _chosen(wish, held, entry) if entry is not None else None
    if found is not None:
        return found
    if named is not None and wish.name == named.name:
        raise _missing(wish, named)
    if entry is not None and any(is_complete(entry, held.files, other) for other in PRECISIONS):
        raise PrecisionMissingError(folder=folder, precision=wish.precision)
    raise ModelDamagedError(folder=folder, detail=_("no complete model of a known kind is in it"))


def _look_into(folder: Path) -> _Held:
    try:
        files = {file.name for file in folder.iterdir() if file.is_file()}
    except OSError as error:
        raise ModelDamagedError(folder=folder, detail=error.strerror or str(error)) from error
    return _Held(folder, files, _config(folder))


def _chosen(wish: _Wish, held: _Held, entry: CatalogEntry) -> InstalledModel | None:
    """Choose between the precisions that are there, and what can be made of them."""
    there = [one for one in _candidates(wish) if is_complete(entry, held.files, one)]
    plain = _usable(wish, held, entry, there[0]) if there else None
    # Files that say what precision they have are rounded already.
    exact_there = is_complete(entry, held.files, _EXACT) and "precision" not in held.config
    if not (exact_there and _is_rewritten(wish, entry)):
        return plain
    exact = _usable(wish, held, entry, _EXACT)
    fastest = _FASTEST[wish.device]
    return replace(exact, precision=fastest, rewrite=fastest, otherwise=plain)


def _is_rewritten(wish: _Wish, entry: CatalogEntry) -> bool:
    return wish.precision in ("auto", _FASTEST[wish.device]) and can_be_rewritten(entry)


def _usable(wish: _Wish, held: _Held, entry: CatalogEntry, precision: str) -> InstalledModel:
    _check_version(held.folder, entry, held.config)
    command = pull_command(entry.name, precision)
    record.check(held.folder, partial(entry.owns, precision=precision), command, note=wish.note)
    return _installed(wish.name, held.folder, entry, precision, held.config.get("precision"))


def _check_version(folder: Path, entry: CatalogEntry, config: dict[str, str]) -> None:
    """Without the version, onnx-asr would take the features of v2, and the text would be wrong."""
    if entry.name.startswith("v3") and config.get("version") != "v3":
        raise ModelDamagedError(
            folder=folder, detail=_('config.json is missing or does not say "version": "v3"')
        )


def _candidates(wish: _Wish) -> tuple[str, ...]:
    if wish.precision != "auto":
        return (wish.precision,)
    return ("int8", "fp32", "fp16") if wish.device == "cpu" else ("fp16", "fp32", "int8")


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
