"""Models on this machine: found by name or folder, identified by their contents."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gigaam_cli.core.files import sha256_of
from gigaam_cli.core.model_errors import (
    ModelDamagedError,
    ModelMissingError,
    ModelUnknownError,
    PrecisionMissingError,
)
from gigaam_cli.core.paths import demo_folder, models_folder
from gigaam_cli.engines.models import find_model, model_digest

MakeModel = Callable[..., Path]


@pytest.fixture
def model(tmp_path: Path) -> MakeModel:
    """Return a function that makes a folder of empty files, in the models folder unless told otherwise."""

    def make(*files: str, folder: Path | str = "v3_ctc", config: object = None) -> Path:
        place = models_folder() / folder
        place.mkdir(parents=True, exist_ok=True)
        for file in files:
            (place / file).touch()
        said = {"version": "v3", **config} if isinstance(config, dict) else config or {"version": "v3"}
        (place / "config.json").write_text(json.dumps(said), encoding="utf-8")
        return place

    return make


CONFIG = "config.json"
FP32, INT8, FP16, VOCABULARY = "v3_ctc.onnx", "v3_ctc.int8.onnx", "v3_ctc.fp16.onnx", "v3_vocab.txt"


def test_the_demonstration_model_is_always_there() -> None:
    found = find_model("demo")
    assert (found.name, found.folder, found.entry.name) == ("demo", demo_folder() / "model", "v3_ctc")
    names = {"v3_ctc.onnx", "v3_ctc.onnx.data", "v3_vocab.txt", "config.json"}
    assert {file.name for file in found.files} == names
    other = find_model("demo_rnnt")
    assert (other.name, other.folder, other.entry.name) == ("demo_rnnt", found.folder, "v3_rnnt")


def test_a_model_of_the_catalogue_lies_in_the_models_folder(model: MakeModel) -> None:
    folder = model(FP32, VOCABULARY, "README.md")
    found = find_model("v3_ctc")
    assert (found.name, found.folder, found.precision, found.quantization) == ("v3_ctc", folder, "int8", None)
    assert [file.name for file in found.files] == [CONFIG, FP32, VOCABULARY]


@pytest.mark.parametrize("config", [None, {}, {"version": "v2"}])
def test_a_v3_model_must_say_so(model: MakeModel, config: object) -> None:
    """onnx-asr takes the features of v2 where nothing is said, and the text would be quietly wrong."""
    folder = model(FP32, VOCABULARY)
    (folder / "config.json").unlink()
    if config is not None:
        (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(ModelDamagedError, match=r"config\.json is missing or does not say"):
        find_model("v3_ctc")


def test_a_folder_may_be_named(model: MakeModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = model(INT8, VOCABULARY, folder=tmp_path / "моя модель")
    found = find_model(str(folder))
    assert (found.name, found.folder, found.entry.name) == ("моя модель", folder, "v3_ctc")
    monkeypatch.chdir(tmp_path)
    assert find_model("моя модель") == found


@pytest.mark.parametrize(
    ("files", "precision", "device", "chosen"),
    [
        ((INT8, FP16), "auto", "cuda", "fp16"),
        ((INT8, FP16), "auto", "cpu", "int8"),
        ((INT8, FP16), "int8", "cpu", "int8"),
        ((FP16,), "auto", "cpu", "fp16"),
        ((INT8,), "auto", "cuda", "int8"),
        ((FP32, INT8, FP16), "fp32", "cpu", "fp32"),
        ((FP32, INT8, FP16), "fp16", "cpu", "fp16"),
        ((FP32, INT8, FP16), "int8", "cuda", "int8"),
    ],
)
def test_precision(
    files: tuple[str, ...], precision: str, device: str, chosen: str, model: MakeModel
) -> None:
    model(*files, VOCABULARY)
    found = find_model("v3_ctc", precision, device)
    assert found.precision == chosen
    assert found.quantization == (None if chosen == "fp32" else chosen)
    suffix = "" if chosen == "fp32" else f".{chosen}"
    assert [file.name for file in found.files] == [CONFIG, f"v3_ctc{suffix}.onnx", VOCABULARY]


@pytest.mark.parametrize(("precision", "usable"), [("auto", "fp32"), ("fp16", None)])
def test_for_a_gpu_the_exact_files_are_rewritten(
    precision: str, usable: str | None, model: MakeModel
) -> None:
    model(FP32, INT8, VOCABULARY)
    found = find_model("v3_ctc", precision, "cuda")
    assert (found.precision, found.rewrite, found.quantization) == ("fp16", "fp16", None)
    assert (found.otherwise and found.otherwise.precision) == usable


@pytest.mark.parametrize("precision", ["auto", "int8"])
def test_for_a_cpu_the_exact_files_are_rewritten(precision: str, model: MakeModel) -> None:
    model(FP32, INT8, VOCABULARY)
    found = find_model("v3_ctc", precision, "cpu")
    assert (found.precision, found.rewrite, found.quantization) == ("int8", "int8", None)
    assert [file.name for file in found.files] == [CONFIG, FP32, VOCABULARY]


def test_a_precision_that_is_not_there_is_named(model: MakeModel) -> None:
    folder = model(FP32, VOCABULARY)
    with pytest.raises(PrecisionMissingError) as caught:
        find_model(str(folder), "fp16")
    assert "fp16" in str(caught.value)
    with pytest.raises(ModelMissingError) as missing:
        find_model("v3_ctc", "fp16")
    assert "gigaam models pull v3_ctc --precision fp16" in missing.value.hint()


def test_the_config_may_say_what_precision_plain_files_have(model: MakeModel) -> None:
    model(FP32, VOCABULARY, config={"precision": "int8", "features_size": 64})
    found = find_model("v3_ctc")
    assert (found.precision, found.quantization) == ("int8", None)


def test_weights_beside_the_graph_belong_to_the_model(model: MakeModel) -> None:
    data = ("v3_ctc.onnx.data", "v3_ctc.onnx_data")
    model(FP32, VOCABULARY, *data, "v3_ctc.onnx.bak")
    assert {file.name for file in find_model("v3_ctc").files} == {CONFIG, FP32, VOCABULARY, *data}


@pytest.mark.parametrize(
    ("precision", "command"),
    [
        ("auto", "gigaam models pull v3_e2e_rnnt."),
        ("fp32", "gigaam models pull v3_e2e_rnnt --precision fp32."),
        ("fp16", "gigaam models pull v3_e2e_rnnt --precision fp16."),
        ("int8", "gigaam models pull v3_e2e_rnnt."),  # and is made from that
    ],
)
def test_a_model_that_is_not_there_says_how_to_fetch_it(precision: str, command: str) -> None:
    with pytest.raises(ModelMissingError) as caught:
        find_model("v3_e2e_rnnt", precision)
    assert command in caught.value.hint()


def test_a_model_that_was_not_fetched_to_the_end_is_not_there() -> None:
    folder = models_folder() / "v3_ctc"
    folder.mkdir(parents=True)
    (folder / "v3_ctc.onnx.0123456789abcdef.partial").write_bytes(b"half")
    with pytest.raises(ModelMissingError):
        find_model("v3_ctc")


@pytest.mark.parametrize("name", ["v9", "", "nowhere/at/all"])
def test_an_unknown_name_lists_the_known_ones(name: str) -> None:
    with pytest.raises(ModelUnknownError) as caught:
        find_model(name or "no such folder")
    assert all(known in caught.value.hint() for known in ("demo", "v3_e2e_rnnt", "v2_ctc"))


@pytest.mark.parametrize(
    "files", [(), (FP32,), (VOCABULARY,), ("model.ckpt",), ("v3_rnnt_encoder.onnx", VOCABULARY)], ids=str
)
def test_a_folder_without_a_whole_model_is_damaged(files: tuple[str, ...], model: MakeModel) -> None:
    folder = model(*files)
    with pytest.raises(ModelDamagedError) as caught:
        find_model(str(folder))
    assert str(folder) in str(caught.value)
    with pytest.raises(ModelMissingError, match="v3_ctc"):
        find_model("v3_ctc")  # by its name, it can be fetched


@pytest.mark.parametrize("content", ["", "{", "[1, 2]", '"text"', "\udcff"], ids=ascii)
def test_a_damaged_config_is_named(content: str, model: MakeModel) -> None:
    folder = model(FP32, VOCABULARY)
    (folder / "config.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(ModelDamagedError, match=r"config\.json"):
        find_model("v3_ctc")


@pytest.mark.skipif(sys.platform == "win32", reason="needs links")
def test_files_may_be_links(model: MakeModel, tmp_path: Path) -> None:
    """So the hub's cache keeps them."""
    blob = tmp_path / "blob"
    blob.write_bytes(b"x")
    folder = model(VOCABULARY)
    (folder / FP32).symlink_to(blob)
    assert [file.name for file in find_model("v3_ctc").files] == [CONFIG, FP32, VOCABULARY]


