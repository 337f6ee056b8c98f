"""Scenes: one for a test, and makers of those that the tests of a module share."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.corrupt import good_files
from tests.faults.invariants import Scene
from tests.pipeline.conftest import rig, store

__all__ = ["rig", "store"]  # these fixtures are for the tests here, too

if sys.platform == "win32":
    collect_ignore_glob = ["test_[!a]*.py"]  # pipes, signals and limits as POSIX has them

MakeScene = Callable[[str], Scene]


@pytest.fixture(scope="session")
def make_scene(tmp_path_factory: pytest.TempPathFactory) -> MakeScene:
    """Return a function that makes a scene that lasts as long as the tests do."""
    return lambda name: Scene(tmp_path_factory.mktemp(name) / "scene")


@pytest.fixture(scope="session")
def good(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return the same speech in every container, by extension."""
    return good_files(tmp_path_factory.mktemp("good"))


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """Return a scene for one test."""
    return Scene(tmp_path / "scene")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep what takes minutes out of the default suite."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents and item.path.stem != "test_all_rows":
            item.add_marker(pytest.mark.heavy)
