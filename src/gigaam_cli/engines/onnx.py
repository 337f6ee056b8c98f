"""GigaAM models in ONNX, through onnx-asr's public interface."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx_asr
from onnx_asr.utils import ModelLoadingError

from gigaam_cli.core.errors import DeviceLostError
from gigaam_cli.core.model_errors import ModelDamagedError
from gigaam_cli.core.ort import failures, session_options, try_cuda
from gigaam_cli.core.values import SAMPLE_RATE, Recognition
from gigaam_cli.engines.devices import Device
from gigaam_cli.engines.models import InstalledModel
from gigaam_cli.engines.protocol import EngineInfo, long_enough
from gigaam_cli.engines.tokens import Hypothesis, timed

if TYPE_CHECKING:
    from gigaam_cli.core.values import Audio

_LOADING_FAILURES: tuple[type[Exception], ...] = (
    ModelLoadingError,
    OSError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    AssertionError,
    *failures(),
)


class OnnxEngine:
    """A GigaAM model in onnxruntime.

    On a CPU one session with one thread, called from as many threads as there are cores, gives more than one
    call over all cores; and a batch gains nothing there.
    """

    def __init__(self, model: InstalledModel, device: Device, calls: int = 1, batch: int = 1) -> None:
        self._info = EngineInfo("onnx", model.name, model.precision, device.name, device.reason, calls, batch)
        self._model = _load(model, device)

    @property
    def info(self) -> EngineInfo:
        """What this engine is."""
        return self._info

    def recognise(self, batch: Sequence[Audio]) -> Iterator[Recognition]:
        """Yield what is said in each of ``batch``."""
        audio = [long_enough(samples) for samples in batch]
        for samples, result in zip(batch, self._model.recognize(audio), strict=True):
            found = Hypothesis(result.tokens or (), result.timestamps or (), result.logprobs or ())
            yield Recognition(tuple(timed(found, len(samples) / SAMPLE_RATE)))

    def interrupt(self) -> bool:
        """Return False: native code in this process cannot be ended."""
        return False

    def close(self) -> None:
        """Give back the memory."""
        self._model = None


def _load(model: InstalledModel, device: Device) -> Any:
    problem = None if device.gpu is None else try_cuda(device.gpu)  # which also loads CUDA's libraries
    if problem is not None:
        raise DeviceLostError(device=device.name, detail=problem)
    try:
        loaded = onnx_asr.load_model(
            model.entry.onnx_asr,
            model.folder,
            quantization=model.quantization,
            sess_options=session_options(threads=1 if device.kind == "cpu" else 0),
            providers=device.providers,
        ).with_timestamps()
        # Whether vocabulary and configuration fit the graph shows only when something is recognised.
        loaded.recognize([long_enough(np.zeros(0, np.float32))])
    except _LOADING_FAILURES as error:
        raise ModelDamagedError(folder=model.folder, detail=str(error) or type(error).__name__) from error
    return loaded
