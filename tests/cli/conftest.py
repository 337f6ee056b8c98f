"""The program in this process, and a folder of recordings for it."""

from __future__ import annotations

import logging
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from gigaam_cli.cli.main import main
from tests.cli.drivers import BASE, Outcome, standard_input


class Call(Protocol):
    def __call__(self, *arguments: str | Path, stdin: bytes | None = None) -> Outcome: ...


@pytest.fixture(autouse=True)
def _own_language_and_log(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Undo what a program may do to its process and a test may not."""
    monkeypatch.setenv("LANGUAGE", "en")
    logger = logging.getLogger("gigaam_cli")
    before = logger.level, logger.handlers
    yield
    logger.setLevel(before[0])
    logger.handlers = before[1]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """Return a function that runs the program in this process."""

    def call_main(*arguments: str | Path, stdin: bytes | None = None) -> Outcome:
        if stdin is not None:
            monkeypatch.setattr(sys, "stdin", standard_input(stdin))
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return Outcome(code, said.out, said.err)

    return call_main


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with one recording, ``talk.wav``."""
    recordings = tmp_path / "recordings"
    recordings.mkdir()
    shutil.copy(BASE, recordings / "talk.wav")
    return recordings
