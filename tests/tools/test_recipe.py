"""The whole recipe of the demo model, shortened to five minutes."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import onnx_asr
import pytest

from gigaam_cli.engines.models import find_model
from tests.conftest import DATA, listen
from tools.demo_model import texts
from tools.demo_model.alphabet import CHARACTERS
from tools.evaluation import festvox

REPOSITORY = Path(__file__).parent.parent.parent
NEEDED = (
    festvox.VOICE_DIR,
    texts.FORTUNES,
    texts.MANUALS,
    texts.DICTIONARY,
    texts.PHRASE_BOOK,
    texts.TALES,
)


@pytest.mark.slow
@pytest.mark.torch
@pytest.mark.timeout(1500)
def test_the_recipe_runs_from_one_command(tmp_path: Path) -> None:
    if importlib.util.find_spec("torch") is None:
        pytest.skip("needs torch")
    if not (shutil.which("espeak-ng") and shutil.which("festival") and all(path.exists() for path in NEEDED)):
        pytest.skip("needs the Debian packages that tools/demo_model names")
    command = [sys.executable, "-m", "tools.demo_model", str(tmp_path), "--minutes", "5"]
    subprocess.run(command, cwd=REPOSITORY, check=True, timeout=1400)
    model = find_model(str(tmp_path / "model"))
    assert sum(file.stat().st_size for file in model.folder.iterdir()) < 8_000_000
    # Five minutes are too few to learn to speak; that the files are a model which can be used is all that is asked.
    for name in ("gigaam-v3-ctc", "gigaam-v3-rnnt"):
        heard = onnx_asr.load_model(name, model.folder).recognize(listen(DATA / "base.wav"))
        assert set(heard) <= set(CHARACTERS)
