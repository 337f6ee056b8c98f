"""Damage to files and to texts, the same for the same seed."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

from tests.conftest import DATA, encode
from tests.faults.media import PICTURE

CONTAINERS: dict[str, tuple[str, ...]] = {
    "wav": (),
    "mp3": (),
    "ogg": ("-c:a", "libvorbis"),
    "opus": (),
    "flac": (),
    "m4a": (),
    "mp4": (*PICTURE, "-movflags", "+faststart"),
    "mov": (),
    "mkv": PICTURE,
    "webm": ("-c:a", "libopus"),
    "wma": ("-b:a", "64k"),
    "amr": ("-ar", "8000", "-b:a", "12.2k"),
    "aac": (),
    "aiff": (),
    "caf": ("-c:a", "pcm_s16be"),
    "avi": PICTURE,
    "ts": (),
    "mpg": PICTURE,
}
Damage = Callable[[bytearray, random.Random], bytearray]


def good_files(folder: Path) -> dict[str, bytes]:
    """Return the same speech in every container, by extension."""
    return {
        name: encode(DATA / "base.wav", folder / f"good.{name}", *options).read_bytes()
        for name, options in CONTAINERS.items()
    }


def _place(content: bytearray, rng: random.Random) -> int:
    """Return a place in a file, every other time in its first kilobyte, where headers are."""
    return rng.randrange(min(len(content), 1024) if rng.random() < 0.5 else len(content))


def _some(content: bytearray, rng: random.Random, parts: int) -> int:
    """Return a number of bytes: at least one, at most one of so many ``parts`` of a file."""
    return rng.randint(1, max(1, len(content) // parts))


def flip_bits(content: bytearray, rng: random.Random) -> bytearray:
    for _ in range(rng.choice([1, 10, 200])):
        content[_place(content, rng)] ^= 1 << rng.randrange(8)
    return content


def cut(content: bytearray, rng: random.Random) -> bytearray:
    return content[: _some(content, rng, 1)]


def cut_in_the_middle(content: bytearray, rng: random.Random) -> bytearray:
    begin = _place(content, rng)
    del content[begin : begin + _some(content, rng, 2)]
    return content


def zero(content: bytearray, rng: random.Random) -> bytearray:
    begin = _place(content, rng)
    end = min(len(content), begin + _some(content, rng, 2))
    content[begin:end] = bytes(end - begin)
    return content


def swap(content: bytearray, rng: random.Random) -> bytearray:
    size = _some(content, rng, 4)
    one, other = (rng.randrange(len(content) - size + 1) for _ in range(2))
    content[one : one + size], content[other : other + size] = (
        content[other : other + size],
        content[one : one + size],
    )
    return content


def insert(content: bytearray, rng: random.Random) -> bytearray:
    begin = _place(content, rng)
    content[begin:begin] = rng.randbytes(rng.choice([1, 7, 512, 20_000]))
    return content


def lie(content: bytearray, rng: random.Random) -> bytearray:
    """Put a number that is too large, negative or nothing in the header."""
    begin = rng.randrange(min(len(content), 1024))
    number = rng.choice(
        [b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\x80\0\0\0", b"\xff" * 8]
    )
    content[begin : begin + len(number)] = number
    return content


DAMAGES: tuple[Damage, ...] = (flip_bits, cut, cut_in_the_middle, zero, swap, insert, lie)


def corrupted(content: bytes, seed: int) -> bytes:
    """Return ``content`` damaged in one to three ways."""
    rng = random.Random(seed)
    damaged = bytearray(content)
    for damage in rng.choices(DAMAGES, k=rng.randint(1, 3)):
        damaged = damage(damaged, rng) or bytearray(1)
    return bytes(damaged)


_NUMBERS = ("0", "-1", "99999999999999999999", "1e999", "nan", "00", "١٢")


def garbled(text: bytes, seed: int) -> bytes:
    """Return what a program said, with lines, numbers and bytes changed."""
    rng = random.Random(seed)
    lines = text.split(b"\n")
    for _ in range(rng.randint(1, 4)):
        where = rng.randrange(len(lines))
        change = rng.randrange(7)
        if change == 0:
            lines[where] = re.sub(rb"\d+", lambda _: rng.choice(_NUMBERS).encode(), lines[where])
        elif change == 1:
            lines.insert(where, lines[rng.randrange(len(lines))])
        elif change == 2:
            del lines[where]
            lines = lines or [b""]
        elif change == 3:
            rng.shuffle(lines)
        elif change == 4:
            lines[where] = bytes(corrupted(lines[where] or b"x", rng.randrange(1 << 30)))
        elif change == 5:
            lines[where] += rng.choice([b"\0", b"\xff\xfe", b"\r", b"\x1b[2J", b"{}%s", b"A" * 100_000])
        else:
            lines = lines[:where] or [b""]
    return b"\n".join(lines)
