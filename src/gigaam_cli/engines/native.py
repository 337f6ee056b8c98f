"""GigaAM v3 in gigaam's own onnxruntime sessions: the graphs that ``optimise`` wrote."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

import numpy as np

from gigaam_cli.core.errors import DeviceLostError
from gigaam_cli.core.model_errors import ModelDamagedError
from gigaam_cli.core.ort import failures, is_a_devices_fault, is_out_of_memory, open_session
from gigaam_cli.core.values import SAMPLE_RATE, Recognition
from gigaam_cli.engines import greedy
from gigaam_cli.engines.devices import Device
from gigaam_cli.engines.models import InstalledModel
from gigaam_cli.engines.optimise.files import (
    CTC,
    ENCODER,
    HOP,
    JOINT,
    PREDICTOR,
    SUBSAMPLING,
    VOCABULARY,
    WINDOW,
)
from gigaam_cli.engines.protocol import EngineInfo, long_enough
from gigaam_cli.engines.tokens import Hypothesis, timed
from gigaam_cli.engines.vocabulary import read_vocabulary

if TYPE_CHECKING:
    from gigaam_cli.core.values import Audio

logger = logging.getLogger(__name__)

# Four seconds: where there is no memory for them there is none.
_SHORTEST_HALVED = 4 * SAMPLE_RATE
_FRAME_SECONDS = SUBSAMPLING * HOP / SAMPLE_RATE
_FAILURES: tuple[type[Exception], ...] = (OSError, ValueError, LookupError, *failures())


class NativeEngine:
    """A rewritten model: on a CPU every segment by itself, in one thread, from as many threads as there are cores.

    There a segment's text depends on nothing but the segment. A GPU takes batches, smaller ones where memory does
    not suffice. Sessions may be called from several threads at once.
    """

    def __init__(
        self, model: InstalledModel, folder: FilePath, device: Device, calls: int, batch: int = 1
    ) -> None:
        self._info = EngineInfo("onnx", model.name, model.precision, device.name, device.reason, calls, batch)
        self._most = batch
        try:
            self._tokens, self._blank = read_vocabulary(folder / VOCABULARY)
            self._decoder: _Ctc | _Transducer | None = open_decoder(folder, self._blank, device.gpu)
        except _FAILURES as error:
            if device.gpu is not None and is_a_devices_fault(error):
                raise DeviceLostError(device=device.name, detail=str(error)) from error
            raise ModelDamagedError(folder=folder, detail=str(error) or type(error).__name__) from error

    @property
    def info(self) -> EngineInfo:
        """What this engine is."""
        return self._info

    def recognise(self, batch: Sequence[Audio]) -> Iterator[Recognition]:
        """Yield what is said in each of ``batch``."""
        paths = self._paths([long_enough(samples) for samples in batch])
        for samples, path in zip(batch, paths, strict=True):
            yield Recognition(tuple(timed(self._named(path), len(samples) / SAMPLE_RATE)))

    def interrupt(self) -> bool:
        """Return False: native code in this process cannot be ended."""
        return False

    def close(self) -> None:
        """Give back the memory."""
        self._decoder = None

    def _paths(self, batch: Sequence[Audio]) -> Iterator[greedy.Path]:
        assert self._decoder is not None, "the engine is closed"  # noqa: S101 - a bug, if ever
        while batch:
            now = batch[: self._most]
            try:
                found = self._decoder.decode(now)
            except failures() as error:
                if not is_out_of_memory(error) or (len(now) == 1 and len(now[0]) < _SHORTEST_HALVED):
                    raise
                if len(now) == 1:
                    yield self._in_halves(now[0])
                    batch = batch[1:]
                    continue
                self._most = min(self._most, len(now) // 2)
                logger.warning(
                    "no memory on %s for %d segments: %d at once now", self._info.device, len(now), self._most
                )
            else:
                yield from found
                batch = batch[len(now) :]

    def _in_halves(self, audio: Audio) -> greedy.Path:
        """Decode a recording for which there is no memory in two parts, parted where it is quiet."""
        logger.warning("no memory on %s for %.1f s: in halves", self._info.device, len(audio) / SAMPLE_RATE)
        at = quietest_frame(audio)
        sample = at * SUBSAMPLING * HOP
        first, second = (next(self._paths([part])) for part in (audio[:sample], audio[sample:]))
        begins_a_word = not second.classes or self._tokens[second.classes[0]].startswith(" ")
        if not begins_a_word and " " in self._tokens:
            space = greedy.Path([self._tokens.index(" ")], [0], [0.0])
            second = greedy.joined(space, second, 0)
        return greedy.joined(first, second, at)

    def _named(self, path: greedy.Path) -> Hypothesis:
        starts = [frame * _FRAME_SECONDS for frame in path.frames]
        return Hypothesis([self._tokens[number] for number in path.classes], starts, path.log_probs)


def quietest_frame(audio: Audio) -> int:
    """Return the quietest frame of the encoder's in the middle half of ``audio``."""
    step = SUBSAMPLING * HOP
    frames = audio[: len(audio) // step * step].reshape(-1, step)
    quarter = len(frames) // 4
    energies = np.square(frames[quarter : len(frames) - quarter]).sum(axis=1)
    return quarter + int(energies.argmin())


def open_decoder(folder: FilePath, blank: int, gpu: int | None = None) -> _Ctc | _Transducer:
    """Load the graphs in a folder, for the CPU or for a GPU."""
    if (folder / CTC).exists():
        return _Ctc(open_session(folder / CTC, gpu), blank)
    encoder, predictor, joint = (open_session(folder / name, gpu) for name in (ENCODER, PREDICTOR, JOINT))
    return _Transducer(encoder, predictor, joint, blank)


def _encoded(session: Any, output: str, batch: Sequence[Audio]) -> greedy.Floats:
    """Run an encoder; only one that knows masks takes several recordings."""
    counts = np.array([len(audio) for audio in batch], np.int64)
    samples = np.zeros((len(batch), counts.max()), np.float32)
    for row, audio in zip(samples, batch, strict=True):
        row[: len(audio)] = audio
    given = {"samples": samples, "counts": counts}
    frames: greedy.Floats = session.run(
        [output], {end.name: given[end.name] for end in session.get_inputs()}
    )[0]
    return frames


def _frames(batch: Sequence[Audio]) -> greedy.Integers:
    """How many frames of the encoder's each recording has."""
    features = [(len(audio) - WINDOW) // HOP + 1 for audio in batch]
    return np.array([-(-count // SUBSAMPLING) for count in features], np.int64)


class _Ctc:
    def __init__(self, session: Any, blank: int) -> None:
        self._session, self._blank = session, blank

    def decode(self, batch: Sequence[Audio]) -> Sequence[greedy.Path]:
        log_probs = _encoded(self._session, "log_probs", batch)
        rows = zip(log_probs, _frames(batch), strict=True)
        return [greedy.ctc(row[:count], self._blank) for row, count in rows]


class _Transducer:
    def __init__(self, encoder: Any, predictor: Any, joint: Any, blank: int) -> None:
        self._encoder, self._predictor, self._joint, self._blank = encoder, predictor, joint, blank

    @property
    def width(self) -> int:
        return int(self._predictor.get_inputs()[1].shape[1])

    def decode(self, batch: Sequence[Audio]) -> Sequence[greedy.Path]:
        frames = _encoded(self._encoder, "frames", batch)
        return greedy.transducer(frames, _frames(batch), self, self._blank)

    def predict(
        self, classes: greedy.Integers, hidden: greedy.Floats, cell: greedy.Floats
    ) -> tuple[greedy.Floats, greedy.Floats, greedy.Floats]:
        inputs = {"tokens": classes, "hidden": hidden, "cell": cell}
        said, hidden, cell = self._predictor.run(["said", "next_hidden", "next_cell"], inputs)
        return said, hidden, cell

    def join(self, heard: greedy.Floats, said: greedy.Floats) -> tuple[greedy.Integers, greedy.Floats]:
        best, log_probs = self._joint.run(["best", "log_prob"], {"heard": heard, "said": said})
        return best, log_probs
