"""``gigaam doctor`` on machines where something is missing, broken, full, closed or old."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pexpect
import pytest

from gigaam_cli import __version__
from gigaam_cli.core.paths import models_folder, state_folder
from gigaam_cli.engines.optimise.probe import SAID
from gigaam_cli.pipeline.doctor import checkup
from gigaam_cli.pipeline.doctor.remedies import install_extra, this_machine
from gigaam_cli.pipeline.doctor.system import extras
from gigaam_cli.store.speeds import read_speeds
from gigaam_cli.store.store import Store
from tests.cli.conftest import Call
from tests.cli.drivers import COMMAND, TIMEOUT, Outcome, environment, gigaam
from tests.fakes.hub import serving
from tests.fakes.installed import flip_a_byte, install_demo_as
from tests.faults.test_disk import fill_up, small_disk

CLOSED = "http://127.0.0.1:9"
REPOSITORY = "istupakov/gigaam-v3-onnx"
KEYS = {"check", "about", "state", "message", "hint", "remedies", "values", "seconds"}
STATES = {"ok", "note", "warning", "failed"}


@pytest.fixture
def deaf(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave recognition out where it is not the matter."""
    monkeypatch.setattr(checkup, "recognitions", lambda *_: [])


def findings(outcome: Outcome) -> dict[tuple[str, str], dict[str, Any]]:
    """Return what was found by check and what that is about."""
    return {(each["check"], each["about"]): each for each in json.loads(outcome.out)["checks"]}


def found(outcome: Outcome, check: str, about: str = "") -> dict[str, Any]:
    return findings(outcome)[check, about]


def test_a_machine_on_which_everything_works() -> None:
    """As a process of its own, with real recognition; the speed is known afterwards."""
    with serving({REPOSITORY: {}}) as hub:
        outcome = gigaam("doctor", "-m", "demo", "--json", HF_ENDPOINT=hub.address)
        assert ("HEAD", f"/api/models/{REPOSITORY}", "") in hub.requests
    assert (outcome.code, outcome.err) == (0, "")
    told = json.loads(outcome.out)
    assert (told["schema"], told["version"], told["exit_code"]) == (1, __version__, 0)
    assert all(set(each) == KEYS for each in told["checks"])
    assert {each["state"] for each in told["checks"]} <= STATES
    assert {each["check"] for each in told["checks"]} >= {
        "python", "gigaam", "ffmpeg", "onnxruntime", "cuda", "memory", "disk", "store", "hub", "model",
        "recognition", "locale", "terminal",
    }  # fmt: skip
    heard = found(outcome, "recognition", "demo, cpu")
    assert heard["state"] == "ok"
    assert heard["values"]["expected"] == SAID
    assert read_speeds(state_folder())["demo", "cpu"].rtfx == pytest.approx(heard["values"]["rtfx"], abs=0.1)
    assert not (state_folder() / "state.db").exists()


@pytest.mark.usefixtures("deaf")
def test_without_network_and_without_the_default_model_it_is_a_matter_of_warnings(call: Call) -> None:
    outcome = call("doctor", "--json")
    assert outcome.code == 0
    assert found(outcome, "model", "v3_e2e_rnnt")["remedies"] == ["gigaam models pull v3_e2e_rnnt"]


@pytest.mark.usefixtures("deaf")
def test_a_hub_that_cannot_be_reached_is_a_warning_with_the_way_around(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "ENDPOINT", CLOSED)
    outcome = call("doctor", "--json")
    hub = found(outcome, "hub")
    assert (outcome.code, hub["state"]) == (0, "warning")
    assert CLOSED in hub["message"]
    assert "HTTPS_PROXY" in hub["hint"]
    assert hub["remedies"] == ["gigaam models unpack v3_e2e_rnnt.tar"]


