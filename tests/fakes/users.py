"""Another user, without any rights: root, whom tests may run as, is refused nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_BECOME = ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups")


def as_nobody() -> tuple[str, ...]:
    """Return what makes a Python program nobody's, put before it; skips the test where that cannot be done."""
    if os.name == "nt" or os.geteuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("needs root rights and setpriv to become another user")
    imported = [*_BECOME, sys.executable, "-c", "import gigaam_cli"]
    if subprocess.run(imported, capture_output=True, check=False, timeout=60).returncode:
        pytest.skip("another user cannot run this Python")
    return _BECOME


def run_as_nobody(script: str, *arguments: str) -> str:
    """Run a Python script as nobody and return what it prints; skips the test where that cannot be done."""
    command = [*as_nobody(), sys.executable, "-c", script, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


@contextmanager
def readable_folder() -> Iterator[Path]:
    """Make a folder that everybody can read: those of pytest are for their owner alone."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
