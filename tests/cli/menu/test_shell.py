"""Command lines as text."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gigaam_cli.cli.menu.shell import crontab_line, quoted, shell_line

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


@settings(deadline=None)
@given(st.lists(TEXTS.filter(str.isprintable)))
def test_a_shell_reads_the_arguments_that_were_written(arguments: list[str]) -> None:
    assert shlex.split(shell_line(arguments)) == ["gigaam", *arguments]


@settings(deadline=None)
@given(TEXTS)
def test_a_line_is_one_line_and_can_be_shown(argument: str) -> None:
    assert quoted(argument).isprintable()


@pytest.mark.parametrize(
    "name",
    ["a\nb", "tab\there", "\x1b[31mred", "b'q\"d $HOME `x`\x07", os.fsdecode(b"\xff\xfe.mp3"), "é\u200b"],
)
def test_sh_reads_what_cannot_be_shown(name: str) -> None:
    said = subprocess.run(["sh", "-c", f"printf %s {quoted(name)}"], check=True, capture_output=True)
    assert said.stdout == os.fsencode(name)


def test_a_crontab_line_asks_nothing_and_brings_its_settings() -> None:
    variables = {"GIGAAM_STATE_DIR": "/my state", "GIGAAM_KEY": "secret", "HOME": "/root"}
    line = crontab_line(["transcribe", "--model", "demo", "/100 % done"], variables)
    assert line.startswith("30 2 * * *  GIGAAM_STATE_DIR='/my state' ")
    assert line.endswith(r"transcribe --non-interactive --model demo '/100 \% done'")
    assert "secret" not in line


def test_a_crontab_line_names_a_program_that_cron_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/opt/bin/gigaam"])
    assert "  /opt/bin/gigaam transcribe " in crontab_line(["transcribe", "/a"], {})
    monkeypatch.setattr(sys, "argv", ["/lib/gigaam_cli/__main__.py"])
    monkeypatch.setenv("PATH", "/nowhere")
    assert f"  {sys.executable} -m gigaam_cli transcribe " in crontab_line(["transcribe", "/a"], {})
