"""Models travel in a file: whole and checked at both ends, or not at all."""

from __future__ import annotations

import io
import json
import os
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gigaam_cli.core.errors import OutputError
from gigaam_cli.core.events import (
    Event,
    FetchDone,
    FetchProgress,
    FetchStarted,
    PackDone,
    PackProgress,
    nobody,
)
from gigaam_cli.core.model_errors import (
    ModelChangedError,
    ModelNotThereError,
    ModelsFolderError,
    ModelUnknownError,
    PackDamagedError,
    PackExistsError,
    PackForeignError,
)
from gigaam_cli.core.paths import models_folder
from gigaam_cli.engines import record
from gigaam_cli.engines.manifest import LARGEST, MANIFEST
from gigaam_cli.engines.pack import pack, pack_file, prepared
from gigaam_cli.engines.unpack import unpack

GRAPH = bytes(range(256)) * 30
FILES = {
    "config.json": b'{"model_type": "gigaam-v3-ctc", "version": "v3"}',
    "v3_ctc.onnx": GRAPH,
    "v3_vocab.txt": "▁ 0\nа 1\n<blk> 2\n".encode(),
}


def install(name: str = "v3_ctc", recorded: bool = True, **more: bytes) -> Path:
    """Put a small model where a pull puts it."""
    from gigaam_cli.core.files import sha256_of

    folder = models_folder() / name
    folder.mkdir(parents=True, exist_ok=True)
    for file, content in {**FILES, **{key.replace("__", "."): value for key, value in more.items()}}.items():
        (folder / file.replace("v3_ctc", name)).write_bytes(content)
    if recorded:
        record.write(folder, [record.describe(file, sha256_of(file), "abc123") for file in folder.iterdir()])
    return folder


def packed(*names: str) -> bytes:
    stream = io.BytesIO()
    pack([prepared(name) for name in names], stream, "-", nobody)
    return stream.getvalue()


def unpacked(content: bytes) -> tuple[str, ...]:
    return unpack(io.BytesIO(content), "pack.tar", nobody)


def files_of(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.name != record.RECORD}


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Path]:
    """Return what makes this another machine, without models."""

    def move() -> Path:
        monkeypatch.setenv("GIGAAM_MODELS_DIR", str(tmp_path / "elsewhere"))
        return tmp_path / "elsewhere"

    return move


def nothing_is_there() -> bool:
    """Whether there is no file of a model, not even the beginning of one."""
    return not [file for file in models_folder().glob("*/*") if file.is_file()]


def test_a_model_arrives_as_it_was(elsewhere: Callable[[], Path]) -> None:
    content = packed(install().name)
    there = elsewhere() / "v3_ctc"
    assert unpacked(content) == ("v3_ctc",)
    assert files_of(there) == FILES
    records = record.read(there)
    assert {name: kept.commit for name, kept in records.items()} == dict.fromkeys(FILES, "abc123")
    assert [problem for _name, problem in record.verify(there)] == [None, None, None]


def test_several_models_with_all_their_precisions(elsewhere: Callable[[], Path]) -> None:
    install(v3_ctc__int8__onnx=b"rounded")
    install("v2_ctc", v2_vocab__txt=FILES["v3_vocab.txt"])
    (models_folder() / "v2_ctc" / "v3_vocab.txt").unlink()
    record.write(models_folder() / "v2_ctc", [])
    content = packed("v2_ctc", "v3_ctc")
    there = elsewhere()
    assert unpacked(content) == ("v2_ctc", "v3_ctc")
    assert (there / "v3_ctc" / "v3_ctc.int8.onnx").read_bytes() == b"rounded"
    assert (there / "v2_ctc" / "v2_ctc.onnx").read_bytes() == GRAPH


def test_the_same_models_make_the_same_bytes() -> None:
    folder = install()
    first = packed("v3_ctc")
    os.utime(folder / "v3_ctc.onnx", (1, 1))
    assert packed("v3_ctc") == first
    with tarfile.open(fileobj=io.BytesIO(first)) as tar:
        assert tar.getnames() == [MANIFEST, *(f"v3_ctc/{name}" for name in sorted(FILES))]
        assert {(member.uid, member.mtime, member.mode) for member in tar} == {(0, 0, 0o644)}


