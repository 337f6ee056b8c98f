"""Help, version and what a bare call says, in both languages."""

from __future__ import annotations

import re
import subprocess
import sys

import click
import pytest

from gigaam_cli import __version__
from gigaam_cli.cli.commands.group import program
from gigaam_cli.engines.catalog import NAMES
from gigaam_cli.writers.registry import FORMATS
from tests.cli.drivers import gigaam

HEAVY = {
    "numpy",
    "onnxruntime",
    "onnx_asr",
    "onnx",
    "ffmpeg",
    "faster_whisper",
    "torch",
    "rich",
    "sqlite3",
    "watchfiles",
}
# What is called so in Russian too.
SAME_IN_RUSSIAN = {
    "gigaam",
    "Hugging",
    "Face",
    "HF",
    "ENDPOINT",
    "TOKEN",
    "HTTPS",
    "PROXY",
    "stdout",
    "JSON",
    "FFmpeg",
    "Ctrl",
    "C",
    "GPU",
    "CUDA",
    "REST",
    "auto",
    "cuda",
    "all",
    "cpu",
    "int",
    "fp",
    "bash",
    "zsh",
    "fish",
}
COMMANDS = sorted(program.commands)
PATHS = [
    [],
    *([name] for name in COMMANDS),
    *(
        [name, inner]
        for name in COMMANDS
        for inner in sorted(getattr(program.commands[name], "commands", ()))
    ),
]


def words_left_in_english(text: str) -> set[str]:
    """Return the Latin words of a Russian help text that are neither names of options, values nor commands."""
    for names in (r"(?<!\w)-[-\w/]+", r"\[[^\]]*[|:][^\]]*\]", r"\w*/?\{\w+\}"):
        text = re.sub(names, " ", text)
    known = SAME_IN_RUSSIAN | {name for command in PATHS for name in command} | set(FORMATS) | {"N", "x"}
    for name in NAMES:
        text = text.replace(name, " ")
    return set(re.findall(r"[A-Za-z]+", text)) - known


@pytest.mark.parametrize("command", PATHS, ids="-".join)
def test_help_in_both_languages(command: list[str]) -> None:
    english, russian = (gigaam(*command, "--help", LC_ALL=name) for name in ("C.UTF-8", "ru_RU.UTF-8"))
    assert (english.code, russian.code) == (0, 0)
    assert english.err == russian.err == ""
    assert english.out.startswith("Usage: gigaam")
    assert "\nOptions:\n" in english.out
    assert not re.search("[а-яё]", english.out)
    assert russian.out.startswith("Использование: gigaam")
    assert "\nКлючи:\n" in russian.out
    assert words_left_in_english(russian.out) == set()


def test_a_flag_and_a_variable_choose_the_language() -> None:
    assert gigaam("--lang", "ru", "--help").out.startswith("Использование")
    assert gigaam("--lang=ru", "transcribe", "--help").out.startswith("Использование")
    assert gigaam("--help", GIGAAM_LANG="ru").out.startswith("Использование")
    assert gigaam("--lang", "en", "--help", GIGAAM_LANG="ru").out.startswith("Usage")


def test_wrong_use_is_told_in_russian() -> None:
    outcome = gigaam("--lang", "ru", "transcribe", "--vad", "nonsense", "a.mp3")
    assert outcome.code == 2
    assert "Ошибка: неверное значение" in outcome.err
    assert words_left_in_english(outcome.err) == {"nonsense", "silero", "none"}


def test_a_bare_call_shows_help_on_stderr() -> None:
    outcome = gigaam()
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == gigaam("--help").out


def test_version() -> None:
    outcome = gigaam("--version")
    assert (outcome.code, outcome.out, outcome.err) == (0, f"gigaam, version {__version__}\n", "")


@pytest.mark.parametrize("name", COMMANDS)
def test_help_loads_nothing_heavy(name: str) -> None:
    script = (
        "import sys; from gigaam_cli.cli.main import main; code = main([sys.argv[1], '--help']); "
        "print(*{module.partition('.')[0] for module in sys.modules}, file=sys.stderr); sys.exit(code)"
    )
    command = [sys.executable, "-c", script, name]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stderr.split()
    assert "click" in loaded
    assert set(loaded) & HEAVY == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_long_flag_has_its_variable(name: str) -> None:
    """Those that are the same as INPUT have none: a variable would add files to every run."""
    for parameter in program.commands[name].params:
        if isinstance(parameter, click.Option) and parameter.name not in ("files", "directory", "help"):
            flags = [flag[2:].upper().replace("-", "_") for flag in parameter.opts if flag.startswith("--")]
            assert parameter.envvar in {f"GIGAAM_{flag}" for flag in flags}
