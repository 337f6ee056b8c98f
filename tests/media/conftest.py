"""Fixtures of the media tests: the original to compare with, FFmpegs that misbehave, and a look for leftovers."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gigaam_cli.media import ffmpeg, process
from tests.media.hearing import hear

if TYPE_CHECKING:
    from gigaam_cli.core.values import Audio

FakeFfmpeg = Callable[[str], Path]


@pytest.fixture(scope="session")
def original(base_wav: Path) -> Audio:
    """The samples of the base recording."""
    return hear(base_wav).audio


@pytest.fixture
def fake_ffmpeg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeFfmpeg:
    """Return a function that puts a shell script in FFmpeg's place."""
    if sys.platform == "win32":
        pytest.skip("the fakes are shell scripts")

    def install(script: str) -> Path:
        path = tmp_path / "ffmpeg"
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)
        monkeypatch.setenv("GIGAAM_FFMPEG", str(path))
        ffmpeg.binary.cache_clear()
        return path

    return install


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before
    assert children() == []
    assert process._running == set()


def children() -> list[str]:
    """Return the state lines of this process's children; none where the system has no /proc."""
    stats = []
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            line = file.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        if int(line.rpartition(")")[2].split()[1]) == os.getpid():
            stats.append(line)
    return stats
