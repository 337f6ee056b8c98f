"""Files that are broken, cut off, lying or something else: each fails with its own reason, none hangs."""

from __future__ import annotations

import os
import socket
import struct
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from gigaam_cli.core.errors import (
    DamagedMediaError,
    EmptyFileError,
    MediaError,
    NoAudioStreamError,
    NotMediaError,
    TruncatedMediaError,
    UnreadableError,
)
from gigaam_cli.core.values import SAMPLE_RATE
from gigaam_cli.media.decode import DecodeOptions
from gigaam_cli.media.ffmpeg import Cut
from gigaam_cli.media.probe import probe
from tests.conftest import MakeMedia
from tests.media.hearing import failure, hear, likeness

if TYPE_CHECKING:
    from gigaam_cli.core.values import Audio

PICTURE = ("-f", "lavfi", "-i", "color=black:size=176x144:rate=25", "-shortest")
CUT_OFF: dict[str, tuple[str, ...]] = {
    "flac": (),
    "mp3": (),
    "aiff": (),
    "mkv": PICTURE,
    "webm": (),
    "m4a": ("-movflags", "+faststart"),
    "mp4": (*PICTURE, "-movflags", "+faststart"),
    "wav": (),
    "caf": ("-c:a", "pcm_s16be"),
    "wma": (),
    "avi": PICTURE,
    "ogg": ("-c:a", "libvorbis"),
    "opus": (),
}
# Streams of frames without a header that says how many there are.
WITHOUT_A_PROMISE: dict[str, tuple[str, ...]] = {
    "aac": (),
    "ts": (),
    "amr": ("-ar", "8000", "-b:a", "12.2k"),
    "mp3": ("-write_xing", "0"),
}
WEB_PAGE = b"<!DOCTYPE html><html><head><title>404</title></head><body>" + b"<p>Not found</p>" * 500
FOREIGN = {
    "noise": np.random.default_rng(7).bytes(100_000),
    "little noise": np.random.default_rng(8).bytes(3_000),
    "zeros": bytes(100_000),
    "one byte": b"\0",
    "web page": WEB_PAGE,
    "text": "Это не запись, а записка.\n".encode() * 100,
    "executable": b"\x7fELF" + np.random.default_rng(9).bytes(50_000),
}


def cut_off(path: Path, share: float = 0.6) -> Path:
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    return path


@pytest.mark.parametrize("container", CUT_OFF)
def test_a_recording_that_breaks_off_says_so_and_keeps_what_there_is(
    container: str, make_media: MakeMedia, original: Audio
) -> None:
    heard = hear(cut_off(make_media(f"talk.{container}", *CUT_OFF[container])))
    assert isinstance(heard.error, TruncatedMediaError)
    assert 1.5 < heard.seconds < 4.5
    assert likeness(heard.audio, original[: len(heard.audio)])[0] > 0.9
    assert str(heard.error).startswith("the recording breaks off at 0:0")


@pytest.mark.parametrize("container", WITHOUT_A_PROMISE)
def test_where_nothing_says_how_long_a_recording_is_it_ends_where_it_ends(
    container: str, make_media: MakeMedia
) -> None:
    heard = hear(cut_off(make_media(f"talk.{container}", *WITHOUT_A_PROMISE[container])))
    assert heard.error is None
    assert 3.0 < heard.seconds < 4.0


def test_a_cut_before_the_break_is_whole(make_media: MakeMedia, original: Audio) -> None:
    heard = hear(cut_off(make_media("talk.wav")), DecodeOptions(Cut(1.0, 3.0)))
    assert heard.error is None
    np.testing.assert_array_equal(heard.audio, original[SAMPLE_RATE : 3 * SAMPLE_RATE])


def test_the_place_of_the_break_is_that_in_the_recording(make_media: MakeMedia) -> None:
    heard = hear(cut_off(make_media("talk.wav")), DecodeOptions(Cut(start=2.0)))
    assert heard.error is not None
    assert heard.error.values == {"decoded": "0:03", "expected": "0:05"}


@pytest.mark.parametrize("container", ["m4a", "mp4", "mov", "3gp", "qta"])
def test_a_recording_without_its_index_names_the_cause(container: str, make_media: MakeMedia) -> None:
    options = ("-f", "mov") if container == "qta" else ("-ar", "8000") if container == "3gp" else ()
    path = cut_off(make_media(f"talk.{container}", "-c:a", "aac", *options))
    with pytest.raises(DamagedMediaError, match="moov atom not found"):
        probe(path)


@pytest.mark.parametrize("extension", ["mp3", "mp4", "wav", "ogg", "aac", "flac", "mkv"])
@pytest.mark.parametrize("content", FOREIGN)
def test_what_is_no_media_is_called_so(content: str, extension: str, tmp_path: Path) -> None:
    path = tmp_path / f"talk.{extension}"
    path.write_bytes(FOREIGN[content])
    assert isinstance(failure(path), NotMediaError)


