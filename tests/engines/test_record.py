"""What was installed is known again, and what is not it is found out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gigaam_cli.core.files import sha256_of
from gigaam_cli.core.model_errors import ModelChangedError, ModelDamagedError
from gigaam_cli.engines import record

COMMAND = "gigaam models pull v3_ctc"


def everything(_name: str) -> bool:
    return True


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    """Return a file in a folder whose record describes it."""
    path = tmp_path / "v3_ctc.onnx"
    path.write_bytes(b"weights")
    record.write(tmp_path, [record.describe(path, sha256_of(path), "c0ffee")])
    return path


def test_a_record_reads_as_it_was_written(graph: Path) -> None:
    kept = record.read(graph.parent)["v3_ctc.onnx"]
    assert (kept.size, kept.sha256, kept.commit) == (7, sha256_of(graph), "c0ffee")
    assert record.is_unchanged(kept, graph)
    assert [file.name for file in graph.parent.iterdir() if "partial" in file.name] == []


def test_files_without_a_record_are_taken_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "v3_ctc.onnx").write_bytes(b"by hand")
    assert record.read(tmp_path) == {}
    record.check(tmp_path, everything, COMMAND)


def test_an_unchanged_file_passes(graph: Path) -> None:
    record.check(graph.parent, everything, COMMAND)
    assert list(record.verify(graph.parent)) == [("v3_ctc.onnx", None)]


def test_a_touched_file_passes_by_its_contents(graph: Path) -> None:
    os.utime(graph, (1, 1))
    record.check(graph.parent, everything, COMMAND)
    assert record.is_unchanged(record.read(graph.parent)["v3_ctc.onnx"], graph)  # and is not read again


@pytest.mark.parametrize("content", [b"weighty", b"weight", b"weights and more", b""])
def test_a_changed_file_is_refused_with_the_command_that_mends_it(graph: Path, content: bytes) -> None:
    graph.write_bytes(content)
    with pytest.raises(ModelChangedError) as caught:
        record.check(graph.parent, everything, COMMAND)
    assert str(graph) in str(caught.value)
    assert COMMAND in caught.value.hint()
    assert [name for name, problem in record.verify(graph.parent) if problem] == ["v3_ctc.onnx"]


def test_a_flip_behind_the_clocks_back_is_found_by_verify(graph: Path) -> None:
    status = graph.stat()
    graph.write_bytes(b"wfights")
    os.utime(graph, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert [problem is None for _, problem in record.verify(graph.parent)] == [False]


def test_a_file_that_is_gone_is_a_difference(graph: Path) -> None:
    graph.unlink()
    (name, problem) = next(record.verify(graph.parent))
    assert name == "v3_ctc.onnx"
    assert problem == "No such file or directory"


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"files": [{"name": 1}]}', '{"files": [{}]}', "\x00"])
def test_a_record_that_makes_no_sense_is_an_error(graph: Path, content: str) -> None:
    (graph.parent / record.RECORD).write_text(content, encoding="utf-8")
    with pytest.raises(ModelDamagedError, match=r"installed\.json"):
        record.read(graph.parent)
    with pytest.raises(ModelChangedError) as caught:
        record.check(graph.parent, everything, COMMAND)
    assert COMMAND in caught.value.hint()


def test_a_file_of_another_model_is_not_looked_at(graph: Path) -> None:
    graph.write_bytes(b"changed")
    record.check(graph.parent, lambda name: name != "v3_ctc.onnx", COMMAND)


def test_a_file_that_is_gone_is_a_change(graph: Path) -> None:
    graph.unlink()
    with pytest.raises(ModelChangedError):
        record.check(graph.parent, everything, COMMAND)
