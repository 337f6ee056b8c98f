"""The list of models: what is here, how fast it is, and what each is good for, on every width."""

from __future__ import annotations

import json
import os
import re
import sys
from typing import Any

import pexpect
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gigaam_cli.cli.model_table import _lines, _Row
from gigaam_cli.core.paths import models_folder, state_folder
from gigaam_cli.engines.catalog import CATALOG, DEFAULT_MODEL
from gigaam_cli.store.history import Result, Start
from gigaam_cli.store.speeds import write_speed
from gigaam_cli.store.store import Store
from tests.cli.conftest import Call
from tests.cli.drivers import COMMAND, environment
from tests.fakes.installed import install_demo_as


def ran(model: str, device: str, rtfx: float) -> None:
    """Write down a run of ten minutes of audio."""
    store = Store.open(state_folder())
    number = store.history.begin(Start("1", model, "int8", (device,), ("a",)))
    store.history.end(number, Result(done=1, audio_seconds=600.0, wall_seconds=600.0 / rtfx))
    store.close()


def listed(call: Call) -> dict[str, dict[str, Any]]:
    return {item["name"]: item for item in json.loads(call("models", "list", "--json").out)["models"]}


def test_without_a_command_models_are_listed(call: Call) -> None:
    alone = call("models")
    assert (alone.code, alone.err) == (0, "")
    assert alone.out == call("models", "list").out
    assert {line.split()[0] for line in alone.out.splitlines()} >= {entry.name for entry in CATALOG}


def test_programs_learn_all_of_it(call: Call) -> None:
    items = listed(call)
    assert set(items["demo"]) == {
        "name", "folder", "precisions", "rewritten", "size", "recorded", "licence", "source",
        "default", "languages", "about", "rtfx", "rtfx_devices", "rtfx_from",
    }  # fmt: skip
    assert [name for name, item in items.items() if item["default"]] == [DEFAULT_MODEL]
    assert items["multilingual_ctc"]["languages"][0] == "ru"
    assert items["v3_ctc"]["rtfx"] is None


def test_what_is_not_here_has_the_size_of_its_fetch_where_that_is_known(call: Call) -> None:
    out = call("models").out
    assert re.search(r"^v3_e2e_rnnt +- +~0\.9 GB ", out, re.MULTILINE)
    assert re.search(r"^v2_ctc +- +- ", out, re.MULTILINE)
    assert "SIZE with ~: to be fetched" in out
    assert listed(call)["v3_e2e_rnnt"]["size"] == 0


def test_looking_at_the_list_makes_nothing(call: Call) -> None:
    call("models")
    assert not state_folder().exists()
    assert not models_folder().exists()


def test_speed_comes_from_past_runs_and_before_them_from_the_doctor(call: Call) -> None:
    write_speed(state_folder(), "demo", "cpu", 100.0)
    write_speed(state_folder(), "demo", "cuda:0", 900.0)
    write_speed(state_folder(), "demo_rnnt", "cpu", 50.0)
    ran("demo", "cpu", 25.0)
    items = listed(call)
    assert (items["demo"]["rtfx"], items["demo"]["rtfx_devices"]) == (25.0, ["cpu"])
    assert items["demo"]["rtfx_from"] == "runs"
    assert (items["demo_rnnt"]["rtfx"], items["demo_rnnt"]["rtfx_from"]) == (50.0, "doctor")
    row = next(line for line in call("models").out.splitlines() if line.startswith("demo "))
    assert "25.0" in row


def test_speed_is_that_of_the_devices_that_were_used_last(call: Call) -> None:
    ran("demo", "cpu", 25.0)
    ran("demo", "cuda:0", 500.0)
    assert listed(call)["demo"]["rtfx"] == 500.0


def test_a_store_that_cannot_be_read_costs_the_speeds_only(call: Call) -> None:
    state_folder().mkdir(parents=True)
    (state_folder() / "state.db").mkdir()
    assert listed(call)["demo"]["rtfx"] is None


def test_what_each_is_good_for_is_said_in_russian_too(call: Call) -> None:
    russian = call("--lang", "ru", "models").out
    assert not re.search("plain words|punctuation|demonstration", russian)
    assert not re.search("[а-яё]", call("--lang", "ru", "models", "list", "--json").out)


def drawn(columns: int) -> list[str]:
    child = pexpect.spawn(
        COMMAND[0],
        [*COMMAND[1:], "models"],
        env=environment(TERM="dumb"),
        encoding="utf-8",
        timeout=30,
        dimensions=(24, columns),
    )
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus == 0
    return str(child.before).splitlines()


@pytest.mark.skipif(os.name == "nt", reason="no pseudo-terminals")
@pytest.mark.parametrize("columns", [80, 40])
def test_it_fits_on_a_terminal(columns: int) -> None:
    install_demo_as("v3_ctc")
    write_speed(state_folder(), "v3_ctc", "cpu", 30.0)
    lines = drawn(columns)
    assert max(map(len, lines)) <= columns
    text = re.sub(r"\s+", " ", " ".join(lines))
    assert "30.0" in text
    assert "(default)" in text
    assert all(entry.name in text for entry in CATALOG)


CELLS = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=24)


@given(
    st.tuples(CELLS, CELLS, CELLS, CELLS),
    st.text(st.sampled_from("abc "), max_size=100),
    st.integers(30, 200),
)
def test_no_line_is_wider_than_the_terminal(cells: tuple[str, str, str, str], what: str, width: int) -> None:
    row = _Row(*cells, what)
    lines = list(_lines(row, [len(cell) for cell in cells], width))
    assert all(len(line.rstrip()) <= width for line in lines)
    joined = "".join(lines).replace(" ", "")
    assert what.replace(" ", "") in joined
    assert all(cell in joined for cell in cells if cell != "-")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("models", "pull", "v3_e2e_rnt"), "Did you mean v3_e2e_rnnt?"),
        (("models", "verify", "v3ctc"), "Did you mean v3_ctc?"),
        (("models", "pull", "v3"), "Did you mean v3_e2e_rnnt?"),
        (("models", "remove", "v2_rnt"), "Did you mean v2_rnnt?"),
        (("transcribe", "-m", "dmo", "-n", sys.executable), "Did you mean demo?"),
        (("models", "pull", "whisper"), "Known models: "),
    ],
)
def test_a_name_that_is_nearly_right_is_told(arguments: tuple[str, ...], told: str, call: Call) -> None:
    outcome = call(*arguments)
    assert outcome.code == 4
    assert told in outcome.err
    assert "[model_unknown]" in outcome.err


def test_remove_says_what_it_freed(call: Call) -> None:
    folder = install_demo_as("v3_ctc")
    (folder / ".DS_Store").touch()
    (folder / "v3_ctc.onnx.0123.partial").touch()
    outcome = call("models", "remove", "v3_ctc")
    assert outcome.code == 0
    assert "removed v3_ctc: 4.2 MB" in outcome.err
    assert not folder.exists()


@pytest.mark.parametrize("name", ["notes.txt", "v3_ctc.onnx.bak", "project"])
def test_remove_leaves_what_is_no_models(name: str, call: Call) -> None:
    folder = install_demo_as("v3_ctc")
    if "." in name:
        (folder / name).write_text("mine")
    else:
        (folder / name).mkdir()
    outcome = call("models", "remove", "v3_ctc")
    assert outcome.code == 4
    assert name in outcome.err
    assert "[model_not_ours]" in outcome.err
    assert (folder / "v3_ctc.onnx").exists()
