"""Sound in and out: FFmpeg for files, espeak-ng for speech, and where a clip is audible."""

import subprocess
import tempfile
from pathlib import Path

import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

RATE = 16_000
VOICE = "ru"
WORDS_PER_MINUTE = 140
WORD_GAP = 3  # espeak-ng counts it in 10 ms
FRAME = RATE // 100
DROP_DB = 25.0  # below the loud frames: finds starts within 50 ms of festvox-ru's phone labels
HOLD_FRAMES = 3  # a click is shorter
RAW = ("-f", "f32le", "-ar", str(RATE), "-ac", "1")
REPRODUCIBLE = ("-map_metadata", "-1", "-fflags", "+bitexact", "-flags", "+bitexact")
CODECS = {".mp3": "libmp3lame", ".ogg": "libopus", ".m4a": "aac", ".mp4": "aac", ".wav": "pcm_s16le"}


def ffmpeg(*arguments: str, data: bytes = b"") -> bytes:
    """Run the bundled FFmpeg and return what it wrote to standard output."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *arguments]
    return subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True).stdout


def decode(path: Path) -> Samples:
    """Return a recording's samples: mono, 16 kHz."""
    return np.frombuffer(ffmpeg("-i", str(path), *RAW, "-"), dtype=np.float32)


def encode(samples: Samples, path: Path, *, bitrate: str = "64k", video: tuple[str, ...] = ()) -> None:
    """Write samples to ``path``, whose extension names the codec; ``video`` is an FFmpeg input."""
    path.parent.mkdir(parents=True, exist_ok=True)
    codec = ("-c:a", CODECS[path.suffix], *(() if path.suffix == ".wav" else ("-b:a", bitrate)))
    picture = ("-c:v", "libx264", "-preset", "slow", "-crf", "32", "-pix_fmt", "yuv420p")
    shape = (*codec, *(picture if video else ()), *REPRODUCIBLE)
    ffmpeg(*RAW, "-i", "-", *video, *shape, str(path), data=samples.astype("<f4").tobytes())


def speak(text: str, voice_name: str = VOICE, gap: int = WORD_GAP) -> Samples:
    """Let espeak-ng say ``text``, with ``gap`` hundredths of a second between words."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "speech.wav"
        voice = ("-v", voice_name, "-s", str(WORDS_PER_MINUTE), "-g", str(gap))
        subprocess.run(["espeak-ng", *voice, "-w", str(path), text], check=True)
        return decode(path)


def audible(samples: Samples) -> tuple[float, float]:
    """Return the seconds at which the first sound of a clip begins and its last one ends, by energy."""
    count = len(samples) // FRAME
    frames = samples[: count * FRAME].reshape(count, FRAME)
    level = 20 * np.log10(np.sqrt(np.mean(frames**2, axis=1)) + 1e-9)
    loud = level > np.percentile(level, 95) - DROP_DB
    held = np.flatnonzero(np.convolve(loud, np.ones(HOLD_FRAMES), "valid") == HOLD_FRAMES)
    return float(held[0]) * FRAME / RATE, float(held[-1] + HOLD_FRAMES) * FRAME / RATE


def silence(seconds: float) -> Samples:
    """Return digital silence."""
    return np.zeros(round(seconds * RATE), dtype=np.float32)


def noise(seconds: float, dbfs: float, rng: np.random.Generator) -> Samples:
    """Return white noise with a root mean square of ``dbfs``."""
    return (rng.standard_normal(round(seconds * RATE)) * 10 ** (dbfs / 20)).astype(np.float32)


def hum(seconds: float, dbfs: float, rng: np.random.Generator) -> Samples:
    """Return brown noise with a root mean square of ``dbfs``: nearer to an engine than white noise is."""
    spectrum = np.fft.rfft(rng.standard_normal(round(seconds * RATE)))
    frequency = np.fft.rfftfreq(round(seconds * RATE), 1 / RATE)
    wave = np.fft.irfft(spectrum * (frequency > 20) / np.maximum(frequency, 20), round(seconds * RATE))
    level = 10 ** (dbfs / 20) / np.sqrt(np.mean(wave**2))
    return np.asarray(wave * level, dtype=np.float32)