def test_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "talk.mp3"
    path.touch()
    with pytest.raises(EmptyFileError):
        probe(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="No such file"):
        probe(tmp_path / "talk.mp3")


def test_a_picture_without_sound(make_media: MakeMedia) -> None:
    path = make_media("film.mp4", *PICTURE[:-1], "-map", "1:v", "-t", "0.5")
    with pytest.raises(NoAudioStreamError):
        probe(path)


@pytest.mark.parametrize("junk", [bytes(5_000), WEB_PAGE[:5_000]], ids=["zeros", "text"])
def test_junk_before_a_recording_does_not_hide_it(
    junk: bytes, make_media: MakeMedia, original: Audio
) -> None:
    path = make_media("talk.mp3")
    path.write_bytes(junk + path.read_bytes())
    heard = hear(path)
    assert heard.error is None
    assert likeness(heard.audio, original)[0] > 0.95


# The size that a WAV file's header gives for its samples, when a recorder could not go back and fill it in.
LIES = [0, 0xFFFFFFFF, 0xFFFFFFFF - 44, 0x80000000, 0x7FFFFFFF, 0x7FFFFFFF - 44]


@pytest.mark.parametrize("size", LIES, ids=hex)
@pytest.mark.parametrize("options", [(), ("-ac", "6", "-c:a", "pcm_s24le")], ids=["mono", "5.1 in 24 bits"])
def test_a_header_that_lies_does_not_count(
    size: int, options: tuple[str, ...], make_media: MakeMedia, original: Audio
) -> None:
    path = make_media("talk.wav", *options)
    content = bytearray(path.read_bytes())
    where = content.index(b"data") + 4
    content[where : where + 4] = struct.pack("<I", size)
    content[4:8] = struct.pack("<I", min(size + where - 4, 0xFFFFFFFF))
    path.write_bytes(content)
    heard = hear(path)
    assert heard.error is None
    assert len(heard.audio) == len(original)


def test_corruptions_never_hang_or_crash(make_media: MakeMedia, original: Audio) -> None:
    """A few of the hundred of shared/faults.md: bytes overwritten, taken out and put in."""
    random = np.random.default_rng(16)
    sound = {name: make_media(f"sound.{name}").read_bytes() for name in ("mp3", "m4a", "ogg", "mkv", "flac")}
    for number, (name, content) in enumerate([*sound.items()] * 4):
        broken = bytearray(content)
        for place in random.integers(0, len(broken), 20).tolist():
            broken[place : place + int(random.integers(0, 3))] = random.bytes(int(random.integers(0, 3)))
        path = make_media(f"sound.{name}").with_name(f"broken{number}.{name}")
        path.write_bytes(broken)
        try:
            heard = hear(path)
        except MediaError:
            continue
        assert heard.seconds < 2 * len(original)
        assert np.isfinite(heard.audio).all()


@pytest.fixture
def bait(tmp_path: Path) -> Path:
    """A pipe that nobody writes to: whoever opens it waits for ever."""
    if not hasattr(os, "mkfifo"):
        pytest.skip("there are no pipes in this system's folders")
    pipe = tmp_path / "bait.wav"
    os.mkfifo(pipe)
    return pipe


LISTS = {
    "ffconcat": "ffconcat version 1.0\nfile 'bait.wav'\nfile bait.wav\n",
    "playlist": "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nbait.wav\n#EXT-X-ENDLIST\n",
    "network playlist": "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{address}/a.ts\n#EXT-X-ENDLIST\n",
    "dash": '<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static">'
    "<Period><AdaptationSet><Representation><BaseURL>{address}/</BaseURL></Representation></AdaptationSet>"
    "</Period></MPD>\n",
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
    "m=audio 5004 RTP/AVP 97\na=rtpmap:97 opus/48000\n",
    "image sequence": "P5\n16 16\n255\n" + "x" * 256,
}


@pytest.mark.parametrize("extension", ["mp3", "mp4", "ts", "wav"])
@pytest.mark.parametrize("kind", LISTS)
@pytest.mark.usefixtures("bait")
def test_a_disguised_list_is_refused_and_nothing_else_is_read(
    kind: str, extension: str, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        host, port = server.getsockname()
        path = tmp_path / f"talk.{extension}"
        path.write_text(LISTS[kind].format(address=f"http://{host}:{port}"), encoding="utf-8")
        with pytest.raises(NotMediaError):
            probe(path, timeout=5)
        with pytest.raises(BlockingIOError):
            server.accept()


@pytest.mark.parametrize("extension", ["mkv", "webm", "ogg"])
def test_a_recording_that_does_not_begin_at_zero_is_whole(make_media: MakeMedia, extension: str) -> None:
    """Such as a dump of a live stream: its header counts from the stream's beginning."""
    early = make_media(f"early.{extension}", "-c:a", "libopus")
    late = make_media(f"late.{extension}", "-c:a", "copy", "-output_ts_offset", "60", source=early)
    assert probe(late).duration == pytest.approx(probe(early).duration or 0.0, abs=0.1)
    assert failure(late) is None
