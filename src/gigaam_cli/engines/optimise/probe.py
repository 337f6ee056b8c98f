"""Some seconds of speech by which models are judged."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from gigaam_cli.core.values import Audio

PROBE = Path(__file__).with_name("probe.wav")
"""Six seconds of speech (festvox-ru, LICENSES/festvox-ru.txt) and half a second of noise, 16 kHz."""
SAID = "развернул план петербурга и водя по нему концом трубки отыскал"


def probe() -> Audio:
    """Return the probe's samples."""
    with wave.open(str(PROBE)) as sound:
        samples = np.frombuffer(sound.readframes(sound.getnframes()), "<i2")
    return np.asarray(samples / 32768, np.float32)
