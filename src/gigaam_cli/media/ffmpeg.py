"""Which FFmpeg runs, and the arguments that keep it to local media files."""

from __future__ import annotations

import math
import os
import re
import shutil
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import ffmpeg

from gigaam_cli.core.errors import FfmpegMissingError
from gigaam_cli.core.values import SAMPLE_RATE

# Without this list a file named .mp3 may be a script of FFmpeg's concat demuxer, which opens other files.
# It names the demuxers of the extensions in ``discover.EXTENSIONS``; FFmpeg matches any of a demuxer's names.
# Not among them are amrnb and amrwb, for AMR without a header: older versions take a web page for it.
DEMUXERS = (
    "mp3,wav,w64,mov,mp4,m4a,3gp,3g2,mj2,aac,loas,flac,ogg,asf,asf_o,amr,aiff,caf,avi,"
    "matroska,webm,mpegts,mpeg,mpegvideo"
)
PROTOCOLS = "file,pipe"

_CONTEXT = re.compile(r"^(\[[^\]]* @ 0x[0-9a-f]+\] )+")
_LEVEL = re.compile(r"\[(fatal|error|warning|info|panic)\] ")


@dataclass(frozen=True, slots=True)
class Cut:
    """The part of a recording that is wanted, in seconds; ``end`` None means to its end."""

    start: float = 0.0
    end: float | None = None

    def seconds_of(self, duration: float | None) -> float | None:
        """Return how many seconds of a recording it leaves, None where its length is not known."""
        if duration is None:
            return None
        return max(0.0, min(duration, math.inf if self.end is None else self.end) - self.start)


@lru_cache(maxsize=1)
def binary() -> str:
    """Return the path of FFmpeg: ``GIGAAM_FFMPEG``, PATH, or the one in the imageio-ffmpeg wheel.

    Raises:
        FfmpegMissingError: none of them is there.
    """
    named = os.environ.get("GIGAAM_FFMPEG")
    if named:
        found = shutil.which(named)
        if found is None:
            raise FfmpegMissingError(detail=f"GIGAAM_FFMPEG={named}")
        return found
    return shutil.which("ffmpeg") or _bundled()


def origin() -> str:
    """Return where ``binary`` was found: ``variable``, ``path`` or ``bundled``."""
    if os.environ.get("GIGAAM_FFMPEG"):
        return "variable"
    return "path" if shutil.which("ffmpeg") else "bundled"


def _bundled() -> str:
    try:
        import imageio_ffmpeg

        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError) as error:
        raise FfmpegMissingError(detail=str(error)) from error


def probe_command(path: Path) -> list[str]:
    """Return the command that makes FFmpeg describe ``path`` on stderr; it then fails for want of an output."""
    arguments = _named(_input(Cut()).get_args(), path)
    return [binary(), "-hide_banner", "-nostdin", *arguments]


def decode_command(path: Path, stream: int, cut: Cut, channels: int = 1) -> list[str]:
    """Return the command that writes audio stream ``stream`` to stdout as f32le at 16 kHz, mixed to ``channels``.

    Gaps in the timestamps become silence, so that a sample's position is its time in the recording.
    """
    samples = _input(cut)[f"a:{stream}"].output(
        "pipe:1",
        format="f32le",
        acodec="pcm_f32le",
        ac=channels,
        ar=SAMPLE_RATE,
        af="aresample=async=1:first_pts=0",
    )
    arguments = _named(samples.get_args(), path)
    return [binary(), "-hide_banner", "-nostdin", "-nostats", "-v", "level+warning", *arguments]


def environment() -> dict[str, str]:
    """Return this process's environment without what would make FFmpeg write reports or colours."""
    return {
        name: value for name, value in os.environ.items() if name not in ("FFREPORT", "AV_LOG_FORCE_COLOR")
    }


def plain_line(line: str) -> str:
    """Return a line of FFmpeg's log without addresses and levels, so that it reads the same every time."""
    return _LEVEL.sub("", _CONTEXT.sub("", line.strip())).strip()


class _InputGraph:
    """ffmpeg-python builds arguments only for a graph with an output; a probe has none."""

    def __init__(self, node: Any) -> None:
        self._node = node

    def get_args(self) -> list[str]:
        """Return the input's arguments alone."""
        with_output: list[str] = self._node.output("unused").get_args()
        return with_output[:-1]

    def __getitem__(self, stream: str) -> Any:
        return self._node[stream]


def _input(cut: Cut) -> _InputGraph:
    options: dict[str, object] = {"protocol_whitelist": PROTOCOLS, "format_whitelist": DEMUXERS}
    if cut.start:
        options["ss"] = f"{cut.start:.6f}"
    if cut.end is not None:
        options["to"] = f"{cut.end:.6f}"
    return _InputGraph(ffmpeg.input("NAME", **options))


def _named(arguments: list[str], path: Path) -> list[str]:
    """Put the input's name into ``arguments``; ffmpeg-python takes none that is not valid UTF-8."""
    where = arguments.index("NAME")
    # "file:" takes the rest literally: no leading dash, colon or %d of a name means anything to FFmpeg.
    return [*arguments[:where], f"file:{path.absolute()}", *arguments[where + 1 :]]