def test_what_was_put_there_by_hand_travels_too(elsewhere: Callable[[], Path]) -> None:
    install(recorded=False)
    (models_folder() / "v3_ctc" / "README.md").write_text("not of the model")
    content = packed("v3_ctc")
    there = elsewhere() / "v3_ctc"
    unpacked(content)
    assert files_of(there) == FILES


def test_what_happens_is_told(tmp_path: Path, elsewhere: Callable[[], Path]) -> None:
    install()
    events: list[Event] = []
    pack_file([prepared("v3_ctc")], tmp_path / "pack.tar", events.append)
    size = sum(map(len, FILES.values()))
    totals = [event.total for event in events if isinstance(event, PackProgress)]
    assert totals == sorted(totals)
    assert totals[-1] == size
    assert events[-1] == PackDone(("v3_ctc",), str(tmp_path / "pack.tar"), size)
    events = []
    there = elsewhere()
    with (tmp_path / "pack.tar").open("rb") as stream:
        unpack(stream, "pack.tar", events.append)
    assert events[0] == FetchStarted("v3_ctc", "pack.tar", 3, size, 0)
    assert [event.total for event in events if isinstance(event, FetchProgress)][-1] == size
    assert events[-1] == FetchDone("v3_ctc", there / "v3_ctc", size, fetched=True)


# --- packing ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["v9", "../v3_ctc", "demo", ""])
def test_only_models_of_the_catalog_are_packed(name: str) -> None:
    with pytest.raises(ModelUnknownError):
        prepared(name)


def test_what_is_not_there_or_not_whole_is_not_packed() -> None:
    with pytest.raises(ModelNotThereError):
        prepared("v3_ctc")
    (install() / "v3_vocab.txt").unlink()
    with pytest.raises(ModelNotThereError):
        prepared("v3_ctc")


def test_a_damaged_model_is_not_packed() -> None:
    folder = install()
    (folder / "v3_ctc.onnx").write_bytes(GRAPH[:-1] + b"?")
    with pytest.raises(ModelChangedError, match=r"v3_ctc\.onnx"):
        prepared("v3_ctc")


@pytest.mark.parametrize("change", [GRAPH[:-1] + b"?", GRAPH[:-1]], ids=["other", "shorter"])
def test_a_model_that_changes_while_it_is_packed_leaves_no_file(tmp_path: Path, change: bytes) -> None:
    folder = install()
    found = prepared("v3_ctc")
    (folder / "v3_ctc.onnx").write_bytes(change)
    with pytest.raises(ModelChangedError, match=r"v3_ctc\.onnx"):
        pack_file([found], tmp_path / "pack.tar", nobody)
    assert not list(tmp_path.glob("*pack*"))


def test_a_file_that_is_there_stays_unless_it_is_to_be_replaced(tmp_path: Path) -> None:
    install()
    target = tmp_path / "pack.tar"
    target.write_bytes(b"mine")
    with pytest.raises(PackExistsError):
        pack_file([prepared("v3_ctc")], target, nobody)
    assert target.read_bytes() == b"mine"
    pack_file([prepared("v3_ctc")], target, nobody, overwrite=True)
    assert target.read_bytes() == packed("v3_ctc")


def test_a_folder_that_is_not_there_is_an_output_error(tmp_path: Path) -> None:
    install()
    with pytest.raises(OutputError):
        pack_file([prepared("v3_ctc")], tmp_path / "nowhere" / "pack.tar", nobody)


# --- unpacking ----------------------------------------------------------------------------------------------


def test_other_precisions_stay_where_they_share_the_same_files(elsewhere: Callable[[], Path]) -> None:
    install()
    content = packed("v3_ctc")
    elsewhere()
    there = install(v3_ctc__int8__onnx=b"rounded")
    unpacked(content)
    assert (there / "v3_ctc.int8.onnx").read_bytes() == b"rounded"
    assert "v3_ctc.int8.onnx" in record.read(there)


