"""What shells offer for a word that is being typed, and the scripts that make them ask."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest
from click.shell_completion import ShellComplete

from gigaam_cli.cli.commands.group import program
from gigaam_cli.core.paths import models_folder
from gigaam_cli.engines.catalog import NAMES
from tests.cli.conftest import Call
from tests.cli.drivers import environment

needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
IN_BASH = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_gigaam_completion gigaam 2> /dev/null
printf '%s\\n' "${COMPREPLY[@]}"
"""


def offered(*words: str) -> list[str]:
    """Return what is offered for the last of ``words``."""
    *before, incomplete = words
    completer = ShellComplete(program, {}, "gigaam", "_GIGAAM_COMPLETE")
    return [
        item.value if item.type == "plain" else item.type
        for item in completer.get_completions(before, incomplete)
    ]


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "config.toml"
    file.write_text('[profiles.night]\nthreads = 1\n[profiles.noon]\nmodel = "demo"\n', encoding="utf-8")
    monkeypatch.setenv("GIGAAM_CONFIG", str(file))
    return file


@pytest.fixture
def path_with_gigaam(tmp_path: Path) -> str:
    """Return a PATH on which the program under test is called ``gigaam``."""
    command = tmp_path / "bin" / "gigaam"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m gigaam_cli "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    return f"{command.parent}{os.pathsep}{os.environ['PATH']}"


@pytest.fixture
def script(tmp_path: Path, call: Call) -> Path:
    file = tmp_path / "script"
    file.write_text(call("completion", "bash").out, encoding="utf-8")
    return file


def test_commands_and_options() -> None:
    assert offered("tr") == ["transcribe"]
    assert offered("models", "pu") == ["pull"]
    assert offered("transcribe", "--vad-t") == ["--vad-threshold"]
    assert offered("transcribe", "--precision", "fp") == ["fp16", "fp32"]


def test_models_by_name_and_those_that_are_here() -> None:
    (models_folder() / "v3_ctc").mkdir(parents=True)
    assert offered("transcribe", "-m", "v3_e2e") == ["v3_e2e_rnnt", "v3_e2e_ctc"]
    assert offered("watch", "--model", "d") == ["demo", "demo_rnnt"]
    assert offered("models", "pull", "") == list(NAMES)
    assert offered("models", "remove", "") == ["v3_ctc"]
    assert offered("transcribe", "-m", "./mod") == ["dir"]


def test_formats_go_on_behind_a_comma() -> None:
    assert offered("transcribe", "-F", "t") == ["txt", "timecodes", "tsv"]
    assert offered("export", "--format", "txt,t") == ["txt,timecodes", "txt,tsv"]


def test_devices_files_and_folders() -> None:
    assert offered("transcribe", "--device", "c")[:2] == ["cpu", "cuda"]
    assert offered("transcribe", "reco") == ["file"]
    assert offered("transcribe", "-o", "te") == ["dir"]
    assert offered("watch", "in") == ["dir"]


@pytest.mark.usefixtures("config")
def test_profiles_and_settings() -> None:
    assert offered("transcribe", "--profile", "ni") == ["night"]
    assert offered("config", "show", "--profile", "") == ["night", "noon"]
    assert offered("config", "set", "max-s") == ["max-segment"]
    assert offered("config", "set", "recursive", "") == ["true", "false"]
    assert offered("config", "set", "format", "txt", "s") == ["srt"]
    assert offered("config", "set", "nonsense", "") == []


def test_a_settings_file_that_makes_no_sense_disturbs_no_completion(config: Path) -> None:
    config.write_text("= nonsense", encoding="utf-8")
    assert offered("transcribe", "--profile", "") == []
    assert offered("transcribe", "--vad", "s") == ["silero"]


@needs_bash
@pytest.mark.usefixtures("config")
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["config", "un"], ["unset"]),
        (["transcribe", "-F", "txt,s"], ["txt,srt"]),
        (["transcribe", "--profile", "n"], ["night", "noon"]),
        (["transcribe", "--profile", "night", "-m", "demo_"], ["demo_rnnt"]),
    ],
    ids=" ".join,
)
def test_bash_completes(words: list[str], expected: list[str], script: Path, path_with_gigaam: str) -> None:
    command = ["bash", "--norc", "-c", IN_BASH, "bash", str(script), "gigaam", *words]
    answered = subprocess.run(
        command,
        env=environment(PATH=path_with_gigaam),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert answered.stdout.splitlines() == expected


@needs_bash
def test_somebody_presses_the_tab_key(tmp_path: Path, script: Path, path_with_gigaam: str) -> None:
    (tmp_path / "a talk.wav").touch()
    shell = pexpect.spawn(
        "bash",
        ["--norc", "--noprofile"],
        env=environment(PATH=path_with_gigaam, PS1="ready> ", TERM="dumb"),
        cwd=str(tmp_path),
        encoding="utf-8",
        timeout=60,
    )
    shell.expect_exact("ready> ")
    shell.sendline(f'bind "set enable-bracketed-paste off"; source "{script}"')
    shell.expect_exact("ready> ")
    shell.send("gigaam transc\t")
    shell.expect_exact("gigaam transcribe ")
    shell.send("-m demo_\t")
    shell.expect_exact("-m demo_rnnt ")
    shell.send("a\t")
    shell.expect_exact(r"a\ talk.wav ")
    shell.close(force=True)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_each_shell(shell: str, tmp_path: Path, call: Call) -> None:
    outcome = call("completion", shell)
    assert (outcome.code, outcome.err) == (0, "")
    assert f"_GIGAAM_COMPLETE={shell}_complete" in outcome.out
    assert 'split ","' not in outcome.out, "a value may have commas in it"
    if shutil.which(shell):
        file = tmp_path / "script"
        file.write_text(outcome.out, encoding="utf-8")
        subprocess.run([shell, "-n", file], check=True, timeout=60)


@pytest.mark.skipif(shutil.which("fish") is None, reason="needs fish")
def test_fish_completes_behind_a_comma(tmp_path: Path, call: Call, path_with_gigaam: str) -> None:
    file = tmp_path / "script"
    file.write_text(call("completion", "fish").out, encoding="utf-8")
    command = ["fish", "-N", "-c", f"source '{file}'; complete -C 'gigaam transcribe -F txt,s'"]
    answered = subprocess.run(
        command,
        env=environment(PATH=path_with_gigaam),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert answered.stdout.split() == ["txt,srt"]


def test_on_a_terminal_it_says_where_the_script_belongs() -> None:
    told, _status = pexpect.run(
        f"{sys.executable} -m gigaam_cli completion zsh",
        env=environment(),
        timeout=60,
        withexitstatus=True,
        encoding="utf-8",
    )
    assert '~/.zshrc: eval "$(gigaam completion zsh)"' in told


def test_another_shell_is_wrong_use(call: Call) -> None:
    assert call("completion", "tcsh").code == 2
