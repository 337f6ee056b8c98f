"""Recordings with something the matter, as bytes or made by FFmpeg out of good ones."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gigaam_cli.core.values import SAMPLE_RATE
from tests.conftest import DATA, encode, listen
from tests.fakes.sounds import write_wav

if TYPE_CHECKING:
    from gigaam_cli.core.values import Audio

PICTURE = ("-f", "lavfi", "-i", "color=black:size=64x64:rate=25", "-shortest")
WEB_PAGE = b"<!DOCTYPE html><html><head><title>404</title></head><body>" + b"<p>Not found</p>" * 500
NO_SPEECH_SECONDS = 12


def noise(size: int, seed: int = 1) -> bytes:
    """Return random bytes."""
    return np.random.default_rng(seed).bytes(size)


def cut_off(path: Path, share: float = 0.6) -> Path:
    """Take the end of a file away."""
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    return path


def with_lying_header(path: Path, size: int) -> Path:
    """Let a WAV file's header give ``size`` as that of its samples."""
    content = bytearray(path.read_bytes())
    where = content.index(b"data") + 4
    content[where : where + 4] = struct.pack("<I", size)
    content[4:8] = struct.pack("<I", min(size + where - 4, 0xFFFFFFFF))
    path.write_bytes(content)
    return path


def with_samples(path: Path, samples: Audio) -> Path:
    """Write samples of 32-bit floats, whatever they are, as WAV."""
    header = b"RIFF" + struct.pack("<I", 36 + samples.nbytes) + b"WAVEfmt "
    header += struct.pack("<IHHIIHH", 16, 3, 1, SAMPLE_RATE, 4 * SAMPLE_RATE, 4, 32)
    path.write_bytes(header + b"data" + struct.pack("<I", samples.nbytes) + samples.tobytes())
    return path


def matroska_of(seconds: float, path: Path) -> Path:
    """Let a Matroska file's header claim to last so long."""
    content = bytearray(path.read_bytes())
    where = content.index(b"\x44\x89\x88") + 3  # the duration: a double of 8 bytes, in milliseconds
    content[where : where + 8] = struct.pack(">d", seconds * 1000)
    path.write_bytes(content)
    return path


def music(seconds: float = NO_SPEECH_SECONDS) -> Audio:
    """Return chords that are struck and die away, twice a second."""
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    chords = [(262, 330, 392), (294, 349, 440), (247, 294, 392), (262, 330, 523)]
    which = (time * 2).astype(int) % len(chords)
    sound = np.zeros(len(time))
    for number, chord in enumerate(chords):
        struck = sum(np.sin(2 * np.pi * note * time) + np.sin(4 * np.pi * note * time) / 2 for note in chord)
        sound += np.where(which == number, struck, 0)
    made: Audio = (sound * np.exp(-4 * (time % 0.5)) * 0.1).astype(np.float32)
    return made


def without_speech(folder: Path) -> list[Path]:
    """Write silence, noise and music; return the files."""
    random = np.random.default_rng(8)
    hiss = (random.standard_normal(NO_SPEECH_SECONDS * SAMPLE_RATE) * 0.01).astype(np.float32)
    sounds = {
        "silence": np.zeros(NO_SPEECH_SECONDS * SAMPLE_RATE, np.float32),
        "hiss": hiss,
        "music": music(),
    }
    return [write_wav(folder / f"{name}.wav", sound) for name, sound in sounds.items()]


def odd_samples(folder: Path) -> list[Path]:
    """Write speech with samples that are no numbers, far from zero, and clipped; return the files."""
    speech = listen(DATA / "base.wav")
    broken = speech.copy()
    broken[1000:1100], broken[2000], broken[3000] = np.nan, np.inf, -np.inf
    clipped = np.clip(speech * 4, -0.5, 0.5)
    sounds = {"no_numbers": broken, "offset": speech * 0.5 + np.float32(0.4), "clipped": clipped}
    return [with_samples(folder / f"{name}.wav", sound) for name, sound in sounds.items()]


def film(path: Path) -> Path:
    """Make a film whose first audio stream is silent and whose second, the default one, speaks."""
    graph = "testsrc=d=6:s=64x64:r=5[picture];anullsrc=r=16000:d=6[silence]"
    maps = ("-map", "[picture]", "-map", "[silence]", "-map", "0:a")
    default = ("-disposition:a:0", "0", "-disposition:a:1", "default")
    return encode(DATA / "base.wav", path, "-filter_complex", graph, *maps, *default)


def with_cover_and_chapters(path: Path, folder: Path) -> Path:
    """Make an album's track: a picture of its cover, and chapters."""
    chapters = folder / "chapters.txt"
    chapters.write_text(
        ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1\nSTART=0\nEND=2\ntitle=Раз\n", encoding="utf-8"
    )
    extra = ("-f", "lavfi", "-i", "color=red:size=64x64:duration=0.04", "-i", str(chapters))
    maps = (
        "-map",
        "0:a",
        "-map",
        "1:v",
        "-map_chapters",
        "2",
        "-c:v",
        "png",
        "-disposition:v",
        "attached_pic",
    )
    return encode(DATA / "base.wav", path, *extra, *maps)