def test_other_precisions_go_where_what_they_share_is_another(elsewhere: Callable[[], Path]) -> None:
    install()
    content = packed("v3_ctc")
    elsewhere()
    there = install(v3_ctc__int8__onnx=b"rounded", v3_vocab__txt=b"\xe2\x96\x81 0\n<blk> 1\n")
    unpacked(content)
    assert files_of(there) == FILES


def test_a_damaged_model_is_replaced(elsewhere: Callable[[], Path]) -> None:
    content = packed(install().name)
    (models_folder() / "v3_ctc" / "v3_ctc.onnx").write_bytes(b"damaged")
    unpacked(content)
    assert files_of(models_folder() / "v3_ctc") == FILES


def test_no_room_is_told_before_anything_is_written(
    elsewhere: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    content = packed(install().name)
    elsewhere()
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10**9, 10**9, 100))
    with pytest.raises(ModelsFolderError):
        unpacked(content)
    assert nothing_is_there()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 1, exclude_max=True))
def test_a_pack_that_breaks_off_installs_nothing(
    share: float, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Unless only the padding behind the last file is missing."""
    tmp_path = tmp_path_factory.mktemp("cut")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIGAAM_MODELS_DIR", str(tmp_path / "here"))
        content = packed(install().name)
        patch.setenv("GIGAAM_MODELS_DIR", str(tmp_path / "there"))
        end = content.rindex(FILES["v3_vocab.txt"]) + 512
        with pytest.raises(PackDamagedError):
            unpacked(content[: int(share * (end - 512))])
        assert nothing_is_there()


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(position=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_flipped_bit_is_found_or_means_nothing(
    position: float, bit: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    tmp_path = tmp_path_factory.mktemp("flipped")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIGAAM_MODELS_DIR", str(tmp_path / "here"))
        content = bytearray(packed(install().name))
        content[int(position * len(content))] ^= 1 << bit
        there = tmp_path / "there"
        patch.setenv("GIGAAM_MODELS_DIR", str(there))
        try:
            unpacked(bytes(content))
        except (PackDamagedError, PackForeignError):
            assert nothing_is_there()
        else:
            assert files_of(there / "v3_ctc") == FILES


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=2000))
def test_anything_else_is_no_pack(content: bytes) -> None:
    with pytest.raises(PackDamagedError):
        unpacked(content)
    assert nothing_is_there()


def manifest() -> dict[str, Any]:
    """Return the manifest of a good pack, to be spoilt."""
    import hashlib

    files = [
        {"name": name, "size": len(content), "sha256": hashlib.sha256(content).hexdigest(), "commit": ""}
        for name, content in sorted(FILES.items())
    ]
    return {"schema": 1, "kind": "gigaam-models", "models": [{"name": "v3_ctc", "files": files}]}


def member(name: str, content: bytes = b"", **fields: Any) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for field, value in fields.items():
        setattr(info, field, value)
    return info, content


def good() -> list[tuple[tarfile.TarInfo, bytes]]:
    return [member(f"v3_ctc/{name}", content) for name, content in sorted(FILES.items())]


def made(
    members: list[tuple[tarfile.TarInfo, bytes]], content: object = None, form: int = tarfile.GNU_FORMAT
) -> bytes:
    """Make a tar by hand, with a manifest before its members."""
    stream = io.BytesIO()
    listed = json.dumps(manifest() if content is None else content).encode()
    with tarfile.open(fileobj=stream, mode="w", format=form) as tar:
        for info, data in [member(MANIFEST, listed), *members]:
            tar.addfile(info, io.BytesIO(data))
    return stream.getvalue()


def test_a_tar_made_by_hand_is_taken_where_it_is_right() -> None:
    unpacked(made(good()))
    assert files_of(models_folder() / "v3_ctc") == FILES


BAD_MEMBERS = {
    "parent": member("../evil", b"x"),
    "absolute": member("/tmp/evil", b"x"),
    "inside and out": member("v3_ctc/../../evil", b"x"),
    "stranger": member("v3_ctc/evil.onnx", b"x"),
    "record": member(f"v3_ctc/{record.RECORD}", b"{}"),
    "link": member("v3_ctc/v3_ctc.onnx", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
    "hard link": member("v3_ctc/v3_ctc.onnx", type=tarfile.LNKTYPE, linkname="../../evil"),
    "device": member("v3_ctc/v3_ctc.onnx", type=tarfile.CHRTYPE, devmajor=1, devminor=5),
    "pipe": member("v3_ctc/v3_ctc.onnx", type=tarfile.FIFOTYPE),
    "folder": member("v3_ctc", type=tarfile.DIRTYPE),
    "sparse": member("v3_ctc/v3_ctc.onnx", type=tarfile.GNUTYPE_SPARSE),
    "oversize": member("v3_ctc/v3_ctc.onnx", GRAPH + b"x"),
    "undersize": member("v3_ctc/v3_ctc.onnx", GRAPH[:-1]),
    "other contents": member("v3_ctc/v3_ctc.onnx", GRAPH[:-1] + b"?"),
    "a second list": member(MANIFEST, b"{}"),
}


@pytest.mark.parametrize("bad", BAD_MEMBERS.values(), ids=BAD_MEMBERS)
@pytest.mark.parametrize("where", ["first", "in place", "last"])
def test_what_does_not_belong_into_a_pack_is_refused(
    bad: tuple[tarfile.TarInfo, bytes], where: str, tmp_path: Path
) -> None:
    others = [each for each in good() if where != "in place" or each[0].name != bad[0].name]
    members = [*others, bad] if where == "last" else [bad, *others]
    with pytest.raises(PackDamagedError, match=r"pack\.tar"):
        unpacked(made(members))
    assert nothing_is_there()
    assert not list(tmp_path.rglob("evil"))
    assert not models_folder().parent.joinpath("evil").exists()


def test_a_file_that_comes_twice_is_refused() -> None:
    with pytest.raises(PackDamagedError):
        unpacked(made([*good(), good()[0]]))
    assert nothing_is_there()


def test_headers_that_say_more_of_the_next_are_refused_unread() -> None:
    """Such a header may be of any size, and would be read into memory."""
    long = [member(f"v3_ctc/{'x' * 300}", b"x")]
    for form in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        with pytest.raises(PackDamagedError):
            unpacked(made([*long, *good()], form=form))
    assert nothing_is_there()


def test_a_header_with_more_to_say_spoils_a_pack_that_is_right_otherwise() -> None:
    members = [member(info.name, content, pax_headers={"comment": "x"}) for info, content in good()]
    with pytest.raises(PackDamagedError):
        unpacked(made(members, form=tarfile.PAX_FORMAT))
    assert nothing_is_there()


def test_a_link_in_the_place_of_an_empty_file_is_refused() -> None:
    import hashlib

    content = manifest()
    content["models"][0]["files"][1].update(size=0, sha256=hashlib.sha256(b"").hexdigest())
    link = member("v3_ctc/v3_ctc.onnx", type=tarfile.SYMTYPE, linkname="v3_ctc/config.json")
    with pytest.raises(PackDamagedError):
        unpacked(made([good()[0], link, good()[2]], content))
    assert nothing_is_there()


@pytest.mark.parametrize(
    ("model", "name"),
    [("multilingual_ctc", "multilingual/../../evil_ctc.onnx"), ("v3_ctc", "v3_ctc.onnx/data")],
)
def test_no_pattern_of_the_catalog_takes_a_path(model: str, name: str) -> None:
    content = manifest()
    files = [*content["models"][0]["files"], {**first_file(content), "name": name}]
    files = [{**file, "name": file["name"].replace("v3_", "multilingual_")} for file in files]
    if model == "v3_ctc":
        files = [*content["models"][0]["files"], {**first_file(content), "name": name}]
    content["models"] = [{"name": model, "files": files}]
    with pytest.raises(PackDamagedError, match="belong to no model"):
        unpacked(made(good(), content))


def spoilt(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    content = manifest()
    change(content)
    return content


def first_file(content: dict[str, Any]) -> dict[str, Any]:
    file: dict[str, Any] = content["models"][0]["files"][0]
    return file


BAD_LISTS: dict[str, Callable[[dict[str, Any]], object]] = {
    "no models": lambda content: content["models"].clear(),
    "a model twice": lambda content: content["models"].append(content["models"][0]),
    "a file twice": lambda content: content["models"][0]["files"].append(first_file(content)),
    "a file missing": lambda content: content["models"][0]["files"].pop(),
    "no files": lambda content: content["models"][0].pop("files"),
    "a path": lambda content: first_file(content).update(name="../config.json"),
    "a path that a pattern takes": lambda content: first_file(content).update(name="/x/v3_ctc.onnx"),
    "a file of ours": lambda content: first_file(content).update(name=record.RECORD),
    "less than nothing": lambda content: first_file(content).update(size=-1),
    "half a byte": lambda content: first_file(content).update(size=0.5),
    "a size in words": lambda content: first_file(content).update(size="1"),
    "no checksum": lambda content: first_file(content).update(sha256=""),
    "a long commit": lambda content: first_file(content).update(commit="a" * 1000),
    "more than a file has": lambda content: first_file(content).update(mtime=1),
}


@pytest.mark.parametrize("change", BAD_LISTS.values(), ids=BAD_LISTS)
def test_a_list_that_makes_no_sense_is_refused(change: Callable[[dict[str, Any]], object]) -> None:
    with pytest.raises(PackDamagedError):
        unpacked(made(good(), spoilt(change)))
    assert nothing_is_there()


@pytest.mark.parametrize("content", [[], 3, "x", {}, {"schema": 1}])
def test_json_that_is_no_list_of_models(content: object) -> None:
    with pytest.raises(PackDamagedError):
        unpacked(made(good(), content))


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content.update(schema=2),
        lambda content: content.update(kind="gigaam-voices"),
        lambda content: content["models"][0].update(name="v9_ctc"),
        lambda content: content["models"][0].update(name="../v3_ctc"),
    ],
)
def test_what_a_newer_gigaam_may_know_says_so(change: Callable[[dict[str, Any]], object]) -> None:
    with pytest.raises(PackForeignError) as caught:
        unpacked(made(good(), spoilt(change)))
    assert "Upgrade" in caught.value.hint()
    assert nothing_is_there()


def test_a_list_larger_than_any_is_not_read() -> None:
    with pytest.raises(PackDamagedError):
        unpacked(made(good(), {**manifest(), "more": "x" * LARGEST}))


def test_a_file_without_a_version_of_its_model_would_give_a_wrong_text() -> None:
    import hashlib

    config = b'{"version": "v1"}'
    content = manifest()
    first_file(content).update(size=len(config), sha256=hashlib.sha256(config).hexdigest())
    with pytest.raises(PackDamagedError, match="version"):
        unpacked(made([member("v3_ctc/config.json", config), *good()[1:]], content))
    assert nothing_is_there()


def test_a_pull_that_was_cut_short_loses_nothing_by_a_pack_that_fails() -> None:
    folder = models_folder() / "v3_ctc"
    folder.mkdir(parents=True)
    partial = folder / f"v3_ctc.onnx.{'0' * 16}.partial"
    partial.write_bytes(b"the beginning")
    with pytest.raises(PackDamagedError):
        unpacked(made(good())[:3000])
    assert partial.read_bytes() == b"the beginning"
    assert list(folder.iterdir()) == [partial]


@pytest.fixture(autouse=True)
def _only_its_own_folder(tmp_path: Path) -> Iterator[None]:
    """Whatever a pack says, nothing is written beside the models."""
    before = set(Path("/tmp").glob("evil*")) if os.name != "nt" else set()
    yield
    assert (set(Path("/tmp").glob("evil*")) if os.name != "nt" else set()) == before
