"""FFmpeg as a stream of samples: read in blocks, begun again where it was killed, its end explained."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

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
from gigaam_cli.media.watched import WatchedFfmpeg

if TYPE_CHECKING:
    from gigaam_cli.core.values import Audio

logger = logging.getLogger(__name__)

BLOCK_SECONDS = 2.0

_SKIPPED_AT_ONCE = 1 << 16
_STEREO = ("stereo", "2 channels")
# Less than this of a channel's energy is left in the mean: what only one channel has leaves a quarter.
_CANCELLED = 0.02
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
        self._given = 0
        self._given_up = self._began_again = False
        self._channels = _channels(info, stream)
        self._command = decode_command(path, stream, options.cut, self._channels)
        self._ffmpeg = WatchedFfmpeg(self._command, options.stall_timeout)

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
        self._given_up = True
        self._ffmpeg.kill()

    def close(self) -> None:
        """Stop FFmpeg if it still runs, and leave no process or thread behind."""
        self._ffmpeg.close()

    def _blocks(self) -> Iterator[Audio]:
        frame = 4 * self._channels
        while data := self._read(int(BLOCK_SECONDS * SAMPLE_RATE) * frame):
            samples = np.frombuffer(data[: len(data) // frame * frame], dtype="<f4").astype(
                np.float32, copy=False
            )
            yield _mono(np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0).reshape(-1, self._channels))

    def _read(self, size: int) -> bytes:
        """Return ``size`` bytes, fewer at the end."""
        data = bytearray()
        while len(data) < size:
            more = self._ffmpeg.read(size - len(data))
            if not more and not self._begin_again(behind=self._given + len(data)):
                break
            data += more
        self._given += len(data)
        return bytes(data)

    def _begin_again(self, behind: int) -> bool:
        """Start FFmpeg once more if somebody killed it, and skip the bytes that it gave; return whether."""
        if self._began_again or not self._ffmpeg.was_killed_by_others():
            return False
        logger.warning("FFmpeg was killed and is started again")
        self._began_again = True
        self._ffmpeg.close()
        self._ffmpeg = WatchedFfmpeg(self._command, self._options.stall_timeout)
        if self._given_up:  # meanwhile, so that the one of before was meant
            self._ffmpeg.kill()
        while behind > 0 and (known := self._ffmpeg.read(min(behind, _SKIPPED_AT_ONCE))):
            behind -= len(known)
        return True

    def _verdict(self) -> MediaError | None:
        code = self._ffmpeg.wait()
        if self._ffmpeg.stalled:
            return DecoderStalledError(seconds=round(self._options.stall_timeout))
        if number := self._ffmpeg.signal():
            return DecoderKilledError(signal=number)
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
        fatal = [line for line in self._ffmpeg.complaints if "[fatal]" in line]
        lines = fatal or [line for line in self._ffmpeg.complaints if "[error]" in line]
        return plain_line(lines[-1]) if lines else _("no reason given")

    def _truncation(self) -> MediaError | None:
        declared = self._declared()
        short = declared is not None and self.seconds < declared - max(
            _TOLERANCE_SECONDS, declared * _TOLERANCE_SHARE
        )
        said = any(sign in line for line in self._ffmpeg.complaints for sign in _CUT_OFF)
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


def _channels(info: MediaInfo, stream: int) -> int:
    """Return how many channels are asked of FFmpeg: one, but both of a stereo stream, which it would average."""
    return 2 if info.streams[stream].layout in _STEREO else 1


def _mono(frames: Audio) -> Audio:
    """Return the mean of the channels, or the louder one where they cancel each other: one is turned over."""
    if frames.shape[1] == 1:
        return frames[:, 0]
    mean: Audio = frames.mean(axis=1)
    energies = np.square(frames).sum(axis=0)
    if np.square(mean).sum() >= _CANCELLED * energies.max():
        return mean
    louder: Audio = np.ascontiguousarray(frames[:, int(energies.argmax())])
    return louder


def _unknown_size(info: MediaInfo) -> bool:
    if info.container not in ("w64", "aiff") or info.duration is None:
        return False
    return info.duration * info.streams[0].sample_rate >= UNKNOWN_BYTES / 8
