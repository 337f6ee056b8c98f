"""Settings from the environment, and what a flag does to them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Call
from tests.cli.drivers import BASE_TEXT, gigaam


def outputs(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir() if file.name != "talk.wav")


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Return what sets variables, with the model named by one."""
    monkeypatch.setenv("GIGAAM_MODEL", "demo")
    return monkeypatch


@pytest.mark.usefixtures("settings")
def test_the_model(folder: Path, call: Call) -> None:
    assert call("transcribe", folder).code == 0
    missing = call("transcribe", folder, "-m", "v3_ctc")
    assert missing.code == 4, "the flag wins"


def test_formats_and_the_folder(
    folder: Path, tmp_path: Path, call: Call, settings: pytest.MonkeyPatch
) -> None:
    settings.setenv("GIGAAM_FORMAT", "srt,vtt")
    settings.setenv("GIGAAM_OUTPUT", str(tmp_path / "texts"))
    call("transcribe", folder)
    assert outputs(tmp_path / "texts") == ["talk.srt", "talk.vtt"]
    call("transcribe", folder, "-F", "txt", "-o", tmp_path / "other")
    assert outputs(tmp_path / "other") == ["talk.txt"]


def test_the_device(folder: Path, call: Call, settings: pytest.MonkeyPatch) -> None:
    settings.setenv("GIGAAM_DEVICE", "cuda:99")
    assert call("transcribe", folder).code == 4
    assert call("transcribe", folder, "--device", "cpu").code == 0


def test_switches(folder: Path, call: Call, settings: pytest.MonkeyPatch) -> None:
    settings.setenv("GIGAAM_QUIET", "1")
    assert call("transcribe", folder).err == ""
    settings.setenv("GIGAAM_QUIET", "0")
    settings.setenv("GIGAAM_FORCE", "true")
    assert "done: talk.wav" in call("transcribe", folder).err
    settings.setenv("GIGAAM_DRY_RUN", "yes")
    assert call("transcribe", folder).out.startswith("transcribe\t")


def test_a_switch_with_two_names(folder: Path, call: Call, settings: pytest.MonkeyPatch) -> None:
    (folder / "deep").mkdir()
    (folder / "talk.wav").rename(folder / "deep" / "talk.wav")
    settings.setenv("GIGAAM_RECURSIVE", "0")
    assert call("transcribe", folder).code == 3
    assert call("transcribe", folder, "--recursive").code == 0


def test_the_language_and_the_way_of_progress(folder: Path, call: Call, settings: pytest.MonkeyPatch) -> None:
    settings.setenv("GIGAAM_LANG", "ru")
    settings.setenv("GIGAAM_PROGRESS", "plain")
    assert "готово: talk.wav" in call("transcribe", folder).err
    assert "talk.wav" not in call("transcribe", folder, "--progress", "none", "--force").err


def test_an_empty_variable_is_none(folder: Path, call: Call, settings: pytest.MonkeyPatch) -> None:
    for name in ("GIGAAM_OUTPUT", "GIGAAM_FORMAT", "GIGAAM_LANG", "GIGAAM_PAD", "GIGAAM_FORCE"):
        settings.setenv(name, "")
    assert call("transcribe", folder).code == 0
    assert (folder / "talk.txt").read_text(encoding="utf-8") == f"{BASE_TEXT}\n"


def test_where_the_state_lies(folder: Path, tmp_path: Path, call: Call, settings: pytest.MonkeyPatch) -> None:
    settings.setenv("GIGAAM_STATE_DIR", str(tmp_path / "state"))
    call("transcribe", folder)
    assert (tmp_path / "state" / "state.db").is_file()
    settings.setenv("GIGAAM_STATE_DIR", str(tmp_path / "another"))
    assert "a text is there that gigaam did not write" in call("transcribe", folder).err


def test_a_state_folder_that_cannot_be_is_4(
    folder: Path, tmp_path: Path, call: Call, settings: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    settings.setenv("GIGAAM_STATE_DIR", str(tmp_path / "file"))
    outcome = call("transcribe", folder)
    assert outcome.code == 4
    assert "GIGAAM_STATE_DIR" in outcome.err
    assert "[store_unusable]" in outcome.err
    assert outputs(folder) == []


def test_nothing_is_reported_to_the_makers_of_libraries(tmp_path: Path) -> None:
    """onnxruntime keeps an identity of the machine and a queue of reports in the home folder, if it is let."""
    outcome = gigaam("demo", HOME=str(tmp_path), XDG_CACHE_HOME=str(tmp_path / "cache"))
    assert outcome.code == 0
    assert [path.name for path in tmp_path.rglob("*") if "onnxruntime" in path.name] == []
