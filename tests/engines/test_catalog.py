"""The catalogue: names, files, and which model a folder holds."""

from __future__ import annotations

import pytest

from gigaam_cli.engines.catalog import CATALOG, DEFAULT_MODEL, NAMES, by_name, in_folder

PRECISIONS = ("fp32", "int8", "fp16")


def files(name: str, precision: str = "fp32") -> set[str]:
    entry = by_name(name)
    assert entry is not None
    return {file.replace("*", "") for file in entry.files(precision)}


def test_names_are_unique_and_found() -> None:
    assert len(set(NAMES)) == len(CATALOG)
    assert [by_name(entry.name) for entry in CATALOG] == list(CATALOG)
    assert by_name("v9") is None


def test_the_default_comes_first() -> None:
    """Where a folder holds several models and its config names none, this is the one."""
    assert NAMES[0] == DEFAULT_MODEL == "v3_e2e_rnnt"


def test_the_models_of_the_contract_are_there() -> None:
    assert {"v3_e2e_rnnt", "v3_e2e_ctc", "v3_rnnt", "v3_ctc", "v2_rnnt", "v2_ctc"} <= set(NAMES)


@pytest.mark.parametrize(
    ("name", "precision", "expected"),
    [
        ("v3_ctc", "fp32", {"v3_ctc.onnx", "v3_vocab.txt"}),
        ("v3_ctc", "int8", {"v3_ctc.int8.onnx", "v3_vocab.txt"}),
        (
            "v3_e2e_rnnt",
            "fp16",
            {
                "v3_e2e_rnnt_encoder.fp16.onnx",
                "v3_e2e_rnnt_decoder.fp16.onnx",
                "v3_e2e_rnnt_joint.fp16.onnx",
                "v3_e2e_rnnt_vocab.txt",
            },
        ),
    ],
)
def test_file_names(name: str, precision: str, expected: set[str]) -> None:
    assert files(name, precision) == expected


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("name", NAMES)
def test_a_folder_with_a_models_files_holds_that_model(name: str, precision: str) -> None:
    entry = in_folder(files(name, precision) | {"README.md"}, precision, None)
    assert entry is not None
    assert entry.name == name
    for other in set(PRECISIONS) - {precision}:
        assert in_folder(files(name, precision), other, None) is None


@pytest.mark.parametrize("name", NAMES)
def test_a_folder_that_lacks_a_file_holds_nothing(name: str) -> None:
    whole = files(name)
    for missing in whole:
        assert in_folder(whole - {missing}, "fp32", None) is None


def test_of_several_models_the_config_decides_and_then_the_order() -> None:
    both = files("v3_ctc") | files("v3_e2e_ctc")
    chosen = {kind: in_folder(both, "fp32", kind) for kind in (None, "gigaam-v3-ctc", "whisper")}
    assert {kind: entry and entry.name for kind, entry in chosen.items()} == {
        None: "v3_e2e_ctc",
        "gigaam-v3-ctc": "v3_ctc",
        "whisper": "v3_e2e_ctc",
    }
