"""onnxruntime's sessions: one thread, no idle spinning, and failures that can be caught by name."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from gigaam_cli.core import ort


def test_sessions_use_the_threads_they_were_given() -> None:
    options = ort.session_options(threads=3)
    assert options.intra_op_num_threads == 3
    assert options.inter_op_num_threads == 1
    assert options.get_session_config_entry("session.intra_op.allow_spinning") == "0"


def identity(tmp_path: Path) -> Path:
    """Write a model that gives back what it is given."""
    model = tmp_path / "identity.onnx"
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n"]) for name in ("x", "y")]
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "g", values[:1], values[1:])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), model)
    return model


def test_a_bound_session_gives_what_the_session_gives(tmp_path: Path) -> None:
    """The CPU's memory is bound the way a GPU's is."""
    bound = ort.BoundSession(ort.cpu_session(identity(tmp_path)), "cpu", 0)
    assert [value.name for value in bound.get_inputs()] == ["x"]
    values = np.arange(12, dtype=np.float32)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda count: bound.run(["y"], {"x": values[::2][:count]})[0], range(1, 6)))
    assert [array.tolist() for array in found] == [[0, 2, 4, 6, 8][:count] for count in range(1, 6)]


def test_a_gpu_that_is_not_there_is_not_replaced(tmp_path: Path) -> None:
    if ort.knows_cuda():
        pytest.skip("this onnxruntime knows CUDA")
    with (
        pytest.warns(UserWarning, match="CUDAExecutionProvider"),
        pytest.raises(RuntimeError, match="could not load CUDA"),
    ):
        ort.open_session(identity(tmp_path), gpu=0)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Failed to allocate memory for requested buffer of size 123", True),
        ("CUDA failure 2: out of memory ; GPU=0", True),
        ("std::bad_alloc", True),
        ("CUDNN_STATUS_EXECUTION_FAILED", False),
    ],
)
def test_a_lack_of_memory_is_told_from_other_failures(said: str, meant: bool) -> None:
    assert ort.is_out_of_memory(RuntimeError(said)) is meant


@pytest.mark.parametrize("content", [b"", b"no model at all", b"\x08\x09"], ids=ascii)
def test_a_file_that_is_no_model_raises_a_known_failure(content: bytes, tmp_path: Path) -> None:
    model = tmp_path / "model.onnx"
    model.write_bytes(content)
    with pytest.raises(ort.failures()):
        ort.cpu_session(model)


def test_a_missing_file_raises_a_known_failure(tmp_path: Path) -> None:
    with pytest.raises(ort.failures()):
        ort.cpu_session(tmp_path / "nothing.onnx")


def test_a_device_that_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ort, "_TRY_SECONDS", 0.01)
    assert ort.try_cuda_apart(0) == "the device does not answer"
