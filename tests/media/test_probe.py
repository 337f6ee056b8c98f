"""What FFmpeg reports of a file, read from real reports of versions 4.2, 7.0 and 9.0."""

from __future__ import annotations

from pathlib import Path

import pytest

from gigaam_cli.core.errors import AudioStreamMissingError, DamagedMediaError, MediaError, NotMediaError
from gigaam_cli.core.values import AudioStream, MediaInfo
from gigaam_cli.media.probe import choose_stream, parse_report, probe
from tests.conftest import MakeMedia

REPORTS = Path(__file__).parent / "reports"
VERSIONS = ("4.2", "7.0", "9.0")
MP4 = "mov,mp4,m4a,3gp,3g2,mj2"


def report(name: str, version: str) -> str:
    return (REPORTS / f"{name}.{version}.txt").read_text(encoding="utf-8")


def audio(
    codec: str, rate: int = 16_000, layout: str = "mono", *, number: int = 0, **more: object
) -> AudioStream:
    return AudioStream(number, codec, rate, layout, **more)  # type: ignore[arg-type]


GOOD: dict[str, MediaInfo] = {
    "phone.wav": MediaInfo("wav", 5.75, (audio("pcm_mulaw", 8_000),)),
    "surround.mkv": MediaInfo("matroska,webm", 5.76, (audio("ac3", 48_000, "5.1(side)"),)),
    "two_voices.mkv": MediaInfo(
        "matroska,webm",
        5.81,
        (
            audio("aac", language="eng"),
            audio("aac", number=1, language="rus", default=True),
        ),
        estimated=True,
    ),
    "cover.m4a": MediaInfo(MP4, 5.75, (audio("aac", language="rus", default=True),)),
    "cover.mp3": MediaInfo("mp3", 5.75, (audio("mp3"),)),
    "cbr.mp3": MediaInfo("mp3", 5.83, (audio("mp3"),), estimated=True),
    "no_sound.mp4": MediaInfo(MP4, 1.0, (), estimated=True),
}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", GOOD)
def test_a_report_is_read(name: str, version: str) -> None:
    info, expected = parse_report(report(name, version)), GOOD[name]
    assert info.container == expected.container
    assert info.duration == pytest.approx(expected.duration, abs=0.1)
    assert info.streams == expected.streams
    assert (info.estimated, info.guessed) == (expected.estimated, expected.guessed)


def test_streams_are_listed_once_and_in_their_own_order() -> None:
    """This FFmpeg lists stream 0 under two programmes, the second time behind stream 1."""
    text = report("programmes.ts", "9.0")
    assert text.count("Stream #0:0") == 2
    assert [stream.number for stream in parse_report(text).streams] == [0, 1]


def test_streams_of_a_later_programme_may_come_first() -> None:
    lines = [
        f"  Stream #0:{index}: Audio: {codec}, 16000 Hz, mono" for index, codec in ((2, "mp2"), (0, "aac"))
    ]
    info = parse_report("\n".join(["Input #0, mpegts, from 'file:a':", *lines]))
    assert [(stream.number, stream.codec) for stream in info.streams] == [(0, "aac"), (1, "mp2")]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("name", "kind", "detail"),
    [
        ("unfinished.m4a", DamagedMediaError, "moov atom not found"),
        ("noise.mp4", NotMediaError, "Invalid data found when processing input"),
        ("list_of_files.mp3", NotMediaError, "what is in it is not what its name says"),
        ("web_page.mp4", NotMediaError, None),
    ],
)
def test_a_refusal_names_its_cause(
    name: str, version: str, kind: type[MediaError], detail: str | None
) -> None:
    with pytest.raises(MediaError) as caught:
        parse_report(report(name, version))
    assert type(caught.value) is kind
    assert detail in (None, caught.value.values["detail"])


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("  Duration: 10:02:03.50, start: 0.0", 36_123.5),
        ("  Duration: 120:00:00.00, start: 0.0", 432_000.0),
        ("  Duration: N/A, bitrate: N/A", None),
        ("", None),
    ],
)
def test_durations(line: str, expected: float | None) -> None:
    assert parse_report(f"Input #0, mp3, from 'file:a':\n{line}\n").duration == expected


@pytest.mark.parametrize("language", ["rus", "en-US", "zh-Hans"])
def test_languages_of_any_form_do_not_hide_a_stream(language: str) -> None:
    lines = f"Input #0, mp3, from 'file:a':\n  Stream #0:0({language}): Audio: mp3, 16000 Hz, mono\n"
    assert parse_report(lines).streams == (AudioStream(0, "mp3", 16_000, "mono", language),)


def test_a_stream_that_ffmpeg_does_not_understand_is_still_a_stream() -> None:
    lines = "Input #0, mp3, from 'file:a':\n  Stream #0:0: Audio: none, 0 channels, fltp\n"
    assert parse_report(lines).streams == (AudioStream(0, "none", 0, ""),)


def test_an_empty_report() -> None:
    with pytest.raises(NotMediaError, match="no answer from FFmpeg"):
        parse_report("")


def streams(*defaults: bool) -> MediaInfo:
    return MediaInfo(
        "mp4", 1.0, tuple(audio("aac", number=number, default=is_) for number, is_ in enumerate(defaults))
    )


@pytest.mark.parametrize(
    ("defaults", "number", "chosen"),
    [
        ((False, False), None, 0),
        ((False, True, True), None, 1),
        ((False, True), 0, 0),
        ((False, True), 1, 1),
    ],
)
def test_the_stream_that_is_heard(defaults: tuple[bool, ...], number: int | None, chosen: int) -> None:
    assert choose_stream(streams(*defaults), number).number == chosen


@pytest.mark.parametrize("number", [2, 100])
def test_a_stream_that_is_not_there(number: int) -> None:
    with pytest.raises(AudioStreamMissingError, match=f"no audio stream {number}; the file has 2"):
        choose_stream(streams(False, True), number)


@pytest.mark.parametrize("name", ["talk.wav", "talk.mp3", "talk.m4a", "talk.flac", "talk.opus"])
def test_the_ffmpeg_of_this_machine_is_understood(name: str, make_media: MakeMedia) -> None:
    info = probe(make_media(name, "-ac", "2"))
    assert info.duration == pytest.approx(5.75, abs=0.1)
    assert [(stream.number, stream.layout) for stream in info.streams] == [(0, "stereo")]
    assert not info.estimated
    assert not info.guessed
