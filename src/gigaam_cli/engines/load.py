"""From a model's name and a device's to an engine that is ready to work."""

from __future__ import annotations

from dataclasses import dataclass

from gigaam_cli.engines.devices import Device, cores
from gigaam_cli.engines.models import InstalledModel
from gigaam_cli.engines.protocol import Engine

# What a batch gains on a GPU levels off here; memory allows far more.
_GPU_BATCH = 16


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """How much an engine does at once; None leaves it to the machine."""

    threads: int | None = None
    batch_size: int | None = None


def load_engine(model: InstalledModel, device: Device, options: EngineOptions) -> Engine:
    """Load ``model`` on ``device``.

    Raises:
        ModelDamagedError: the files cannot be loaded.
    """
    from gigaam_cli.engines.onnx import OnnxEngine

    if device.kind == "cpu":
        return OnnxEngine(model, device, calls=options.threads or cores(), batch=options.batch_size or 1)
    return OnnxEngine(model, device, calls=options.threads or 1, batch=options.batch_size or _GPU_BATCH)
