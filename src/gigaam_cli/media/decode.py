"""FFmpeg as a stream of samples: its own process, read in blocks, watched for stalls, its end explained."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from gigaam_cli.core.errors import (
    DamagedMediaError,
    DecoderKilledError,
    DecoderStalledError,
    MediaError,
    NotMediaError,
    TooLongError,
    TruncatedMediaError,
)
from gigaam_cli.core.i18n import mark as _
from gigaam_cli.core.timecode import clock
from gigaam_cli.core.values import SAMPLE_RATE, MediaInfo
from gigaam_cli.media.ending import UNKNOWN_BYTES
from gigaam_cli.media.ffmpeg import Cut, decode_command, plain_line
from gigaam_cli.media.process import end, kill, start

if TYPE_CHECKING:
    from gigaam_cli.core.values import Audio

BLOCK_SECONDS = 2.0

_KEPT_LINES = 200
# What demuxers say of a file that ends too soon.
_CUT_OFF = ("File ended prematurely", "partial file", "Truncated")
# A header's word against the samples: encoders pad, and headers round.
_TOLERANCE_SECONDS = 1.0
_TOLERANCE_SHARE = 0.02
# Of what a container promises that only the file's name speaks for: less than this decodes from noise, too.
_LEAST_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class DecodeOptions:
    """How a recording is decoded; times in seconds."""

    cut: Cut = field(default_factory=Cut)
    stall_timeout: float = 60.0
    max_duration: float | None = None


class Decoder:
    """One recording's samples; iterate over it once, within ``with``.

    After the last block ``seconds`` is what was decoded and ``error`` says what was wrong with the file,
    if anything: what came before is whole, so the caller may keep it.
    """

    def __init__(self, path: Path, stream: int, info: MediaInfo, options: DecodeOptions) -> None:
        self.seconds = 0.0
        self.error: MediaError | None = None
        self._info = info
        self._options = options
        self._complaints: deque[str] = deque(maxlen=_KEPT_LINES)
        self._process = start(decode_command(path, stream, options.cut), stdout=subprocess.PIPE)
        self._listener = threading.Thread(target=self._listen, name="ffmpeg-log", daemon=True)
        self._listener.start()
        self._watch = _StallWatch(self._process, options.stall_timeout)

    def __enter__(self) -> Decoder:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[Audio]:
        """Yield blocks of samples, ``BLOCK_SECONDS`` each but the last."""
        for block in self._blocks():
            self.seconds += len(block) / SAMPLE_RATE
            yield block
            limit = self._options.max_duration
            if limit is not None and self.seconds > limit:
                self.error = TooLongError(limit=clock(limit))
                return
        self.error = self._verdict()

    def kill(self) -> None:
        """Stop FFmpeg, from whatever thread: whoever reads comes to an end."""
        kill(self._process)

    def close(self) -> None:
        """Stop FFmpeg if it still runs, and leave no process or thread behind."""
        self._watch.stop()
        end(self._process)
        _stream(self._process.stdout).close()
        self._listener.join()
        _stream(self._process.stderr).close()

    def _blocks(self) -> Iterator[Audio]:
        size = int(BLOCK_SECONDS * SAMPLE_RATE) * 4
        while data := self._read(size):
            block = np.frombuffer(data[: len(data) // 4 * 4], dtype="<f4").astype(np.float32, copy=False)
            yield np.nan_to_num(block, nan=0.0, posinf=1.0, neginf=-1.0)

    def _read(self, size: int) -> bytes:
        """Return ``size`` bytes, fewer at the end; whatever arrives counts as progress."""
        pipe, data = _stream(self._process.stdout).fileno(), bytearray()
        while len(data) < size:
            with self._watch:
                more = os.read(pipe, size - len(data))
            if not more:
                break
            data += more
        return bytes(data)

    def _listen(self) -> None:
        for line in _stream(self._process.stderr):
            self._complaints.append(line.decode("utf-8", "replace"))

    def _verdict(self) -> MediaError | None:
        with self._watch:
            code = self._process.wait()
        self._listener.join()
        if self._watch.fired:
            return DecoderStalledError(seconds=round(self._options.stall_timeout))
        if code < 0:
            return DecoderKilledError(signal=-code)
        if self._info.guessed and (code > 0 or self._hardly_anything()):
            return NotMediaError(detail=_("what is in it is not what its name says"))
        if code > 0:
            return DamagedMediaError(detail=self._last_complaint())
        return self._truncation()

    def _hardly_anything(self) -> bool:
        promised = self._info.duration or 0.0
        return promised > _TOLERANCE_SECONDS and self.seconds < promised * _LEAST_SHARE

    def _last_complaint(self) -> str:
        """Return what was fatal, which says more than the clearing up behind it, or else the last error."""
        fatal = [line for line in self._complaints if "[fatal]" in line]
        lines = fatal or [line for line in self._complaints if "[error]" in line]
        return plain_line(lines[-1]) if lines else _("no reason given")

    def _truncation(self) -> MediaError | None:
        declared = self._declared()
        short = declared is not None and self.seconds < declared - max(
            _TOLERANCE_SECONDS, declared * _TOLERANCE_SHARE
        )
        said = any(sign in line for line in self._complaints for sign in _CUT_OFF)
        to_the_end = self._options.cut.end is None
        if not (short or said or (to_the_end and self._info.missing)):
            return None
        position = self._options.cut.start + self.seconds
        whole = max(self._info.duration or 0.0, position / (1 - self._info.missing))
        expected = clock(whole) if whole > position + _TOLERANCE_SECONDS else "?"
        return TruncatedMediaError(decoded=clock(position), expected=expected)

    def _declared(self) -> float | None:
        """Seconds that a trustworthy header promises for the part that was asked for."""
        info, cut = self._info, self._options.cut
        if info.duration is None or info.estimated or cut.end is not None or _unknown_size(info):
            return None
        return info.duration - cut.start


def _unknown_size(info: MediaInfo) -> bool:
    if info.container not in ("w64", "aiff") or info.duration is None:
        return False
    return info.duration * info.streams[0].sample_rate >= UNKNOWN_BYTES / 8


class _StallWatch:
    """Kills a process when one read from it lasts too long; time between reads is ours and does not count."""

    def __init__(self, process: subprocess.Popen[bytes], timeout: float) -> None:
        self.fired = False
        self._process = process
        self._timeout = timeout
        self._reading_since: float | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ffmpeg-watch", daemon=True)
        self._thread.start()

    def __enter__(self) -> None:
        self._reading_since = time.monotonic()

    def __exit__(self, *_: object) -> None:
        self._reading_since = None

    def stop(self) -> None:
        """End the watch."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(min(self._timeout / 4, 1.0)):
            since = self._reading_since
            if since is not None and time.monotonic() - since > self._timeout:
                self.fired = True
                kill(self._process)
                return


def _stream(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None  # noqa: S101 - Popen was given PIPE
    return stream
