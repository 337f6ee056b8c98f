"""What comes out of the decoder is what is in the file: every container, stream, cut and odd format."""

from __future__ import annotations

import math
import os
import shutil
import struct
import wave
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from gigaam_cli.core.errors import AudioStreamMissingError, TooLongError
from gigaam_cli.core.values import SAMPLE_RATE
from gigaam_cli.media.decode import BLOCK_SECONDS, DecodeOptions, Decoder
from gigaam_cli.media.discover import EXTENSIONS
from gigaam_cli.media.ffmpeg import Cut
from gigaam_cli.media.probe import choose_stream, probe
from tests.conftest import MakeMedia
from tests.media.hearing import hear, likeness

if TYPE_CHECKING:
    from gigaam_cli.core.values import Audio

PICTURE = ("-f", "lavfi", "-i", "color=black:size=176x144:rate=25", "-shortest")
TELEPHONE = ("-ar", "8000", "-b:a", "12.2k")
CONTAINERS: dict[str, tuple[str, ...]] = {
    "mp3": (),
    "wav": (),
    "m4a": (),
    "aac": (),
    "flac": (),
    "ogg": ("-c:a", "libvorbis"),
    "opus": (),
    "oga": ("-c:a", "libopus"),
    "wma": ("-b:a", "64k"),
    "amr": TELEPHONE,
    "aiff": (),
    "caf": ("-c:a", "pcm_s16be"),
    "mp4": PICTURE,
    "m4v": (*PICTURE, "-f", "mp4"),
    "mov": PICTURE,
    "avi": PICTURE,
    "mkv": PICTURE,
    "webm": PICTURE,
    "ts": PICTURE,
    "3gp": (*PICTURE, "-c:a", "libopencore_amrnb", *TELEPHONE),
    "mpg": PICTURE,
    "qta": ("-c:a", "alac", "-f", "mov"),
}
ODD_FORMATS: dict[str, tuple[str, ...]] = {
    "8 bits": ("-c:a", "pcm_u8"),
    "mu-law at 8 kHz": ("-c:a", "pcm_mulaw", "-ar", "8000"),
    "A-law at 8 kHz": ("-c:a", "pcm_alaw", "-ar", "8000"),
    "floats at 384 kHz": ("-c:a", "pcm_f32le", "-ar", "384000"),
    "5.1, in the centre": ("-af", "pan=5.1|FC=c0"),
    "7.1, on the left": ("-af", "pan=7.1|SL=c0"),
    "16 channels, in one": ("-af", "pan=16c|c7=c0"),
    "stereo, on the right": ("-af", "pan=stereo|c1=c0"),
    "stereo, one turned over": ("-af", "pan=stereo|c0=c0|c1=-1*c0"),
    "stereo, one turned over and softer": ("-af", "pan=stereo|c0=c0|c1=-0.8*c0"),
}
TONE = ("-f", "lavfi", "-t", "3", "-i", "sine=frequency=440:sample_rate=16000")


def test_every_container_of_the_contract_is_here() -> None:
    assert {f".{name}" for name in CONTAINERS} == EXTENSIONS


@pytest.mark.parametrize("container", CONTAINERS)
def test_every_container_is_heard(container: str, make_media: MakeMedia, original: Audio) -> None:
    heard = hear(make_media(f"talk.{container}", *CONTAINERS[container]))
    alike, late = likeness(heard.audio, original)
    assert heard.error is None
    assert heard.seconds == pytest.approx(len(original) / SAMPLE_RATE, abs=0.1)
    assert alike > (0.8 if container in ("amr", "3gp") else 0.97)
    assert abs(late) < 0.1


@pytest.mark.parametrize("name", ODD_FORMATS)
def test_odd_formats_are_heard(name: str, make_media: MakeMedia, original: Audio) -> None:
    heard = hear(make_media("talk.wav", *ODD_FORMATS[name]))
    assert heard.error is None
    assert len(heard.audio) == pytest.approx(len(original), abs=2)
    assert likeness(heard.audio, original)[0] > 0.97


