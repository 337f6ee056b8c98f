"""Where the modules that only POSIX has are not there, everything is imported and the program works."""

from __future__ import annotations

import os
import pkgutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import gigaam_cli
from tests.cli.drivers import BASE, BASE_TEXT, environment

POSIX_ONLY = ("fcntl", "grp", "pwd", "resource", "termios", "tty")
HIDING = f"""
import sys

HIDDEN = {POSIX_ONLY!r}


class Hiding:
    def find_spec(self, name, path=None, target=None):
        if name in HIDDEN:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)


sys.meta_path.insert(0, Hiding())
for name in HIDDEN:
    sys.modules.pop(name, None)
"""
# Python runs this file wherever it starts, in the processes that gigaam starts as well.
STARTUP = "sitecustomize.py"
TIMEOUT = 120.0


def python(tmp_path: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run Python on a system without those modules."""
    (tmp_path / STARTUP).write_text(HIDING, encoding="utf-8")
    source = Path(gigaam_cli.__file__).parent.parent
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        check=False,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=environment(PYTHONPATH=os.pathsep.join([str(tmp_path), str(source)])),
        timeout=TIMEOUT,
    )


def said(tmp_path: Path, arguments: Sequence[str | Path]) -> str:
    """Return what gigaam prints, which must succeed."""
    finished = python(tmp_path, "-m", "gigaam_cli", *arguments)
    assert (finished.returncode, "Traceback" in finished.stderr) == (0, False), finished.stderr
    return finished.stdout


def modules() -> list[str]:
    """Return the names of all modules; one that is run is not imported."""
    found = pkgutil.walk_packages(gigaam_cli.__path__, "gigaam_cli.")
    return [module.name for module in found if not module.name.endswith("__main__")]


def test_the_modules_are_really_hidden(tmp_path: Path) -> None:
    for name in POSIX_ONLY:
        finished = python(tmp_path, "-c", f"import {name}")
        assert f"No module named '{name}'" in finished.stderr


def test_every_module_can_be_imported(tmp_path: Path) -> None:
    names = modules()
    assert len(names) > 100
    finished = python(tmp_path, "-c", "\n".join(f"import {name}" for name in names))
    assert (finished.returncode, finished.stderr) == (0, "")


def test_help_is_shown(tmp_path: Path) -> None:
    assert said(tmp_path, ["--help"]).startswith("Usage: gigaam")


def test_a_recording_is_transcribed_and_known_afterwards(tmp_path: Path) -> None:
    output = tmp_path / "texts"
    said(tmp_path, ["transcribe", "-m", "demo", BASE, "-o", output])
    assert (output / "base.txt").read_text(encoding="utf-8").strip() == BASE_TEXT
    assert said(tmp_path, ["status"]) == "1 done\n"
    assert said(tmp_path, ["verify"])
