"""Models that are here, that are missing, and that are not what was installed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gigaam_cli.engines import record
from gigaam_cli.pipeline.doctor import models
from gigaam_cli.pipeline.doctor.findings import Finding
from gigaam_cli.pipeline.doctor.models import WantedModel
from tests.fakes.installed import flip_a_byte, install_demo_as

GRAPH, WEIGHTS = "v3_ctc.onnx", "v3_ctc.onnx.data"


def looked(name: str = "v3_ctc") -> Finding:
    (check,) = (check for check in models.installed() if check.about == name)
    return check.look()


def test_nothing_is_installed() -> None:
    assert models.installed() == []


def test_the_default_model_may_be_missing_since_there_is_a_demonstration() -> None:
    found = models.wanted(WantedModel("v3_e2e_rnnt", named=False))
    assert found.state == "warning"
    assert found.remedies == ("gigaam models pull v3_e2e_rnnt",)


def test_a_model_that_was_named_must_be_there() -> None:
    found = models.wanted(WantedModel("v3_ctc", named=True))
    assert (found.state, found.remedies) == ("failed", ("gigaam models pull v3_ctc",))


def test_without_a_demonstration_the_default_model_must_be_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gigaam_cli.engines.models.demo_folder", lambda: tmp_path)
    assert models.wanted(WantedModel("v3_e2e_rnnt", named=False)).state == "failed"


def test_a_model_of_no_known_name() -> None:
    found = models.wanted(WantedModel("v9", named=True))
    assert (found.state, found.remedies) == ("failed", ("gigaam models list",))


def test_a_model_that_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    install_demo_as("v3_ctc")
    assert looked().state == "ok"
    assert "4 files" in looked().message()
    assert models.wanted(WantedModel("v3_ctc", named=True)).state == "ok"


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (flip_a_byte, "its contents changed"),
        (lambda file: file.write_bytes(file.read_bytes()[:-1]), "its size is another"),
        (lambda file: file.unlink(), "No such file"),
    ],
    ids=["flipped", "cut", "gone"],
)
@pytest.mark.parametrize("name", [WEIGHTS, "v3_vocab.txt"])
def test_a_damaged_file_is_named_with_the_command(harm: object, told: str, name: str) -> None:
    file = install_demo_as("v3_ctc") / name
    if name == "v3_vocab.txt" and told == "its contents changed":
        flip_a_byte(file, 5)
    else:
        harm(file)  # type: ignore[operator]
    found = looked()
    assert found.state == "failed"
    assert name in found.message()
    assert told in found.message()
    assert found.remedies == ("gigaam models pull v3_ctc",)


def test_what_is_damaged_in_one_precision_is_fetched_in_that() -> None:
    folder = install_demo_as("v3_ctc")
    exact = record.read(folder)
    rounded = folder / "v3_ctc.int8.onnx"
    shutil.copy(folder / GRAPH, rounded)
    record.write(folder, [*exact.values(), record.describe(rounded, exact[GRAPH].sha256, "")])
    assert looked().state == "ok"
    flip_a_byte(rounded)
    assert looked().remedies == ("gigaam models pull v3_ctc --precision int8",)


def test_a_record_that_cannot_be_read_is_damage() -> None:
    folder = install_demo_as("v3_ctc")
    (folder / record.RECORD).write_text("{")
    assert looked().state == "failed"
    assert looked().remedies == ("gigaam models pull v3_ctc",)


def test_what_was_put_there_by_hand_is_a_note() -> None:
    install_demo_as("v3_ctc", recorded=False)
    assert looked().state == "note"
    assert "by hand" in looked().message()


def test_a_fetch_that_was_cut_short_is_a_note_with_the_command() -> None:
    folder = install_demo_as("v3_ctc", recorded=False)
    (folder / WEIGHTS).rename(folder / f"{WEIGHTS}.0123.partial")
    (folder / GRAPH).unlink()
    found = looked()
    assert (found.state, found.remedies) == ("note", ("gigaam models pull v3_ctc",))


def test_looking_changes_nothing() -> None:
    folder = install_demo_as("v3_ctc")
    (folder / WEIGHTS).touch()
    before = {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in folder.iterdir()}
    looked()
    models.wanted(WantedModel("v3_ctc", named=True))
    assert {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in folder.iterdir()} == before
