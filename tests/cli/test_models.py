"""``gigaam models`` as people and scripts use it, with a hub on loopback."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest

from gigaam_cli.core.paths import demo_folder, models_folder
from tests.cli.drivers import BASE, BASE_TEXT, COMMAND, Outcome, environment, gigaam, soon
from tests.fakes.hub import Hub, contents, serving
from tests.fakes.rnnt import write_rnnt

REPOSITORY = "istupakov/gigaam-v3-onnx"
GRAPH = "v3_ctc.onnx.data"  # the largest file
CLOSED = "http://127.0.0.1:9"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """Serve the demonstration model as ``v3_ctc`` and a small transducer as ``v3_e2e_rnnt``."""
    transducer = write_rnnt(tmp_path / "transducer")
    files = {**contents(transducer), **contents(demo_folder() / "model")}
    with serving({REPOSITORY: files}) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        monkeypatch.setenv("HF_HUB_DISABLE_XET", "1")
        yield hub


def exact(files: dict[str, bytes]) -> dict[str, bytes]:
    """Return files whose configuration does not say that they are rounded, as on the hub."""
    return {**files, "config.json": b'{"model_type": "gigaam-v3-ctc", "version": "v3"}'}


def pull(*options: str, **variables: Any) -> Outcome:
    return gigaam("models", "pull", "v3_ctc", *options, **variables)


def listed() -> dict[str, dict[str, object]]:
    """Return what ``models list`` says, by name."""
    return {item["name"]: item for item in json.loads(gigaam("models", "list", "--json").out)["models"]}


def test_pull_then_transcribe_without_network(hub: Hub, folder: Path) -> None:
    outcome = pull()
    assert outcome.code == 0
    assert outcome.out == ""
    assert "installed v3_ctc" in outcome.err
    spoken = gigaam(
        "transcribe", "-m", "v3_ctc", "--offline", folder / "talk.wav", "-o", "-", HF_ENDPOINT=CLOSED
    )
    assert (spoken.code, spoken.out) == (0, BASE_TEXT + "\n")


def test_a_transducer_with_pieces_of_words_too(hub: Hub, folder: Path) -> None:
    assert gigaam("models", "pull", "v3_e2e_rnnt").code == 0
    spoken = gigaam("transcribe", "--offline", folder / "talk.wav", "-o", "-", HF_ENDPOINT=CLOSED)
    assert spoken.code == 0
    assert "да" in spoken.out


@pytest.mark.parametrize("share", [0.3, 0.7])
def test_a_pull_that_is_killed_goes_on_from_there(hub: Hub, share: float) -> None:
    size = len(hub.files[GRAPH])
    hub.pause = 0.003
    process = subprocess.Popen(
        [*COMMAND, "models", "pull", "v3_ctc"], env=environment(), stderr=subprocess.PIPE
    )
    assert soon(lambda: hub.sent >= size * share, 30)
    process.kill()
    process.communicate()
    (partial,) = (models_folder() / "v3_ctc").glob(f"{GRAPH}.*.partial")
    arrived = partial.stat().st_size
    assert 0 < arrived < size
    asked = gigaam("transcribe", "-m", "v3_ctc", BASE, "-n")
    assert asked.code == 4
    assert "gigaam models pull v3_ctc" in asked.err
    hub.pause = 0
    resumed = pull("--progress", "json")
    assert resumed.code == 0
    assert resumed.events[0]["there"] >= arrived
    assert hub.downloads(GRAPH)[-1] == f"bytes={arrived}-"
    assert gigaam("models", "verify", "v3_ctc").code == 0


def test_ctrl_c_keeps_what_has_arrived(hub: Hub) -> None:
    hub.pause = 0.003
    process = subprocess.Popen(
        [*COMMAND, "models", "pull", "v3_ctc"], env=environment(), stderr=subprocess.PIPE
    )
    assert soon(lambda: hub.sent > 500_000, 30)
    process.send_signal(signal.SIGINT)
    _out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert b"Traceback" not in err
    assert list((models_folder() / "v3_ctc").glob(f"{GRAPH}.*.partial"))


def test_two_pulls_at_once_make_one_download(hub: Hub) -> None:
    hub.pause = 0.001
    processes = [
        subprocess.Popen([*COMMAND, "models", "pull", "v3_ctc"], env=environment(), stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    said = b"".join(process.communicate(timeout=60)[1] for process in processes)
    assert [process.returncode for process in processes] == [0, 0]
    assert hub.downloads(GRAPH) == ["bytes=0-"]
    assert said.count(b"installed v3_ctc") == 1
    assert said.count(b"is here already") == 1


def test_a_flipped_byte_on_the_way_is_refused(hub: Hub) -> None:
    hub.flip = 1_000_000
    outcome = pull()
    assert outcome.code == 4
    assert "[download_damaged]" in outcome.err
    assert listed()["v3_ctc"]["precisions"] == []


def test_a_flipped_byte_on_the_disk_is_never_loaded(hub: Hub, folder: Path) -> None:
    pull()
    graph = models_folder() / "v3_ctc" / GRAPH
    data = bytearray(graph.read_bytes())
    data[1_000_000] ^= 1
    graph.write_bytes(data)
    refused = gigaam("transcribe", "-m", "v3_ctc", folder)
    assert refused.code == 4
    assert "[model_changed]" in refused.err
    assert "gigaam models pull v3_ctc" in refused.err
    verified = gigaam("models", "verify")
    assert verified.code == 4
    assert [line for line in verified.out.splitlines() if "whole" not in line] == [
        f"v3_ctc\t{GRAPH}\tits contents changed"
    ]
    assert pull().code == 0
    assert gigaam("models", "verify", "v3_ctc").code == 0


def test_no_model_and_no_network_ends_at_once_with_the_command(folder: Path) -> None:
    outcome = gigaam("transcribe", folder, HF_ENDPOINT=CLOSED)
    assert outcome.code == 4
    assert "gigaam models pull v3_e2e_rnnt" in outcome.err
    assert "[model_missing]" in outcome.err
    assert list(folder.iterdir()) == [folder / "talk.wav"]


def test_the_command_names_the_precision_that_was_asked_for(folder: Path) -> None:
    outcome = gigaam("transcribe", folder, "-m", "v3_ctc", "--precision", "fp16")
    assert "gigaam models pull v3_ctc --precision fp16" in outcome.err


def test_a_hub_that_is_not_there(folder: Path) -> None:
    outcome = pull(HF_ENDPOINT=CLOSED)
    assert outcome.code == 4
    assert "[hub_unreachable]" in outcome.err
    assert "HTTPS_PROXY" in outcome.err


def test_a_proxy_of_the_environment_is_used(hub: Hub) -> None:
    outcome = pull(HF_ENDPOINT="http://hub.invalid", HTTP_PROXY=hub.address, NO_PROXY=None, no_proxy=None)
    assert ("GET", f"http://hub.invalid/api/models/{REPOSITORY}", "") in hub.requests
    assert outcome.code in {0, 4}


@pytest.mark.parametrize("variables", [{"GIGAAM_OFFLINE": "1"}, {"HF_HUB_OFFLINE": "1"}])
def test_offline_asks_for_nothing(hub: Hub, variables: dict[str, Any]) -> None:
    assert pull(**variables).code == 4
    assert hub.requests == []


def test_a_closed_model_wants_a_token(hub: Hub) -> None:
    hub.token = "secret"
    refused = pull(HF_TOKEN=None)
    assert refused.code == 4
    assert "HF_TOKEN" in refused.err
    assert pull(HF_TOKEN="secret").code == 0


def test_the_list_says_what_is_here(hub: Hub) -> None:
    assert listed()["v3_ctc"]["precisions"] == []
    pull()
    here = listed()
    assert here["v3_ctc"]["precisions"] == ["fp32"]
    assert here["v3_ctc"]["recorded"] is True
    assert here["demo"]["precisions"]
    lines = gigaam("models", "list").out.splitlines()
    assert (
        len({line.index(word) for line, word in zip(lines, ("WHAT", "a demonstration"), strict=False)}) == 1
    )


def test_remove_takes_it_away(hub: Hub) -> None:
    pull()
    assert gigaam("models", "remove", "v3_ctc").code == 0
    assert not (models_folder() / "v3_ctc").exists()
    again = gigaam("models", "remove", "v3_ctc")
    assert again.code == 4
    assert "[model_not_there]" in again.err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("pull", "demo"), 0),
        (("verify", "demo"), 0),
        (("remove", "demo"), 2),
        (("pull", "v9"), 4),
        (("pull", "../v3_ctc"), 4),
        (("verify", "v3_ctc"), 4),
        (("pull",), 2),
        (("verify",), 0),
    ],
)
def test_what_cannot_be_done_is_said(arguments: tuple[str, ...], code: int) -> None:
    outcome = gigaam("models", *arguments, HF_ENDPOINT=CLOSED)
    assert outcome.code == code
    assert "Traceback" not in outcome.err


def test_an_attempt_that_failed_leaves_nothing_to_verify_or_remove(hub: Hub) -> None:
    hub.fail_with = 404
    assert pull().code == 4
    for command in ("verify", "remove"):
        outcome = gigaam("models", command, "v3_ctc")
        assert outcome.code == 4
        assert "[model_not_there]" in outcome.err


def test_a_file_that_is_gone_is_found_by_verify_without_names(hub: Hub) -> None:
    pull()
    (models_folder() / "v3_ctc" / GRAPH).unlink()
    outcome = gigaam("models", "verify")
    assert outcome.code == 4
    assert GRAPH in outcome.out


def test_a_precision_for_transcribe_means_nothing_else_to_pull(hub: Hub) -> None:
    assert pull(GIGAAM_PRECISION="auto").code == 0


def test_the_missing_precision_is_named_and_can_be_fetched(hub: Hub, folder: Path) -> None:
    pull()
    outcome = gigaam("transcribe", "-m", "v3_ctc", "--precision", "fp16", folder)
    assert outcome.code == 4
    assert "gigaam models pull v3_ctc --precision fp16" in outcome.err


def test_progress_as_json(hub: Hub) -> None:
    outcome = pull("--progress", "json")
    kinds = [event["event"] for event in outcome.events]
    assert kinds[0] == "fetch_started"
    assert kinds[-1] == "fetch_done"
    assert "fetch_progress" in kinds


def test_a_failure_as_json(hub: Hub) -> None:
    hub.fail_with = 404
    outcome = pull("--progress", "json")
    assert outcome.code == 4
    assert outcome.events[-1]["error"]["code"] == "hub_refused"


def test_an_unwritable_folder_is_5(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    outcome = pull(GIGAAM_MODELS_DIR=str(tmp_path / "file"))
    assert outcome.code == 5
    assert "[models_unwritable]" in outcome.err
    assert "GIGAAM_MODELS_DIR" in outcome.err


@pytest.fixture
def terminal(folder: Path) -> Iterator[pexpect.spawn]:
    """Start a transcription with a missing model on a terminal."""
    arguments = ["-m", "gigaam_cli", "transcribe", "-m", "v3_ctc", str(folder), "-F", "txt"]
    child = pexpect.spawn(
        sys.executable, arguments, env=environment(TERM="dumb"), encoding="utf-8", timeout=30
    )
    yield child
    child.close(force=True)


def test_on_a_terminal_the_missing_model_is_offered(hub: Hub, terminal: pexpect.spawn, folder: Path) -> None:
    terminal.expect("Fetch it from .* now")
    assert hub.requests == []
    terminal.sendline("y")
    terminal.expect("installed v3_ctc")
    terminal.expect(pexpect.EOF)
    terminal.wait()
    assert terminal.exitstatus == 0
    assert (folder / "talk.txt").read_text(encoding="utf-8") == BASE_TEXT + "\n"


def test_a_no_on_the_terminal_ends_with_the_command(hub: Hub, terminal: pexpect.spawn) -> None:
    terminal.expect("Fetch it from .* now")
    terminal.sendline("n")
    terminal.expect("gigaam models pull v3_ctc")
    terminal.expect(pexpect.EOF)
    terminal.wait()
    assert terminal.exitstatus == 4
    assert hub.requests == []


def test_an_input_that_is_not_there_is_told_without_asking_for_a_model(hub: Hub, tmp_path: Path) -> None:
    outcome = gigaam("transcribe", "-m", "v3_ctc", tmp_path / "typo.mp3")
    assert outcome.code == 1
    assert "[input_missing]" in outcome.err
    assert "v3_ctc" not in outcome.err


def test_a_model_is_rewritten_for_this_machine_once(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving({REPOSITORY: exact(contents(demo_folder() / "model"))}) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        monkeypatch.setenv("HF_HUB_DISABLE_XET", "1")
        outcome = pull()
    assert outcome.code == 0
    assert outcome.err.index("installed v3_ctc") < outcome.err.index(
        "rewriting v3_ctc for this machine (int8)"
    )
    assert "rewrote v3_ctc" in outcome.err
    assert listed()["v3_ctc"]["rewritten"] == ["int8"]
    table = gigaam("models", "list").out
    assert "fp32, int8*" in table
    assert "* rewritten for this machine" in table
    spoken = gigaam("transcribe", "-m", "v3_ctc", "--offline", folder / "talk.wav", "-o", "-")
    assert (spoken.code, spoken.out) == (0, BASE_TEXT + "\n")
    assert "rewr" not in spoken.err
    assert "model v3_ctc (int8) on cpu" in spoken.err
    assert gigaam("models", "remove", "v3_ctc", "-n").code == 0
    assert not (models_folder() / "v3_ctc").exists()


def test_what_was_put_there_by_hand_is_rewritten_before_its_first_use(tmp_path: Path, folder: Path) -> None:
    model = tmp_path / "model"
    model.mkdir()
    for name, content in exact(contents(demo_folder() / "model")).items():
        (model / name).write_bytes(content)
    dry = gigaam("transcribe", "-m", model, folder, "--dry-run")
    assert "rewriting" not in dry.err
    for number, words in enumerate(("rewriting model for this machine", "")):
        spoken = gigaam("transcribe", "-m", model, folder, "-o", tmp_path / str(number), "--force")
        assert spoken.code == 0
        assert ("rewriting" in spoken.err) == bool(words)
        assert (tmp_path / str(number) / "talk.txt").read_text(encoding="utf-8") == BASE_TEXT + "\n"
    again = gigaam("transcribe", "-m", model, folder, "-o", tmp_path / "1")
    assert "1 file: done already" in again.err
