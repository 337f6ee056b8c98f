"""What a file holds, from FFmpeg's own report: the bundled FFmpeg comes without ffprobe, and one way is enough."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from gigaam_cli.core.errors import (
    AudioStreamMissingError,
    DamagedMediaError,
    DecoderStalledError,
    EmptyFileError,
    MediaError,
    NoAudioStreamError,
    NotMediaError,
    UnreadableError,
)
from gigaam_cli.core.values import AudioStream, MediaInfo
from gigaam_cli.media.ffmpeg import environment, plain_line, probe_command

_CONTAINER = re.compile(r"^Input #0, (\S+), from ")
_DURATION = re.compile(r"^  Duration: (?:(\d+):(\d\d):(\d\d(?:\.\d+)?)|N/A)")
_STREAM = re.compile(r"^ {2,4}Stream #0:\d+(?:\[0x[0-9a-f]+\])?(?:\((\w+)\))?: (Audio|Video): (\w+)(.*)$")
_RATE = re.compile(r", (\d+) Hz, ([^,]+)")
# The demuxer knows the format, but the file was never finished.
_UNFINISHED = ("moov atom not found",)


def probe(path: Path, timeout: float = 60.0) -> MediaInfo:
    """Return what FFmpeg says of ``path``, within ``timeout`` seconds.

    Raises:
        MediaError: the file is empty, unreadable, not media, or has nothing to hear in it.
    """
    _check_readable(path)
    info = parse_report(_report(path, timeout))
    if not info.streams:
        raise NoAudioStreamError
    return info


def choose_stream(info: MediaInfo, number: int | None) -> AudioStream:
    """Return the audio stream ``number``, or the default one: marked so by the container, else the first.

    Raises:
        AudioStreamMissingError: there is no such stream.
    """
    if number is None:
        return next((stream for stream in info.streams if stream.default), info.streams[0])
    if number >= len(info.streams):
        raise AudioStreamMissingError(number=number, count=len(info.streams))
    return info.streams[number]


def parse_report(report: str) -> MediaInfo:
    """Read the report of ``ffmpeg -i``.

    Raises:
        MediaError: FFmpeg did not open the file; its last words are in the message.
    """
    lines = report.splitlines()
    container = next((match[1] for line in lines if (match := _CONTAINER.match(line))), None)
    if container is None:
        raise _refusal(lines)
    streams = [match for line in lines if (match := _STREAM.match(line))]
    moving_picture = any(match[2] == "Video" and "(attached pic)" not in match[4] for match in streams)
    audio = [match for match in streams if match[2] == "Audio"]
    return MediaInfo(
        container=container,
        duration=next((_seconds(match) for line in lines if (match := _DURATION.match(line))), None),
        streams=tuple(_stream(number, match) for number, match in enumerate(audio)),
        # A picture may well last longer than the sound, and other streams too.
        estimated="Estimating duration from bitrate" in report or moving_picture or len(audio) > 1,
    )


def _check_readable(path: Path) -> None:
    try:
        with path.open("rb") as file:
            if not file.read(1):
                raise EmptyFileError
    except OSError as error:
        raise UnreadableError(detail=error.strerror or str(error)) from error


def _report(path: Path, timeout: float) -> str:
    try:
        finished = subprocess.run(  # noqa: S603 - a list of arguments, no shell
            probe_command(path),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environment(),
            timeout=timeout,
            check=False,
            start_new_session=True,
        )
    except subprocess.TimeoutExpired as error:
        raise DecoderStalledError(seconds=round(timeout)) from error
    return finished.stderr.decode("utf-8", "replace")


def _refusal(lines: list[str]) -> MediaError:
    said = [plain_line(line) for line in lines]
    unfinished = next((line for line in said for sign in _UNFINISHED if sign in line), None)
    if unfinished:
        return DamagedMediaError(detail=unfinished)
    reasons = [
        line.removeprefix("Error opening input: ")
        for line in said
        if line and not line.startswith("Error opening input file")
    ]
    return NotMediaError(detail=reasons[-1] if reasons else "no answer from FFmpeg")


def _seconds(match: re.Match[str]) -> float | None:
    hours, minutes, seconds = match.groups()
    return None if hours is None else int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def _stream(number: int, match: re.Match[str]) -> AudioStream:
    rate = _RATE.search(match[4])
    return AudioStream(
        number=number,
        codec=match[3],
        sample_rate=int(rate[1]) if rate else 0,
        layout=rate[2] if rate else "",
        language=match[1],
        default="(default)" in match[4],
    )
