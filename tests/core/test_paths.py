"""Where things lie: in the user's folders, or where the environment says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gigaam_cli.core.paths import demo_folder, models_folder, state_folder

FOLDERS = [("GIGAAM_MODELS_DIR", models_folder), ("GIGAAM_STATE_DIR", state_folder)]


@pytest.mark.parametrize(("variable", "folder"), FOLDERS, ids=["models", "state"])
def test_the_environment_decides(
    variable: str, folder: Callable[[], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, str(tmp_path / "мои файлы"))
    assert folder() == tmp_path / "мои файлы"
    monkeypatch.setenv(variable, "~/there")
    assert folder() == Path.home() / "there"


@pytest.mark.parametrize(("variable", "folder"), FOLDERS, ids=["models", "state"])
def test_otherwise_the_users_folders(
    variable: str, folder: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(variable)
    users = folder()
    assert users.is_absolute()
    assert "gigaam" in users.parts
    monkeypatch.setenv(variable, "")
    assert folder() == users


def test_the_demonstration_model_is_in_the_package() -> None:
    assert (demo_folder() / "model" / "config.json").is_file()
