"""``gigaam history``: what past runs were, for people and for programs."""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest

from gigaam_cli import __version__
from tests.cli.conftest import Call
from tests.cli.drivers import BASE, COMMAND, gigaam, repeated, running


def runs(call: Call, *options: str) -> list[dict[str, Any]]:
    outcome = call("history", "--json", *options)
    assert outcome.code == 0
    values = json.loads(outcome.out)
    assert values["schema"] == 1
    found: list[dict[str, Any]] = values["runs"]
    return found


def test_before_the_first_run(call: Call) -> None:
    outcome = call("history")
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "there was no run yet\n")
    assert runs(call) == []


def test_a_run_is_told_with_what_came_of_it(folder: Path, call: Call) -> None:
    (folder / "broken.mp3").write_bytes(b"nothing to hear")
    assert call("transcribe", folder, "-m", "demo", "--device", "cpu").code == 1
    (known,) = runs(call)
    summary = {"done": 1, "failed": 1, "skipped": 0, "suspect": 0, "ended": None}
    start = {"model": "demo", "devices": ["cpu"], "inputs": [str(folder)], "version": __version__}
    assert known.items() >= (summary | start | {"state": "ended", "pid": os.getpid()}).items()
    assert 5 < known["audio_seconds"] < 8
    assert 0 < known["rtfx"] == pytest.approx(known["audio_seconds"] / known["wall_seconds"], rel=0.1)
    (line,) = call("history").out.splitlines()
    when, duration, counts, hours, speed, manner = line.split("\t")
    assert (counts, hours, manner) == ("1 done, 1 failed, 0 skipped", "0.00 h", "complete")
    assert float(speed.removesuffix(" RTFx")) == pytest.approx(known["rtfx"], abs=0.06)
    assert (len(when), duration[:2]) == (len("2026-01-01 00:00:00"), "0:")


def test_the_newest_comes_first(folder: Path, call: Call) -> None:
    for _ in range(3):
        assert call("transcribe", folder, "-m", "demo").code == 0
    assert [(known["done"], known["skipped"]) for known in runs(call)] == [(0, 1), (0, 1), (1, 0)]
    assert len(runs(call, "-n", "2")) == 2
    assert len(call("history", "-n", "1").out.splitlines()) == 1


def test_a_run_that_could_not_begin_is_told_with_the_reason(folder: Path, tmp_path: Path, call: Call) -> None:
    (tmp_path / "file").touch()
    assert call("transcribe", folder, "-m", "demo", "-o", tmp_path / "file").code == 5
    (known,) = runs(call)
    assert (known["state"], known["ended"], known["done"]) == ("ended", "output_unwritable", 0)
    assert call("history").out.endswith("\tan output folder cannot be written to\n")


def test_what_changes_nothing_is_no_run(folder: Path, call: Call) -> None:
    assert call("transcribe", folder, "-m", "demo", "--dry-run").code == 0
    assert call("transcribe", "-", "-m", "demo", stdin=BASE.read_bytes()).code == 0
    assert runs(call) == []


@pytest.mark.skipif(os.name == "nt", reason="nobody can tell there whether a process lives")
def test_a_run_is_at_work_until_it_is_killed(folder: Path, call: Call) -> None:
    repeated(folder / "talk.wav", 600)
    with running(*COMMAND, "transcribe", folder, "-m", "demo", "--progress", "json") as run:
        run.wait_for("segment_done", "talk.wav")
        assert [known["state"] for known in runs(call)] == ["at_work"]
        assert call("history").out.endswith("\tat work\n")
        run.send(signal.SIGKILL)
        run.end()
    (known,) = runs(call)
    assert (known["state"], known["ended_at"], known["ended"]) == ("killed", None, None)
    assert call("history").out.endswith("\t-\t-\t-\t-\tkilled\n")


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX")
def test_a_run_that_was_interrupted_says_so(folder: Path, call: Call) -> None:
    shutil.copy(BASE, folder / "a.wav")
    repeated(folder / "talk.wav", 600)
    with running(*COMMAND, "transcribe", folder, "-m", "demo", "--progress", "json") as run:
        run.wait_for("segment_done", "talk.wav")
        run.send(signal.SIGINT)
        assert run.end().code == 130
    assert runs(call)[0]["ended"] == "interrupted"
    russian = gigaam("history", LC_ALL="ru_RU.UTF-8")
    assert russian.out.rstrip().endswith("\tработа прервана")
