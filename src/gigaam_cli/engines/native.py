"""GigaAM v3 in gigaam's own onnxruntime sessions: the graphs that ``optimise`` wrote."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

import numpy as np

from gigaam_cli.core.errors import ModelDamagedError
from gigaam_cli.core.ort import cpu_session, failures
from gigaam_cli.core.values import SAMPLE_RATE, Recognition
from gigaam_cli.engines import greedy
from gigaam_cli.engines.devices import Device
from gigaam_cli.engines.models import InstalledModel
from gigaam_cli.engines.optimise.files import CTC, ENCODER, JOINT, PREDICTOR, VOCABULARY
from gigaam_cli.engines.protocol import EngineInfo, long_enough
from gigaam_cli.engines.tokens import Hypothesis, timed
from gigaam_cli.engines.vocabulary import read_vocabulary

if TYPE_CHECKING:
    from gigaam_cli.core.values import Audio

_FRAME_SECONDS = 0.04
_FAILURES: tuple[type[Exception], ...] = (OSError, ValueError, LookupError, *failures())


class NativeEngine:
    """A rewritten model on a CPU: every segment by itself, in one thread, from as many threads as there are cores.

    A segment's text then depends on nothing but the segment. Sessions may be called from several threads at once.
    """

    def __init__(self, model: InstalledModel, folder: FilePath, device: Device, calls: int) -> None:
        self._info = EngineInfo("onnx", model.name, model.precision, device.name, device.reason, calls)
        try:
            self._tokens, self._blank = read_vocabulary(folder / VOCABULARY)
            self._decoder: _Ctc | _Transducer | None = open_decoder(folder, self._blank)
        except _FAILURES as error:
            raise ModelDamagedError(folder=folder, detail=str(error) or type(error).__name__) from error

    @property
    def info(self) -> EngineInfo:
        """What this engine is."""
        return self._info

    def recognise(self, batch: Sequence[Audio]) -> Iterator[Recognition]:
        """Yield what is said in each of ``batch``."""
        decoder = self._decoder
        assert decoder is not None, "the engine is closed"  # noqa: S101 - a bug, if ever
        for samples in batch:
            found = self._named(decoder.decode(long_enough(samples)))
            yield Recognition(tuple(timed(found, len(samples) / SAMPLE_RATE)))

    def close(self) -> None:
        """Give back the memory."""
        self._decoder = None

    def _named(self, path: greedy.Path) -> Hypothesis:
        starts = [frame * _FRAME_SECONDS for frame in path.frames]
        return Hypothesis([self._tokens[number] for number in path.classes], starts, path.log_probs)


def open_decoder(folder: FilePath, blank: int) -> _Ctc | _Transducer:
    """Load the graphs in a folder."""
    if (folder / CTC).exists():
        return _Ctc(cpu_session(folder / CTC), blank)
    encoder, predictor, joint = (cpu_session(folder / name) for name in (ENCODER, PREDICTOR, JOINT))
    return _Transducer(encoder, predictor, joint, blank)


class _Ctc:
    def __init__(self, session: Any, blank: int) -> None:
        self._session, self._blank = session, blank

    def decode(self, audio: Audio) -> greedy.Path:
        (log_probs,) = self._session.run(["log_probs"], {"samples": audio[None]})
        return greedy.ctc(log_probs[0], self._blank)


class _Transducer:
    def __init__(self, encoder: Any, predictor: Any, joint: Any, blank: int) -> None:
        self._encoder, self._predictor, self._joint, self._blank = encoder, predictor, joint, blank

    @property
    def width(self) -> int:
        return int(self._predictor.get_inputs()[1].shape[1])

    def decode(self, audio: Audio) -> greedy.Path:
        (frames,) = self._encoder.run(["frames"], {"samples": audio[None]})
        return greedy.transducer(frames, np.array([frames.shape[1]]), self, self._blank)[0]

    def predict(
        self, classes: greedy.Integers, hidden: greedy.Floats, cell: greedy.Floats
    ) -> tuple[greedy.Floats, greedy.Floats, greedy.Floats]:
        inputs = {"tokens": classes, "hidden": hidden, "cell": cell}
        said, hidden, cell = self._predictor.run(["said", "next_hidden", "next_cell"], inputs)
        return said, hidden, cell

    def join(self, heard: greedy.Floats, said: greedy.Floats) -> tuple[greedy.Integers, greedy.Floats]:
        best, log_probs = self._joint.run(["best", "log_prob"], {"heard": heard, "said": said})
        return best, log_probs
