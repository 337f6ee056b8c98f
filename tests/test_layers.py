"""Imports go one way, and heavy or front-end libraries stay where the design puts them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import gigaam_cli

SOURCE = Path(gigaam_cli.__file__).parent
MODULES = sorted(SOURCE.rglob("*.py"))
MIDDLE = {"media", "segment", "engines", "store", "writers"}
ALLOWED = {
    "core": {"core"},
    **{layer: {"core", layer} for layer in MIDDLE},
    "pipeline": {"core", "pipeline", "__version__", *MIDDLE},
    "cli": {"cli", "core", "pipeline", "__version__", *MIDDLE},
}
FRONT_END_ONLY = {"click", "rich", "questionary"}
ONE_PLACE = {
    "onnxruntime": "core/ort.py",
    "onnx_asr": "engines/onnx.py",
    "faster_whisper": "engines/whisper.py",
    "torch": "engines/gigaam.py",
    "ffmpeg": "media/ffmpeg.py",
    "imageio_ffmpeg": "media/ffmpeg.py",
    "sqlite3": "store/database.py",
    "watchfiles": "pipeline/changes.py",
}


def imports_of(module: Path) -> Iterator[str]:
    """Yield the full names that a module imports, wherever in it."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def layer_of(module: Path) -> str:
    return module.relative_to(SOURCE).parts[0]


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_a_module_imports_only_what_its_layer_may(module: Path) -> None:
    place = module.relative_to(SOURCE).as_posix()
    for name in imports_of(module):
        top, _, rest = name.partition(".")
        if top == "gigaam_cli" and "/" in place:
            assert rest.split(".")[0] in ALLOWED[layer_of(module)], f"{place} imports {name}"
        if top in FRONT_END_ONLY:
            assert layer_of(module) == "cli", f"{place} imports {name}"
        if top in ONE_PLACE:
            assert place == ONE_PLACE[top], f"{place} imports {name}"


def test_the_rules_speak_of_every_layer() -> None:
    layers = {path.name for path in SOURCE.iterdir() if path.is_dir() and any(path.glob("*.py"))}
    assert layers == set(ALLOWED)
