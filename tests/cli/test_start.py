"""What is loaded before the program answers: no more than the answer needs."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.cli.drivers import environment

# Each takes a tenth of a second or more to import, or brings such along.
HEAVY = {
    "asyncio",
    "faster_whisper",
    "ffmpeg",
    "filelock",
    "httpx",
    "httpx2",
    "huggingface_hub",
    "numpy",
    "onnx",
    "onnx_asr",
    "onnxruntime",
    "prompt_toolkit",
    "questionary",
    "rich",
    "sqlite3",
    "torch",
    "watchfiles",
}
SCRIPT = """
import sys
from gigaam_cli.cli.main import main
code = main(sys.argv[1:])
print(*sorted(module.partition(".")[0] for module in sys.modules), file=sys.stderr)
sys.exit(code)
"""


def loaded(*arguments: str) -> set[str]:
    """Return which of the heavy modules a command has loaded at its end."""
    finished = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments],
        check=True,
        capture_output=True,
        text=True,
        env=environment(),
        timeout=60,
    )
    assert "click" in finished.stderr.split()
    return HEAVY & set(finished.stderr.split())


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["help"],
        ["help", "formats"],
        ["help", "transcribe"],
        ["help", "empty_file"],
    ],
    ids=" ".join,
)
def test_help_needs_nothing_heavy(arguments: list[str]) -> None:
    assert loaded(*arguments) == set()


@pytest.mark.parametrize("command", ["status", "history"])
def test_what_the_store_knows_needs_the_store_alone(command: str) -> None:
    assert loaded(command) == {"sqlite3"}


def test_what_is_loaded_would_be_noticed() -> None:
    assert {"numpy", "onnxruntime"} <= loaded("demo")
