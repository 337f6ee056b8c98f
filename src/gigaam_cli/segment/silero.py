"""Silero VAD, from the ONNX file in faster-whisper's wheel: no download, no torch.

The network looks at 512 samples and the 64 before them and keeps an LSTM state; this file's version takes
many windows of one recording in a single call, which is several times as fast as one by one.
Source: https://github.com/snakers4/silero-vad (MIT), version 6.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gigaam_cli.core.i18n import mark as _
from gigaam_cli.core.model_errors import ModelDamagedError
from gigaam_cli.segment.vad import WINDOW

if TYPE_CHECKING:
    from gigaam_cli.core.values import Audio

_CONTEXT = 64
_STATE = (1, 1, 128)


class SileroVad:
    """Speech probabilities of one recording, streaming. The network itself is shared by all recordings."""

    def __init__(self) -> None:
        self._session = _session()
        self._hidden = np.zeros(_STATE, np.float32)
        self._cell = np.zeros(_STATE, np.float32)
        self._context = np.zeros(_CONTEXT, np.float32)
        self._rest = np.zeros(0, np.float32)

    def probabilities(self, samples: Audio) -> Audio:
        """Take the next samples; return the probabilities of the windows that are whole, shape (n,)."""
        heard = np.concatenate([self._rest, samples])
        whole = len(heard) // WINDOW * WINDOW
        self._rest = heard[whole:]
        return self._run(heard[:whole]) if whole else np.zeros(0, np.float32)

    def finish(self) -> Audio:
        """Return the probability of the incomplete last window, filled up with silence."""
        if not len(self._rest):
            return np.zeros(0, np.float32)
        last = np.pad(self._rest, (0, WINDOW - len(self._rest)))
        self._rest = self._rest[:0]
        return self._run(last)

    def _run(self, samples: Audio) -> Audio:
        windows = samples.reshape(-1, WINDOW)
        before = np.vstack([self._context, windows[:-1, -_CONTEXT:]])
        self._context = windows[-1, -_CONTEXT:].copy()
        inputs = {"input": np.hstack([before, windows]), "h": self._hidden, "c": self._cell}
        output, self._hidden, self._cell = self._session.run(None, inputs)
        probabilities: Audio = np.asarray(output, np.float32).reshape(-1)
        return probabilities


@lru_cache(maxsize=1)
def _session() -> Any:
    from gigaam_cli.core.ort import cpu_session, failures

    model = _model_file()
    try:
        return cpu_session(model)
    except failures() as error:
        raise ModelDamagedError(folder=model.parent, detail=str(error)) from error


def _model_file() -> Path:
    """Find the file without importing faster-whisper, which would load CTranslate2 and PyAV."""
    spec = find_spec("faster_whisper")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        for file in sorted(Path(folder, "assets").glob("silero_vad*.onnx")):
            return file
    raise ModelDamagedError(folder="faster_whisper/assets", detail=_("silero_vad*.onnx is missing"))
