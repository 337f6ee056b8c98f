"""The one place where onnxruntime is imported and sessions are configured."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

from gigaam_cli.core.i18n import mark as _

CUDA = "CUDAExecutionProvider"
_NO_MEMORY = ("failed to allocate memory", "out of memory", "out_of_memory", "bad_alloc", "alloc_failed")
# A driver's first start compiles for a new card; one that hangs never ends.
_TRY_SECONDS = 120.0
_DEVICES = ("cuda", "cudnn", "cublas", "cufft", "gpu")

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


class BoundSession:
    """A session whose inputs and outputs lie in the memory of its device; safe to call from several threads."""

    def __init__(self, session: onnxruntime.InferenceSession, device: str, number: int) -> None:
        self._session, self._device, self._number = session, device, number

    def get_inputs(self) -> list[Any]:
        """Return what the model wants."""
        return list(self._session.get_inputs())

    def run(self, names: Sequence[str], inputs: Mapping[str, npt.NDArray[Any]]) -> list[npt.NDArray[Any]]:
        """Return the outputs called ``names``."""
        binding = self._session.io_binding()
        for name, array in inputs.items():
            there = onnxruntime.OrtValue.ortvalue_from_numpy(
                np.ascontiguousarray(array), self._device, self._number
            )
            binding.bind_ortvalue_input(name, there)
        for name in names:
            binding.bind_output(name, self._device, self._number)
        self._session.run_with_iobinding(binding)
        return [value.numpy() for value in binding.get_outputs()]


def open_session(model: Path, gpu: int | None = None) -> onnxruntime.InferenceSession | BoundSession:
    """Load a model for one core, or for CUDA device ``gpu``."""
    if gpu is None:
        return cpu_session(model)
    return BoundSession(_cuda_session(model, gpu), "cuda", gpu)


def _cuda_session(model: Path | bytes, number: int) -> onnxruntime.InferenceSession:
    """Load a model for a CUDA device; raises one of ``failures`` where it would run elsewhere.

    onnxruntime falls back to the CPU with no more than a line in its log.
    """
    preload = getattr(onnxruntime, "preload_dlls", None)
    if preload is not None:
        with contextlib.redirect_stdout(sys.stderr):  # stdout is for results
            preload()  # the CUDA libraries of pip's wheels
    # Its own fallback would print to stdout and take another device than the one named.
    session = onnxruntime.InferenceSession(
        model, session_options(1), providers=[cuda(number), "CPUExecutionProvider"], enable_fallback=0
    )
    if session.get_providers()[0] != CUDA:
        raise RuntimeError(_("onnxruntime could not load CUDA: check the driver and the CUDA libraries"))
    return session


def cuda(number: int) -> tuple[str, dict[str, object]]:
    """Return the CUDA provider for a device, with its options.

    Every length of batch is a new shape, for which the default would try every way of convolving; and what is kept
    in fp32 is to be computed in fp32.
    """
    return CUDA, {"device_id": number, "cudnn_conv_algo_search": "HEURISTIC", "use_tf32": 0}


def version() -> str:
    """Return which onnxruntime this is."""
    return str(onnxruntime.__version__)


def providers() -> tuple[str, ...]:
    """Return what this onnxruntime was built for: the names of its execution providers."""
    return tuple(onnxruntime.get_available_providers())


def knows_cuda() -> bool:
    """Whether this onnxruntime was built with CUDA."""
    return CUDA in onnxruntime.get_available_providers()


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


def is_out_of_memory(error: BaseException) -> bool:
    """Whether a failure of onnxruntime comes of a lack of memory, its device's or the machine's."""
    said = str(error).lower()
    return any(sign in said for sign in _NO_MEMORY)


def is_a_devices_fault(error: BaseException) -> bool:
    """Whether a failure of onnxruntime is a GPU's or its driver's, and not the model's."""
    said = str(error).lower()
    return is_out_of_memory(error) or any(sign in said for sign in _DEVICES)


def try_cuda_apart(number: int) -> str | None:
    """Do ``try_cuda`` in another process: what CUDA keeps of a device's memory is given back when that ends."""
    with tempfile.TemporaryDirectory() as empty:  # Python looks for modules where it is started
        command = [sys.executable, "-m", "gigaam_cli.core.ort", str(number)]
        try:
            done = subprocess.run(  # noqa: S603 - ours
                command, cwd=empty, capture_output=True, text=True, check=False, timeout=_TRY_SECONDS
            )
        except subprocess.TimeoutExpired:
            return _("the device does not answer")
    if done.returncode:
        return (done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[-1]
    return done.stdout.strip() or None


def try_cuda(number: int) -> str | None:
    """Return why CUDA device ``number`` cannot be used, None if a tiny model can be loaded on it."""
    try:
        _cuda_session(_identity_model(), number)
    except failures() as error:
        return str(error).splitlines()[0]
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


if __name__ == "__main__":
    print(try_cuda(int(sys.argv[1])) or "")
