"""Speech by libespeak-ng, called in this process: several hundred times as fast as real time."""

from __future__ import annotations

import ctypes
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from tools.evaluation.sound import RATE, Samples

LIBRARY = "libespeak-ng.so.1"
VARIANTS = Path("espeak-ng-data/voices/!v")
# Numbers of espeak-ng's speak_lib.h.
SYNCHRONOUS, UTF8 = 2, 1
FULL_SCALE = np.float32(32768)
SPEED, PITCH, RANGE, WORD_GAP = 1, 3, 4, 7

LANGUAGE = "ru"
# Never trained on: the evaluation asks how the model does with a voice it does not know.
HELD_OUT_VARIANTS = frozenset({"f5", "m6", "Alicia", "klatt4"})
# No voices to learn speech from: breath, creaks and a voice that speaks another alphabet's sounds.
UNFIT_VARIANTS = frozenset({"whisper", "whisperf", "croak", "Demonic", "fast"})
PLAIN_SHARE = 0.45


@dataclass(frozen=True)
class Manner:
    """How to speak: espeak-ng's voice, words a minute, pitch and its range of 0..99, pause in 10 ms."""

    voice: str = LANGUAGE
    speed: int = 140
    pitch: int = 50
    span: int = 50
    gap: int = 0


@cache
def _library() -> tuple[Any, int, Any]:
    """Load the library; return it, its sample rate and the callback's type."""
    library = ctypes.CDLL(LIBRARY)
    rate = library.espeak_Initialize(SYNCHRONOUS, 0, None, 0)
    if rate <= 0:
        raise RuntimeError("espeak-ng does not start: is Debian's espeak-ng-data there?")
    kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
    return library, rate, kind


def _receiver(pieces: list[Samples]) -> Callable[..., int]:
    def receive(wave: Any, count: int, _events: Any) -> int:
        if count > 0:
            pieces.append(np.ctypeslib.as_array(wave, (count,)).astype(np.float32) / FULL_SCALE)
        return 0

    return receive


def speak(text: str, manner: Manner) -> Samples:
    """Say a text.

    Raises:
        RuntimeError: the voice is unknown.
    """
    library, rate, kind = _library()
    if library.espeak_SetVoiceByName(manner.voice.encode()):
        raise RuntimeError(f"espeak-ng has no voice {manner.voice}")
    settings = {SPEED: manner.speed, PITCH: manner.pitch, RANGE: manner.span, WORD_GAP: manner.gap}
    for parameter, value in settings.items():
        library.espeak_SetParameter(parameter, value, 0)
    pieces: list[Samples] = []
    callback = kind(_receiver(pieces))
    library.espeak_SetSynthCallback(callback)
    data = text.encode()
    library.espeak_Synth(data, len(data) + 1, 0, 1, 0, UTF8, None, None)
    return resample(np.concatenate(pieces), rate) if pieces else np.zeros(0, np.float32)


def resample(samples: Samples, rate: int) -> Samples:
    """Bring samples to 16 kHz by cutting their spectrum."""
    count = len(samples) * RATE // rate
    size = 1 << (len(samples) - 1).bit_length()  # a power of two: quick to transform
    target = size * RATE // rate
    spectrum = np.fft.rfft(samples, size)[: target // 2 + 1]
    wave = np.fft.irfft(spectrum, target)[:count]
    return np.asarray(wave * (target / size), np.float32)


@cache
def variants() -> tuple[str, ...]:
    """Return the names of the variants to train on."""
    roots = (Path("/usr/lib"), Path("/usr/share"))
    folder = next(
        path for root in roots for path in (*root.glob(f"*/{VARIANTS}"), root / VARIANTS) if path.is_dir()
    )
    names = (path.name for path in sorted(folder.iterdir()))
    return tuple(name for name in names if name not in HELD_OUT_VARIANTS | UNFIT_VARIANTS and " " not in name)


def any_manner(rng: random.Random) -> Manner:
    """Choose a voice and a manner to train on: often the plain voice, and 140 words a minute in the middle."""
    plain = rng.random() < PLAIN_SHARE
    voice = LANGUAGE if plain else f"{LANGUAGE}+{rng.choice(variants())}"
    pitch = 50 if plain and rng.random() < 0.5 else rng.randint(30, 70)
    return Manner(voice, rng.randint(110, 180), pitch, rng.randint(35, 65), rng.choice([0, 0, 1, 2, 3, 5]))


def plain_manner(rng: random.Random) -> Manner:
    """The plain voice as it comes, at about 140 words a minute."""
    return Manner(speed=rng.randint(130, 150), gap=rng.choice([0, 0, 0, 1]))
