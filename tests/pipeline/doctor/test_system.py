"""What Python, gigaam, its libraries and the memory are found to be."""

from __future__ import annotations

import sys
from importlib import metadata

import pytest

from gigaam_cli import __version__
from gigaam_cli.pipeline.doctor import system
from gigaam_cli.pipeline.doctor.remedies import Machine

LINUX = Machine("Linux")
REQUIRED = [
    "click>=8.1.7",
    "torch==2.11.*; extra == 'torch'",
    'torchaudio==2.11.*; python_version > "3" and extra == "torch"',
    "hypothesis>=6; extra == 'test'",
]


def test_python_and_gigaam_are_told_with_their_places() -> None:
    assert system.python().values["path"] == sys.executable
    assert __version__ in system.gigaam().message()


def test_requirements_belong_to_their_extras() -> None:
    assert list(system.requirements(REQUIRED)) == [
        ("torch", "torch"),
        ("torchaudio", "torch"),
        ("hypothesis", "test"),
    ]


@pytest.mark.parametrize(
    ("there", "state", "told"),
    [
        ({}, "note", "not installed"),
        ({"torch": "2.11.0"}, "note", "torchaudio is missing"),
        ({"torch": "2.11.0+cu128", "torchaudio": "2.11.0"}, "ok", "torch 2.11.0+cu128"),
    ],
)
def test_an_extra_that_is_not_there_is_no_failure(
    there: dict[str, str], state: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def version(package: str) -> str:
        if package not in there:
            raise metadata.PackageNotFoundError(package)
        return there[package]

    monkeypatch.setattr(metadata, "requires", lambda _name: REQUIRED)
    monkeypatch.setattr(metadata, "version", version)
    (check,) = system.extras(LINUX)
    found = check.look()
    assert (check.about, found.state) == ("torch", state)
    assert told in found.message()
    assert all("[torch]" in command for command in found.remedies)
    assert bool(found.remedies) == (state != "ok")


def test_a_package_without_metadata_has_no_extras(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(name: str) -> list[str]:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "requires", unknown)
    assert system.extras(LINUX) == []


@pytest.mark.parametrize(
    ("told", "state"), [((8 << 30, 6 << 30), "ok"), ((8 << 30, 1 << 20), "warning"), ((None, None), "note")]
)
def test_memory(told: tuple[int | None, int | None], state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "_memory", lambda: told)
    assert system.memory().state == state


def test_this_machine_has_memory() -> None:
    assert system.memory().state in ("ok", "warning")


def test_an_onnxruntime_that_cannot_be_loaded_fails_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "gigaam_cli.core.ort")
    monkeypatch.delattr(sys.modules["gigaam_cli.core"], "ort", raising=False)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    found = system.onnxruntime(LINUX)
    assert found.state == "failed"
    assert found.remedies[-1].endswith("install --force-reinstall onnxruntime")
    assert "VCRedist" in system.onnxruntime(Machine("Windows")).remedies[0]
