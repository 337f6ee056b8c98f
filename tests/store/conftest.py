"""A store in a folder of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gigaam_cli.store.store import Store
from gigaam_cli.store.values import Fingerprint


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def store(folder: Path) -> Iterator[Store]:
    store = Store.open(folder)
    yield store
    store.close()


@pytest.fixture
def file() -> Fingerprint:
    return Fingerprint(Path("/recordings/talk.mp3"), 1000, 2**62)