@pytest.mark.usefixtures("deaf")
@pytest.mark.parametrize(("status", "told"), [(401, "HF_TOKEN"), (503, "HTTPS_PROXY")])
def test_a_hub_that_refuses_or_fails_is_a_warning(
    status: int, told: str, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    with serving({}) as hub:
        hub.fail_with = status
        monkeypatch.setattr(constants, "ENDPOINT", hub.address)
        outcome = call("doctor", "--json")
    assert outcome.code == 0
    assert found(outcome, "hub")["state"] == "warning"
    assert told in found(outcome, "hub")["hint"]


@pytest.mark.usefixtures("deaf")
def test_offline_asks_for_nothing(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    with serving({}) as hub:
        monkeypatch.setattr(constants, "ENDPOINT", hub.address)
        assert found(call("doctor", "--json", "--offline"), "hub")["state"] == "note"
        assert hub.requests == []


def without(module: str, *arguments: str, **variables: str | None) -> Outcome:
    """Run the program where a module cannot be imported."""
    script = f"import sys; sys.modules[{module!r}] = None; from gigaam_cli.cli.main import run; run()"
    command = [sys.executable, "-c", script, *arguments]
    finished = subprocess.run(
        command, capture_output=True, env=environment(**variables), timeout=TIMEOUT, check=False
    )
    return Outcome(finished.returncode, finished.stdout.decode(), finished.stderr.decode())


def test_no_ffmpeg_on_the_path_and_none_bundled(tmp_path: Path) -> None:
    """Nor network; all else is still told, down to what recognition says."""
    outcome = without("imageio_ffmpeg", "doctor", "--json", PATH=str(tmp_path), HF_ENDPOINT=CLOSED)
    assert (outcome.code, outcome.err) == (4, "")
    ffmpeg = found(outcome, "ffmpeg")
    assert ffmpeg["state"] == "failed"
    assert re.search("install .*ffmpeg", ffmpeg["remedies"][0])
    assert found(outcome, "hub")["state"] == "warning"
    assert found(outcome, "recognition", "demo, cpu")["state"] == "ok"


@pytest.mark.usefixtures("deaf")
def test_an_ffmpeg_that_was_named_and_is_not_there(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIGAAM_FFMPEG", "/nowhere/ffmpeg")
    outcome = call("doctor", "--json", "--offline")
    assert outcome.code == 4
    assert "/nowhere/ffmpeg" in found(outcome, "ffmpeg")["message"]
    if os.name != "nt":
        assert found(outcome, "ffmpeg")["remedies"] == ["unset GIGAAM_FFMPEG"]


@pytest.mark.parametrize("module", ["onnxruntime", "numpy"])
def test_without_a_library_the_rest_is_told(module: str) -> None:
    outcome = without(module, "doctor", "--json", "--offline")
    assert (outcome.code, outcome.err) == (4, "")
    assert found(outcome, "onnxruntime")["state"] == "failed"
    assert "--force-reinstall" in found(outcome, "onnxruntime")["remedies"][0]
    assert found(outcome, "disk", "state")["state"] != "failed"


@pytest.mark.usefixtures("deaf")
@pytest.mark.parametrize("harm", ["flipped", "cut", "gone"])
def test_a_damaged_model_is_named_and_fetched_again(harm: str, call: Call) -> None:
    weights = install_demo_as("v3_ctc") / "v3_ctc.onnx.data"
    if harm == "flipped":
        flip_a_byte(weights)
    elif harm == "cut":
        os.truncate(weights, 1000)
    else:
        weights.unlink()
    outcome = call("doctor", "--json", "--offline")
    files = found(outcome, "model_files", "v3_ctc")
    assert (outcome.code, files["state"]) == (4, "failed")
    assert str(weights) in files["message"]
    assert files["remedies"] == ["gigaam models pull v3_ctc"]


@pytest.mark.usefixtures("deaf")
def test_a_model_that_was_asked_for_must_be_there(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = call("doctor", "--json", "--offline", "-m", "v3_ctc")
    monkeypatch.setenv("GIGAAM_MODEL", "v3_ctc")
    configured = call("doctor", "--json", "--offline")
    install_demo_as("v3_ctc")
    assert (asked.code, configured.code) == (4, 4)
    assert found(configured, "model", "v3_ctc")["remedies"] == ["gigaam models pull v3_ctc"]
    assert call("doctor", "--json", "--offline").code == 0


def test_the_chosen_model_is_recognised_with_too() -> None:
    install_demo_as("v3_ctc")
    outcome = gigaam("doctor", "--json", "--offline", "-m", "v3_ctc")
    assert outcome.code == 0
    assert found(outcome, "recognition", "v3_ctc, cpu")["state"] == "ok"
    assert found(outcome, "recognition", "demo, cpu")["state"] == "ok"


@pytest.mark.root
@pytest.mark.usefixtures("deaf")
def test_a_full_disk_is_named_with_what_shows_the_room(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with small_disk(tmp_path / "disk") as folder:
        fill_up(folder)
        monkeypatch.setenv("GIGAAM_STATE_DIR", str(folder / "state"))
        monkeypatch.setenv("GIGAAM_MODELS_DIR", str(folder / "models"))
        outcome = call("doctor", "--json", "--offline")
        disk = found(outcome, "disk", "state")
        assert (outcome.code, disk["state"]) == (4, "failed")
        assert str(folder) in disk["message"]
        assert disk["remedies"] == [f"du -xhd1 {folder} | sort -h"]
        assert found(outcome, "disk", "models")["state"] == "warning"


@pytest.mark.usefixtures("deaf")
def test_a_broken_state_store_is_mended_by_its_remedy(call: Call) -> None:
    Store.open(state_folder()).close()
    file = state_folder() / "state.db"
    data = bytearray(file.read_bytes())
    data[4096:8192] = bytes(4096)
    file.write_bytes(data)
    outcome = call("doctor", "--json", "--offline")
    store = found(outcome, "store")
    assert (outcome.code, store["state"], store["remedies"]) == (4, "failed", ["gigaam status"])
    assert file.read_bytes() == data
    assert call("status").code == 0
    assert call("doctor", "--json", "--offline").code == 0


@pytest.mark.usefixtures("deaf")
def test_in_a_log_there_is_a_plain_line_for_each_check(call: Call) -> None:
    outcome = call("doctor", "--offline")
    rows = [line.split("\t") for line in outcome.out.splitlines()]
    assert {row[0] for row in rows} <= STATES
    assert ["warning", "Model to use"] in [row[:2] for row in rows]
    assert all(row[-1] == "gigaam models pull v3_e2e_rnnt" for row in rows if row[1] == "Model to use")
    assert "\x1b" not in outcome.out


@pytest.mark.usefixtures("deaf")
def test_russian_is_for_people_and_json_stays_english(call: Call) -> None:
    assert re.search("[а-яё]", call("--lang", "ru", "doctor", "--offline").out)
    assert not re.search("[а-яё]", call("--lang", "ru", "doctor", "--offline", "--json").out)


def test_an_old_locale_gets_ascii_and_valid_json() -> None:
    ascii_only: dict[str, Any] = {
        "LC_ALL": "C",
        "LANG": "C",
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
    }
    outcome = gigaam("doctor", "--json", "--offline", "-m", "demo", TERM="dumb", **ascii_only)
    assert outcome.code == 0
    assert outcome.out.isascii()
    assert found(outcome, "locale")["state"] == "warning"
    assert found(outcome, "locale")["remedies"]


def on_a_terminal(columns: int, **variables: str | None) -> list[str]:
    """Return the lines that the doctor draws on a terminal of so many columns."""
    child = pexpect.spawn(
        COMMAND[0],
        [*COMMAND[1:], "doctor", "--offline"],
        env=environment(**variables),
        encoding="utf-8",
        timeout=TIMEOUT,
        dimensions=(24, columns),
    )
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus == 0
    return str(child.before).splitlines()


def commands(lines: list[str]) -> list[str]:
    return [line for line in lines if line.startswith("  gigaam ") or " -m pip install " in line]


@pytest.mark.skipif(os.name == "nt", reason="no pseudo-terminals")
@pytest.mark.parametrize("columns", [80, 40])
def test_what_is_drawn_fits_and_commands_can_be_copied(columns: int) -> None:
    """A dumb terminal with the locale C: nothing is drawn over, and every mark is ASCII."""
    lines = on_a_terminal(columns, TERM="dumb", LC_ALL="C", NO_COLOR="1")
    assert "\x1b" not in "".join(lines)
    assert "".join(lines).isascii()
    assert "  gigaam models pull v3_e2e_rnnt" in lines
    if extras(this_machine()):
        assert f"  {install_extra(this_machine(), 'torch')}" in lines
    assert all(len(line) <= columns for line in lines if line not in commands(lines))
    assert {line[0] for line in lines if re.match(r"\S \w", line)} == {"+", "-", "!"}


@pytest.mark.skipif(os.name == "nt", reason="no pseudo-terminals")
def test_a_good_terminal_gets_marks_and_colours_unless_it_wants_none() -> None:
    drawn = "".join(on_a_terminal(80, TERM="xterm-256color", NO_COLOR=None))
    assert "\x1b[32m✓ Python" in drawn
    assert re.search("colours, Unicode", drawn), "what draws stands before stdout and has no encoding"
    plain = "".join(on_a_terminal(80, TERM="xterm-256color", NO_COLOR="1"))
    assert "✓ Python" in plain
    assert not re.search(r"\x1b\[[0-9;]*3\dm", plain)


def test_a_place_for_models_that_is_a_file_is_told(
    call: Call, monkeypatch: pytest.MonkeyPatch, deaf: None
) -> None:
    models_folder().parent.mkdir(parents=True, exist_ok=True)
    models_folder().touch()
    outcome = call("doctor", "--json", "--offline")
    assert found(outcome, "disk", "models")["state"] == "warning"
    assert "GIGAAM_MODELS_DIR" in found(outcome, "disk", "models")["hint"]
