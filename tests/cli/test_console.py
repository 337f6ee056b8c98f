"""What lines are written in, on this system and on others."""

from __future__ import annotations

import pytest

from gigaam_cli.cli.console import better_encoding


@pytest.mark.parametrize(
    ("encoding", "system", "better"),
    [
        ("utf-8", "win32", None),
        ("cp1251", "win32", "utf-8"),
        ("US-ASCII", "linux", "utf-8"),
        ("koi8-r", "linux", None),
        ("UTF8", "darwin", None),
    ],
)
def test_what_lines_are_written_in(encoding: str, system: str, better: str | None) -> None:
    assert better_encoding(encoding, system) == better
