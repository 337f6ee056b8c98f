"""onnxruntime's sessions: one thread, no idle spinning, and failures that can be caught by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from gigaam_cli.core import ort


def test_sessions_use_the_threads_they_were_given() -> None:
    options = ort.session_options(threads=3)
    assert options.intra_op_num_threads == 3
    assert options.inter_op_num_threads == 1
    assert options.get_session_config_entry("session.intra_op.allow_spinning") == "0"


def test_the_cpu_is_always_provided() -> None:
    assert "CPUExecutionProvider" in ort.providers()


@pytest.mark.parametrize("content", [b"", b"no model at all", b"\x08\x09"], ids=ascii)
def test_a_file_that_is_no_model_raises_a_known_failure(content: bytes, tmp_path: Path) -> None:
    model = tmp_path / "model.onnx"
    model.write_bytes(content)
    with pytest.raises(ort.failures()):
        ort.cpu_session(model)


def test_a_missing_file_raises_a_known_failure(tmp_path: Path) -> None:
    with pytest.raises(ort.failures()):
        ort.cpu_session(tmp_path / "nothing.onnx")
