"""What a file holds, from FFmpeg's own report: the bundled FFmpeg comes without ffprobe, and one way is enough."""

from __future__ import annotations

import contextlib
import math
import os
import re
import subprocess
from dataclasses import replace
from pathlib import Path

from gigaam_cli.core.errors import (
    AudioStreamMissingError,
    DamagedMediaError,
    DecoderKilledError,
    DecoderStalledError,
    EmptyFileError,
    MediaError,
    NoAudioStreamError,
    NotMediaError,
    UnreadableError,
)
from gigaam_cli.core.i18n import mark as _
from gigaam_cli.core.values import AudioStream, MediaInfo
from gigaam_cli.media.ending import missing_share
from gigaam_cli.media.ffmpeg import plain_line, probe_command
from gigaam_cli.media.process import end, start, was_killed_here

_CONTAINER = re.compile(r"^Input #0, (\S+), from ")
_DURATION = re.compile(r"^  Duration: (?:(\d+):(\d\d):(\d\d(?:\.\d+)?)|N/A)")
_COUNT_FROM_ZERO = ("matroska", "ogg")
_STREAM = re.compile(
    r"^ {2,4}Stream #0:(?P<index>\d+)(?:\[0x[0-9a-f]+\])?(?:\((?P<language>[^)]+)\))?: "
    r"(?P<kind>Audio|Video): (?P<codec>\w+)(?P<rest>.*)$"
)
_RATE = re.compile(r", (\d+) Hz, ([^,]+)")
# Nothing in the file spoke for the demuxer; its name did.
_GUESSED = "detected only with low score of 1,"
# The demuxer knows the format, but the file was never finished.
_UNFINISHED = ("moov atom not found",)
_SLICE_SECONDS = 1.0


def probe(path: Path, timeout: float = 60.0) -> MediaInfo:
    """Return what FFmpeg says of ``path``, within ``timeout`` seconds.

    Raises:
        MediaError: the file is empty, unreadable, not media, or has nothing to hear in it.
    """
    _check_readable(path)
    info = parse_report(_report(path, timeout))
    if not info.streams:
        raise NoAudioStreamError
    return replace(info, missing=missing_share(path, info.container))


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
    streams = _streams(lines)
    moving_picture = any(
        match["kind"] == "Video" and "(attached pic)" not in match["rest"] for match in streams
    )
    audio = [match for match in streams if match["kind"] == "Audio"]
    return MediaInfo(
        container=container,
        duration=_length(lines, container),
        streams=tuple(_stream(number, match) for number, match in enumerate(audio)),
        # A picture may well last longer than the sound, and other streams too.
        estimated="Estimating duration from bitrate" in report or moving_picture or len(audio) > 1,
        guessed=_GUESSED in report,
    )


def _check_readable(path: Path) -> None:
    try:
        with path.open("rb") as file:
            if not file.read(1):
                raise EmptyFileError
    except OSError as error:
        raise UnreadableError(detail=error.strerror or str(error)) from error


def _report(path: Path, timeout: float) -> str:
    process, said = _run(path, timeout)
    if process.returncode < 0 and not was_killed_here(process):  # such as for want of memory
        process, said = _run(path, timeout)
    if process.returncode < 0:
        raise DecoderKilledError(signal=-process.returncode)
    # Whatever stands in a file's name is not FFmpeg's word; tags and codes of damaged files need not be UTF-8.
    return said.replace(os.fsencode(path.absolute()), b"").decode("utf-8", "replace")


def _run(path: Path, timeout: float) -> tuple[subprocess.Popen[bytes], bytes]:
    with start(probe_command(path), stdout=subprocess.DEVNULL) as process:
        try:
            said = _said_within(process, timeout)
        finally:
            end(process)
    if said is None:
        raise DecoderStalledError(seconds=round(timeout))
    return process, said


def _said_within(process: subprocess.Popen[bytes], timeout: float) -> bytes | None:
    """Return all that FFmpeg says; None where that takes too long.

    Waited in slices, so that the time in which this program was stopped (Ctrl-Z) is one of them at most.
    """
    slices = math.ceil(timeout / _SLICE_SECONDS)
    for _slice in range(slices):
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.communicate(timeout=timeout / slices)[1]
    return None


def _refusal(lines: list[str]) -> MediaError:
    """Say why FFmpeg did not open the file: the first of its reasons is the nearest to the cause."""
    said = [plain_line(line) for line in lines]
    guessed = any(_GUESSED in line for line in said)
    unfinished = next((line for line in said for sign in _UNFINISHED if sign in line), None)
    if unfinished and not guessed:
        return DamagedMediaError(detail=unfinished)
    if any("not on whitelist" in line for line in said):
        return NotMediaError(detail=_("what is in it is not what its name says"))
    # Before version 6 there is only the last line: "NAME: reason".
    reasons = [line for line in said if line.startswith("Error opening input: ")] or said[-1:]
    return NotMediaError(detail=reasons[0].rpartition(": ")[2] if reasons else _("no answer from FFmpeg"))


def _length(lines: list[str], container: str) -> float | None:
    """Return the seconds from the first sound on: some containers count from zero wherever they begin."""
    match = next((match for line in lines if (match := _DURATION.match(line))), None)
    seconds = None if match is None else _seconds(match)
    if match is None or seconds is None or not container.startswith(_COUNT_FROM_ZERO):
        return seconds
    began = re.search(r"start: (\d+\.\d+)", match.string)
    return max(0.0, seconds - float(began[1])) if began else seconds


def _seconds(match: re.Match[str]) -> float | None:
    hours, minutes, seconds = match.groups()
    return None if hours is None else int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def _streams(lines: list[str]) -> list[re.Match[str]]:
    """Return the lines of the streams by index: FFmpeg lists them by programme, some of them twice."""
    matches = {int(match["index"]): match for line in lines if (match := _STREAM.match(line))}
    return [matches[index] for index in sorted(matches)]


def _stream(number: int, match: re.Match[str]) -> AudioStream:
    rate = _RATE.search(match["rest"])
    return AudioStream(
        number=number,
        codec=match["codec"],
        sample_rate=int(rate[1]) if rate else 0,
        layout=rate[2] if rate else "",
        language=match["language"],
        default="(default)" in match["rest"],
    )
