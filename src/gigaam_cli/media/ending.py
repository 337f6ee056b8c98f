"""Whether a file is as long as its container says, for the containers of which FFmpeg does not tell.

It believes the size of a file more than a header, so that what was cut off looks whole. MP3 without a header
of its own, AAC, AMR and MPEG streams promise nothing: their end is wherever the file ends.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

# Sizes in headers are often off by a little.
_SLACK = 4096
# Sizes of a writer that could not seek back: 0xFFFFFFFF and its neighbours mean "unknown".
UNKNOWN_BYTES = 0x7FFF0000
# More than any sound header has; a limit for files of zeros.
_MOST_CHUNKS = 1000
_ASF_FILE_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
_ASF_BROADCAST = 1
_LARGEST_OGG_PAGE = 27 + 255 + 255 * 255


def missing_share(path: Path, container: str) -> float:
    """Return which share of the file is certainly missing at its end; 0 where nothing tells."""
    promise = _PROMISES.get(container)
    if promise is None:
        return 0.0
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            promised = promise(file, size)
    except OSError:
        return 0.0  # decoding will show what is the matter
    return 1 - size / promised if promised > size else 0.0


def _riff(file: BinaryIO, size: int) -> int:
    """Return where the samples of a WAV or AVI file should end."""
    file.seek(12)
    large = 0
    for _ in range(_MOST_CHUNKS):
        head = file.read(8)
        if len(head) < 8:
            break
        name, length = struct.unpack("<4sI", head)
        body = file.tell()
        if name == b"ds64":
            large = int.from_bytes(file.read(16)[8:], "little")
        if name == b"data" or (name == b"LIST" and file.read(4) == b"movi"):
            known = length < UNKNOWN_BYTES
            return _with_slack(body + (length if known else large), size)
        file.seek(body + length + length % 2)
    return size


def _caf(file: BinaryIO, size: int) -> int:
    """Return where the samples of a CAF file should end."""
    file.seek(8)
    for _ in range(_MOST_CHUNKS):
        head = file.read(12)
        if len(head) < 12:
            break
        name, length = struct.unpack(">4sq", head)
        if name == b"data" or length < 0:
            return _with_slack(file.tell() + length, size)
        file.seek(min(length, size), os.SEEK_CUR)
    return size


def _asf(file: BinaryIO, size: int) -> int:
    """Return the size that a WMA file gives for itself."""
    file.seek(30)
    for _ in range(_MOST_CHUNKS):
        head = file.read(24)
        if len(head) < 24:
            break
        length = int.from_bytes(head[16:], "little")
        if head[:16] == _ASF_FILE_PROPERTIES:
            body = file.read(68).ljust(68, b"\0")
            whole, flags = struct.unpack("<16xQ40xI", body)
            return size if flags & _ASF_BROADCAST else _with_slack(whole, size)
        file.seek(min(max(length - 24, 0), size), os.SEEK_CUR)
    return size


def _ogg(file: BinaryIO, size: int) -> int:
    """Return where the last page of an Ogg file should end."""
    begin = max(0, size - _LARGEST_OGG_PAGE)
    file.seek(begin)
    tail = file.read()
    page = tail.rfind(b"OggS")
    head = tail[page : page + 27]
    if page < 0:
        return size
    if len(head) < 27:
        return size + 1
    lengths = tail[page + 27 : page + 27 + head[26]]
    return begin + page + 27 + head[26] + sum(lengths)


def _with_slack(end: int, size: int) -> int:
    return end if end > size + _SLACK else size


_PROMISES: dict[str, Callable[[BinaryIO, int], int]] = {
    "wav": _riff,
    "avi": _riff,
    "caf": _caf,
    "asf": _asf,
    "ogg": _ogg,
}