def copy_of_demo(folder: Path) -> Path:
    return Path(shutil.copytree(demo_folder() / "model", folder))


def digest(folder: Path) -> str:
    return model_digest(find_model(str(folder)), sha256_of)


def test_the_same_contents_are_the_same_model(tmp_path: Path) -> None:
    one, other = copy_of_demo(tmp_path / "one"), copy_of_demo(tmp_path / "other")
    (other / "README.md").write_text("a note", encoding="utf-8")
    assert digest(one) == digest(other)


@pytest.mark.parametrize("name", ["v3_ctc.onnx", "v3_vocab.txt", "config.json"])
def test_one_changed_byte_makes_another_model(name: str, tmp_path: Path) -> None:
    folder = copy_of_demo(tmp_path / "demo")
    before = digest(folder)
    content = bytearray((folder / name).read_bytes())
    content[-1] ^= 0x20  # what ends as "}" or a newline is still text
    if name == "config.json":
        content = bytearray(b'{"model_type": "gigaam-v3-rnnt", "version": "v3"}')
    (folder / name).write_bytes(content)
    assert digest(folder) != before


def test_contents_that_change_places_make_another_model(model: MakeModel) -> None:
    folder = model(FP32, VOCABULARY)
    digests = set()
    for graph, vocabulary in ((b"a", b"b"), (b"b", b"a"), (b"ab", b"")):
        (folder / FP32).write_bytes(graph)
        (folder / VOCABULARY).write_bytes(vocabulary)
        digests.add(digest(folder))
    assert len(digests) == 3


def test_hashes_may_be_remembered(model: MakeModel) -> None:
    folder = model(FP32, VOCABULARY)
    asked: list[str] = []

    def remembered(file: Path) -> str:
        asked.append(file.name)
        return "0" * 64

    model_digest(find_model(str(folder)), remembered)
    assert asked == [CONFIG, FP32, VOCABULARY]


def test_a_hash_is_that_of_the_whole_file(tmp_path: Path) -> None:
    file = tmp_path / "abc"
    file.write_bytes(b"abc")
    assert sha256_of(file) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    file.write_bytes(b"a" * 1_000_000)
    assert sha256_of(file) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
