"""``gigaam models pack`` and ``unpack``, from one machine to another without network."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pexpect
import pytest

from gigaam_cli.core.paths import models_folder
from tests.cli.conftest import Call
from tests.cli.drivers import BASE_TEXT, COMMAND, environment, gigaam, shell, soon
from tests.fakes.installed import flip_a_byte, install_demo_as
from tests.faults.test_disk import fill_up, small_disk


@pytest.fixture
def other(tmp_path: Path) -> dict[str, Any]:
    """Return the variables of another machine, on which there are no models."""
    return {"GIGAAM_MODELS_DIR": str(tmp_path / "other" / "models"), "HF_ENDPOINT": "http://127.0.0.1:9"}


def files(folder: Path) -> set[str]:
    return {file.name for file in folder.rglob("*") if file.is_file() and file.suffix != ".lock"}


def test_a_model_is_carried_over_and_recognises(tmp_path: Path, folder: Path, other: dict[str, Any]) -> None:
    install_demo_as("v3_ctc")
    packed = gigaam("models", "pack", "v3_ctc", cwd=tmp_path)
    assert (packed.code, packed.out) == (0, "")
    assert "packed v3_ctc" in packed.err
    assert gigaam("models", "unpack", tmp_path / "v3_ctc.tar", **other).code == 0
    assert gigaam("models", "verify", "v3_ctc", **other).code == 0
    spoken = gigaam("transcribe", "-m", "v3_ctc", "--offline", folder / "talk.wav", "-o", "-", **other)
    assert (spoken.code, spoken.out) == (0, BASE_TEXT + "\n")


@pytest.mark.skipif(os.name == "nt", reason="bash")
def test_down_a_pipe(tmp_path: Path) -> None:
    """As it is done over ssh; the packer must not find the pipe closed before it is done."""
    install_demo_as("v3_ctc")
    line = 'set -o pipefail; gigaam models pack v3_ctc -o - | GIGAAM_MODELS_DIR="$1" gigaam models unpack -'
    outcome = shell(line, tmp_path / "there")
    assert (outcome.code, outcome.out) == (0, "")
    assert "installed v3_ctc" in outcome.err
    assert files(tmp_path / "there") == files(models_folder())


def test_several_models_in_one_file_and_a_folder_for_it(tmp_path: Path, call: Call) -> None:
    install_demo_as("v3_ctc")
    install_demo_as("v2_ctc")
    folder = models_folder() / "v2_ctc"
    (folder / "v3_vocab.txt").rename(folder / "v2_vocab.txt")
    (folder / "installed.json").unlink()
    assert call("models", "pack", "v3_ctc", "v2_ctc", "v3_ctc", "-o", tmp_path).code == 0
    assert files(tmp_path) >= {"gigaam-models.tar"}


def test_a_pack_that_is_there_is_replaced_only_when_asked(tmp_path: Path, call: Call) -> None:
    install_demo_as("v3_ctc")
    target = tmp_path / "pack.tar"
    target.write_bytes(b"mine")
    refused = call("models", "pack", "v3_ctc", "-o", target)
    assert (refused.code, target.read_bytes()) == (5, b"mine")
    assert "--overwrite" in refused.err
    assert call("models", "pack", "v3_ctc", "-o", target, "--overwrite").code == 0
    assert target.stat().st_size > 4_000_000


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("pack", "demo"), 2, "comes with gigaam"),
        (("pack", "v3_ctcc"), 4, "Did you mean v3_ctc?"),
        (("pack", "v3_rnnt"), 4, "[model_not_there]"),
        (("pack",), 2, "MODEL"),
        (("unpack", "nowhere.tar"), 2, "nowhere.tar"),
        (("unpack",), 2, "FILE"),
    ],
)
def test_what_cannot_be_done_is_said(arguments: tuple[str, ...], code: int, told: str, call: Call) -> None:
    outcome = call("models", *arguments)
    assert outcome.code == code
    assert told in outcome.err


def test_a_damaged_model_is_not_carried_over(tmp_path: Path, call: Call) -> None:
    flip_a_byte(install_demo_as("v3_ctc") / "v3_ctc.onnx.data")
    outcome = call("models", "pack", "v3_ctc", "-o", tmp_path / "pack.tar")
    assert outcome.code == 4
    assert "gigaam models pull v3_ctc" in outcome.err
    assert not (tmp_path / "pack.tar").exists()


@pytest.mark.parametrize("harm", ["cut", "flipped", "foreign"])
def test_a_damaged_pack_installs_nothing(
    harm: str, tmp_path: Path, call: Call, other: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    install_demo_as("v3_ctc")
    target = tmp_path / "pack.tar"
    call("models", "pack", "v3_ctc", "-o", target)
    if harm == "cut":
        os.truncate(target, 2_000_000)
    elif harm == "flipped":
        flip_a_byte(target, 3_000_000)
    else:
        target.write_bytes(b"<html>" * 1000)
    monkeypatch.setenv("GIGAAM_MODELS_DIR", str(other["GIGAAM_MODELS_DIR"]))
    outcome = call("models", "unpack", target)
    assert outcome.code == 4
    assert "[pack_damaged]" in outcome.err
    assert files(models_folder()) == set()


def test_progress_as_json(tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    install_demo_as("v3_ctc")
    packed = call("models", "pack", "v3_ctc", "-o", tmp_path / "pack.tar", "--progress", "json")
    kinds = [event["event"] for event in packed.events]
    assert (kinds[0], kinds[1], kinds[-1]) == ("pack_started", "pack_progress", "pack_done")
    monkeypatch.setenv("GIGAAM_MODELS_DIR", str(tmp_path / "there"))
    unpacked = call("models", "unpack", tmp_path / "pack.tar", "--progress", "json")
    assert {"fetch_started", "fetch_progress", "fetch_done"} <= {event["event"] for event in unpacked.events}
    (tmp_path / "pack.tar").write_bytes(b"")
    failed = call("models", "unpack", tmp_path / "pack.tar", "--progress", "json")
    assert (failed.code, failed.events[-1]["error"]["code"]) == (4, "pack_damaged")


@pytest.mark.root
def test_a_full_disk_leaves_no_half_of_a_pack_or_a_model(tmp_path: Path, call: Call) -> None:
    install_demo_as("v3_ctc")
    target = tmp_path / "pack.tar"
    assert call("models", "pack", "v3_ctc", "-o", target).code == 0
    with small_disk(tmp_path / "disk", "size=3m") as disk:
        packed = call("models", "pack", "v3_ctc", "-o", disk / "pack.tar")
        assert (packed.code, list(disk.iterdir())) == (5, [])
        unpacked = gigaam("models", "unpack", target, GIGAAM_MODELS_DIR=str(disk / "models"))
        assert (unpacked.code, files(disk)) == (5, set())
        fill_up(disk)
        assert gigaam("models", "unpack", target, GIGAAM_MODELS_DIR=str(disk / "models")).code == 5


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_ctrl_c_leaves_no_half_of_a_model(tmp_path: Path, other: dict[str, Any]) -> None:
    install_demo_as("v3_ctc")
    assert gigaam("models", "pack", "v3_ctc", "-o", tmp_path / "pack.tar").code == 0
    content = (tmp_path / "pack.tar").read_bytes()
    there = Path(str(other["GIGAAM_MODELS_DIR"]))
    process = subprocess.Popen(
        [*COMMAND, "models", "unpack", "-"],
        env=environment(**other),
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    process.stdin.write(content[:2_000_000])
    process.stdin.flush()
    assert soon(lambda: list(there.rglob("*.unpacked.partial")), 30)
    process.send_signal(signal.SIGINT)
    _out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert b"Traceback" not in err
    assert files(there) == set()


@pytest.mark.skipif(os.name == "nt", reason="no pseudo-terminals")
@pytest.mark.parametrize("arguments", [("pack", "v3_ctc", "-o", "-"), ("unpack", "-")])
def test_a_terminal_neither_takes_nor_sends_models(arguments: tuple[str, ...]) -> None:
    install_demo_as("v3_ctc")
    child = pexpect.spawn(
        COMMAND[0],
        [*COMMAND[1:], "models", *arguments],
        env=environment(TERM="dumb"),
        encoding="utf-8",
        timeout=30,
    )
    child.expect("a terminal")
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus == 2


@pytest.mark.skipif(os.name == "nt", reason="bash")
def test_a_reader_that_goes_away_ends_it_quietly() -> None:
    install_demo_as("v3_ctc")
    outcome = shell('gigaam models pack v3_ctc -o - | head -c 100 > /dev/null; exit "${PIPESTATUS[0]}"')
    assert outcome.code == 141
    assert "Traceback" not in outcome.err
    assert "internal" not in outcome.err


def test_the_list_in_a_pack_is_json_for_people_too(tmp_path: Path, call: Call) -> None:
    import tarfile

    install_demo_as("v3_ctc")
    call("models", "pack", "v3_ctc", "-o", tmp_path / "pack.tar")
    with tarfile.open(tmp_path / "pack.tar") as tar:
        listed = tar.extractfile("manifest.json")
        assert listed is not None
        content = json.load(listed)
    assert (content["schema"], content["kind"]) == (1, "gigaam-models")
    assert content["models"][0]["source"] == "istupakov/gigaam-v3-onnx"
