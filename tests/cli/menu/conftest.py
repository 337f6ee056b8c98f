"""A folder of recordings for the menu, and a model that is here."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.drivers import BASE, DATA


@pytest.fixture
def recordings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with two recordings, one of them in a folder below, at home: so it is short on the screen."""
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = tmp_path / "my talks"
    (folder / "deep").mkdir(parents=True)
    shutil.copy(BASE, folder / "talk.wav")
    shutil.copy(DATA / "ru_0840.mp3", folder / "deep" / "story.mp3")
    return folder


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the demonstration model be the one that the settings name."""
    monkeypatch.setenv("GIGAAM_MODEL", "demo")
