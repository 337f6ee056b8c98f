"""The name that somebody probably meant."""

from __future__ import annotations

from gigaam_cli.core.nearest import nearest

KEYS = ("model", "max-segment", "format")


def test_the_nearest_word() -> None:
    assert nearest("modle", KEYS) == "model"
    assert nearest("recursive", KEYS) is None