def test_samples_of_a_plain_recording_are_untouched(base_wav: Path) -> None:
    with wave.open(str(base_wav)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (SAMPLE_RATE, 1, 2)
        expected = np.frombuffer(file.readframes(file.getnframes()), "<i2") / np.float32(32768)
    heard = hear(base_wav).audio
    assert heard.dtype == np.float32
    np.testing.assert_array_equal(heard, expected)


def test_blocks_are_of_one_length_but_the_last(base_wav: Path, original: Audio) -> None:
    info = probe(base_wav)
    with Decoder(base_wav, 0, info, DecodeOptions()) as decoder:
        lengths = [len(block) for block in decoder]
    whole = int(BLOCK_SECONDS * SAMPLE_RATE)
    assert lengths[:-1] == [whole] * (len(original) // whole)
    assert sum(lengths) == len(original)


@pytest.mark.parametrize("container", ["mkv", "mp4", "mov"])
def test_of_two_streams_the_default_one_is_heard(
    container: str, make_media: MakeMedia, original: Audio
) -> None:
    second_is_default = ("-disposition:a:0", "0", "-disposition:a:1", "default")
    path = make_media(f"film.{container}", *TONE, "-map", "1:a", "-map", "0:a", *second_is_default)
    assert choose_stream(probe(path), None).number == 1
    assert likeness(hear(path).audio, original)[0] > 0.97


@pytest.mark.parametrize(("number", "spoken"), [(0, False), (1, True)])
def test_the_stream_that_was_asked_for_is_heard(
    number: int, spoken: bool, make_media: MakeMedia, original: Audio
) -> None:
    picture = (*PICTURE[:-1], "-map", "2:v", "-t", "6")
    path = make_media("film.mkv", *TONE, *picture, "-map", "1:a", "-map", "0:a")
    alike, _ = likeness(hear(path, stream=number).audio, original)
    assert (alike > 0.97) is spoken


def test_a_stream_that_is_not_there_is_named(make_media: MakeMedia) -> None:
    with pytest.raises(AudioStreamMissingError) as caught:
        hear(make_media("talk.mp3"), stream=1)
    assert caught.value.values == {"number": 1, "count": 1}


def test_programmes_of_a_transport_stream_keep_their_numbers(make_media: MakeMedia, original: Audio) -> None:
    """FFmpeg lists the streams of a programme together, and a shared one twice."""
    programmes = ("-program", "title=A:st=1", "-program", "title=B:st=0:st=1", "-c:a", "mp2")
    path = make_media("film.ts", *TONE, "-map", "1:a", "-map", "0:a", *programmes)
    info = probe(path)
    assert [stream.number for stream in info.streams] == [0, 1]
    alike = [likeness(hear(path, stream=number).audio, original)[0] for number in (0, 1)]
    assert sorted(value > 0.97 for value in alike) == [False, True]


def test_cover_art_and_chapters_do_not_matter(make_media: MakeMedia, tmp_path: Path, original: Audio) -> None:
    chapters = tmp_path / "chapters.txt"
    chapters.write_text(
        ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1\nSTART=0\nEND=2\ntitle=Раз\n", encoding="utf-8"
    )
    extra = ("-f", "lavfi", "-i", "color=red:size=64x64:duration=0.04", "-i", str(chapters))
    cover = (
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
    heard = hear(make_media("talk.m4a", *extra, *cover))
    assert heard.error is None
    assert not heard.info.estimated, "a still picture has no length of its own"
    assert likeness(heard.audio, original)[0] > 0.97


@pytest.mark.parametrize("container", ["wav", "mp3", "m4a", "ogg", "mkv"])
def test_a_cut_is_exact(container: str, make_media: MakeMedia, original: Audio) -> None:
    path = make_media(f"talk.{container}")
    heard = hear(path, DecodeOptions(Cut(1.5, 4.0)))
    alike, late = likeness(heard.audio, original[round(1.5 * SAMPLE_RATE) : 4 * SAMPLE_RATE])
    assert heard.error is None
    assert heard.seconds == pytest.approx(2.5, abs=0.05)
    assert alike > 0.95
    assert abs(late) < 0.05


def test_a_start_alone_runs_to_the_end(base_wav: Path, original: Audio) -> None:
    heard = hear(base_wav, DecodeOptions(Cut(start=2.0)))
    assert heard.error is None
    np.testing.assert_array_equal(heard.audio, original[2 * SAMPLE_RATE :])


def test_an_end_alone_starts_at_the_beginning(base_wav: Path, original: Audio) -> None:
    heard = hear(base_wav, DecodeOptions(Cut(end=2.0)))
    assert heard.error is None
    np.testing.assert_array_equal(heard.audio, original[: 2 * SAMPLE_RATE])


@pytest.mark.parametrize("cut", [Cut(start=100.0), Cut(100.0, 200.0)])
def test_a_cut_behind_the_end_is_empty(cut: Cut, base_wav: Path) -> None:
    heard = hear(base_wav, DecodeOptions(cut))
    assert heard.seconds == 0
    assert heard.error is None


def test_tiny_times_are_times(base_wav: Path, original: Audio) -> None:
    """Python writes 0.00001 as 1e-05, which is no time to FFmpeg."""
    heard = hear(base_wav, DecodeOptions(Cut(0.000_01)))
    assert heard.error is None
    assert len(heard.audio) == pytest.approx(len(original), abs=1)


@pytest.mark.parametrize("samples", [1, 799, 800])
@pytest.mark.parametrize("container", ["wav", "mp3", "m4a", "opus", "mkv"])
def test_a_moment_is_no_failure(container: str, samples: int, make_media: MakeMedia) -> None:
    heard = hear(make_media(f"moment.{container}", "-af", f"atrim=end_sample={samples}"))
    assert heard.error is None
    assert heard.seconds < 0.15


def test_a_longer_recording_than_allowed_is_stopped(base_wav: Path) -> None:
    heard = hear(base_wav, DecodeOptions(max_duration=1.0))
    assert isinstance(heard.error, TooLongError)
    assert heard.seconds <= 1.0 + BLOCK_SECONDS


def test_a_recording_as_long_as_allowed_is_whole(base_wav: Path, original: Audio) -> None:
    heard = hear(base_wav, DecodeOptions(max_duration=len(original) / SAMPLE_RATE))
    assert heard.error is None
    assert len(heard.audio) == len(original)


def test_a_gap_in_the_timestamps_becomes_silence(make_media: MakeMedia, original: Audio) -> None:
    path = make_media("gap.mkv", "-af", "asetpts='PTS+gte(T,2)*1.5/TB'", "-c:a", "pcm_s16le")
    heard = hear(path)
    assert heard.error is None
    assert heard.seconds == pytest.approx(len(original) / SAMPLE_RATE + 1.5, abs=0.1)
    _, late_before = likeness(heard.audio[: 2 * SAMPLE_RATE], original)
    _, late_behind = likeness(heard.audio[round(3.6 * SAMPLE_RATE) :], original)
    assert late_before == pytest.approx(0, abs=0.1)
    assert late_behind + 3.6 == pytest.approx(1.5, abs=0.1)


def test_sound_that_begins_after_the_picture_keeps_its_time(
    make_media: MakeMedia, base_wav: Path, original: Audio
) -> None:
    late = ("-itsoffset", "1.5", "-i", f"file:{base_wav}", "-map", "1:v", "-map", "2:a")
    heard = hear(make_media("late.mkv", *PICTURE[:-1], *late, "-t", "7.5"))
    assert likeness(heard.audio, original)[1] == pytest.approx(1.5, abs=0.1)


def test_samples_that_are_no_numbers_become_silence(tmp_path: Path, original: Audio) -> None:
    broken = original.copy()
    broken[1000:1100], broken[2000], broken[3000] = math.nan, math.inf, -math.inf
    header = b"RIFF" + struct.pack("<I", 36 + broken.nbytes) + b"WAVEfmt "
    header += struct.pack("<IHHIIHH", 16, 3, 1, SAMPLE_RATE, 4 * SAMPLE_RATE, 4, 32)
    path = tmp_path / "nan.wav"
    path.write_bytes(header + b"data" + struct.pack("<I", broken.nbytes) + broken.tobytes())
    heard = hear(path)
    assert heard.error is None
    assert np.isfinite(heard.audio).all()
    assert not heard.audio[1000:1100].any()
    np.testing.assert_array_equal(heard.audio[3001:], original[3001:])


NAMES = [
    b"-x%03d $(id) '\xd1\x91\xf0\x9f\x8e\xa7.mp3",
    b"a:b.mp3",
    b"new\nline.mp3",
    b"\xff\xfe invalid.mp3",
    b"concat:a|b.mp3",
    b"%d%s*?[0-9].mp3",
    b'"quoted\\".mp3',
    b"x" * 251 + b".mp3",
    b"-",
]


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_names_mean_nothing_to_ffmpeg(
    name: bytes, make_media: MakeMedia, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "names"
    folder.mkdir()
    path = folder / os.fsdecode(name)
    try:
        shutil.move(make_media("plain.mp3"), path)
    except OSError:
        pytest.skip("this file system does not take the name")
    monkeypatch.chdir(folder)
    for way in (path, Path(path.name)):
        heard = hear(way)
        assert heard.error is None
        assert heard.seconds > 5
    assert [found.name for found in folder.iterdir()] == [path.name]
