"""What an FFmpeg is and which formats it reads, by its own word."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass

from gigaam_cli.core.errors import FfmpegMissingError
from gigaam_cli.core.i18n import mark as _
from gigaam_cli.media.process import end, start

_SECONDS = 15.0
_VERSION = re.compile(rb"^ffmpeg version (\S+)")
# " D  mov,mp4,m4a  QuickTime / MOV" and " A....D aac  AAC": the names are the second word.
_NAMES = re.compile(r"^ ?[ A-Z.d]{2,6} +(\S+) ", re.MULTILINE)
# Of each format one container and one decoder, of those that may stand for it, must be there.
NEEDED: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "mp3": (("mp3",), ("mp3", "mp3float")),
    "wav": (("wav",), ("pcm_s16le",)),
    "m4a": (("mov", "m4a", "mp4"), ("aac", "libfdk_aac")),
    "aac": (("aac",), ("aac", "libfdk_aac")),
    "flac": (("flac",), ("flac",)),
    "ogg": (("ogg",), ("vorbis", "libvorbis")),
    "opus": (("ogg",), ("opus", "libopus")),
    "wma": (("asf",), ("wmav2",)),
    "amr": (("amr",), ("amrnb", "libopencore_amrnb")),
    "aiff": (("aiff",), ("pcm_s16be",)),
    "caf": (("caf",), ("alac",)),
    "avi": (("avi",), ("mp3", "mp3float")),
    "mkv": (("matroska", "webm"), ("ac3", "eac3")),
    "webm": (("matroska", "webm"), ("opus", "libopus")),
    "ts": (("mpegts",), ("mp2", "mp2float")),
    "mpg": (("mpeg",), ("mp2", "mp2float")),
}


@dataclass(frozen=True, slots=True)
class Abilities:
    """An FFmpeg's version, and the extensions that it cannot read."""

    version: str
    unread: tuple[str, ...]


def look(binary: str) -> Abilities:
    """Ask an FFmpeg what it is.

    Raises:
        FfmpegMissingError: it does not run, or is none.
    """
    match = _VERSION.match(_said(binary, "-version"))
    if match is None:
        raise FfmpegMissingError(detail=_("what is there does not answer as FFmpeg does"))
    demuxers, decoders = (_names(_said(binary, what)) for what in ("-demuxers", "-decoders"))
    return Abilities(match[1].decode("utf-8", "replace"), unread(demuxers, decoders))


def unread(demuxers: set[str], decoders: set[str]) -> tuple[str, ...]:
    """Return the extensions for which there is no demuxer or no decoder."""
    return tuple(
        extension
        for extension, (containers, codecs) in NEEDED.items()
        if demuxers.isdisjoint(containers) or decoders.isdisjoint(codecs)
    )


def _names(listing: bytes) -> set[str]:
    found = _NAMES.findall(listing.decode("utf-8", "replace"))
    return {name for names in found for name in names.split(",")}


def _said(binary: str, what: str) -> bytes:
    """Return what FFmpeg prints when it is asked for ``what``."""
    with start([binary, "-hide_banner", what], stdout=subprocess.PIPE) as process:
        try:
            said, complaint = process.communicate(timeout=_SECONDS)
        except subprocess.TimeoutExpired as error:
            raise FfmpegMissingError(detail=_("what is there does not answer as FFmpeg does")) from error
        finally:
            end(process)
    if process.returncode:
        lines = complaint.decode("utf-8", "replace").strip().splitlines()
        raise FfmpegMissingError(detail=lines[-1] if lines else f"exit {process.returncode}")
    return said
