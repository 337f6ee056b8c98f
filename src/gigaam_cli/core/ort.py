"""The one place where onnxruntime is imported and sessions are configured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import onnxruntime

from gigaam_cli.core.i18n import mark as _

# Warnings about graph details mean nothing to a user; errors are raised anyway.
onnxruntime.set_default_logger_severity(3)


def session_options(threads: int) -> onnxruntime.SessionOptions:
    """Return options for a session that uses ``threads`` cores for one call; 0 lets onnxruntime choose."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def cpu_session(model: Path | bytes, threads: int = 1) -> onnxruntime.InferenceSession:
    """Load a model, from its file or its contents, for the CPU."""
    return onnxruntime.InferenceSession(
        model, sess_options=session_options(threads), providers=["CPUExecutionProvider"]
    )


def version() -> str:
    """Return which onnxruntime this is."""
    return str(onnxruntime.__version__)


def providers() -> list[str]:
    """Execution providers that this onnxruntime was built with."""
    return list(onnxruntime.get_available_providers())


def failures() -> tuple[type[Exception], ...]:
    """The exceptions that onnxruntime raises for a model or a device that it cannot use."""
    state: Any = onnxruntime.capi.onnxruntime_pybind11_state
    names = (
        "Fail",
        "InvalidArgument",
        "InvalidGraph",
        "InvalidProtobuf",
        "NoSuchFile",
        "NotImplemented",
        "NoModel",
        "EPFail",
        "RuntimeException",
    )
    # Drivers and providers that do not load come as plain RuntimeError.
    return (RuntimeError, *(getattr(state, name) for name in names if hasattr(state, name)))


def try_cuda(number: int) -> str | None:
    """Return why CUDA device ``number`` cannot be used, None if it can.

    onnxruntime falls back to the CPU with no more than a line in its log, so a tiny session is made and asked
    what it runs on.
    """
    options: list[Any] = [("CUDAExecutionProvider", {"device_id": number}), "CPUExecutionProvider"]
    preload = getattr(onnxruntime, "preload_dlls", None)
    try:
        if preload is not None:
            preload()  # the CUDA libraries of pip's wheels
        # Its own fallback would print to stdout and take another device than the one named.
        session = onnxruntime.InferenceSession(_identity_model(), providers=options, enable_fallback=0)
    except failures() as error:
        return str(error).splitlines()[0]
    if session.get_providers()[0] != "CUDAExecutionProvider":
        return _("onnxruntime could not load CUDA: check the driver and the CUDA libraries")
    return None


def _identity_model() -> bytes:
    from onnx import TensorProto, helper

    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in ("x", "y")]
    graph = helper.make_graph(
        [helper.make_node("Identity", ["x"], ["y"])], "identity", values[:1], values[1:]
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    serialized: bytes = model.SerializeToString()
    return serialized
