"""Models that stand where a pull puts them, without a pull."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from gigaam_cli.core.paths import demo_folder, models_folder
from gigaam_cli.engines import record

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def install_demo_as(name: str = "v3_ctc", *, recorded: bool = True) -> Path:
    """Put the demonstration model where the model called ``name`` belongs; return its folder."""
    folder = models_folder() / name
    folder.mkdir(parents=True)
    source = demo_folder() / "model"
    for file in ("config.json", "v3_vocab.txt", "v3_ctc.onnx", "v3_ctc.onnx.data"):
        shutil.copy(source / file, folder / file.replace("v3_ctc", name))
    if recorded:
        record.write(folder, [record.describe(file, _sha256(file), COMMIT) for file in folder.iterdir()])
    return folder


def flip_a_byte(file: Path, position: int = 1000) -> None:
    """Change one byte of a file, and nothing else of it that can be seen."""
    data = bytearray(file.read_bytes())
    data[position] ^= 1
    file.write_bytes(data)


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
