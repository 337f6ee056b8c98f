"""``gigaam demo``: the bundled model reads the bundled recordings, and leaves nothing behind."""

from __future__ import annotations

import json
import os
from pathlib import Path

from gigaam_cli.core.paths import demo_folder
from tests.cli.conftest import Call
from tests.cli.drivers import gigaam


def heard(output: str) -> dict[str, str]:
    """Return the words below each recording's name, without their times."""
    texts = {}
    for paragraph in output.strip().split("\n\n"):
        name, *lines = paragraph.splitlines()
        texts[name] = " ".join(line.partition("] ")[2] for line in lines)
    return texts


def test_the_texts_are_right(call: Call) -> None:
    references = (demo_folder() / "recordings" / "references.json").read_text(encoding="utf-8")
    outcome = call("demo")
    assert outcome.code == 0
    assert heard(outcome.out) == json.loads(references)
    assert "no substitute for the real ones" in outcome.err


def test_it_leaves_nothing_behind(tmp_path: Path, call: Call) -> None:
    before = sorted(demo_folder().rglob("*"))
    call("demo")
    assert sorted(demo_folder().rglob("*")) == before
    assert not Path(os.environ["GIGAAM_STATE_DIR"]).exists()


def test_it_speaks_russian() -> None:
    outcome = gigaam("demo", "--lang", "ru")
    assert outcome.code == 0
    assert "маленькая демонстрационная модель" in outcome.err
