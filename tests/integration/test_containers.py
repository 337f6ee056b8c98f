"""Whatever container a recording comes in, its text is the same."""

from __future__ import annotations

import json
from pathlib import Path

import jiwer
import pytest

from tests.conftest import DATA, MakeMedia
from tests.integration.driver import gigaam

BASE = json.loads((DATA / "references.json").read_text(encoding="utf-8"))["base.wav"]
STRANGE = "-x%03d $(id) 'ё🎧.mp3"
# FFmpeg chooses codecs by extension; these need a word more.
OPTIONS = {
    "3gp": ("-c:a", "aac"),
    "amr": ("-c:a", "libopencore_amrnb", "-ar", "8000", "-b:a", "12.2k"),
    "m4v": ("-f", "mov"),
    "mpg": ("-c:a", "mp2", "-ar", "44100"),
    "oga": ("-c:a", "flac", "-f", "ogg"),
    "qta": ("-f", "mov"),
    "ts": ("-c:a", "mp2", "-ar", "44100"),
}
EXTENSIONS = "mp3 wav m4a aac flac ogg opus oga wma amr aiff caf mp4 m4v mov avi mkv webm ts 3gp mpg qta"
LAYOUTS = {
    "mulaw.wav": ("-ar", "8000", "-c:a", "pcm_mulaw"),
    "eight_bits.wav": ("-c:a", "pcm_u8"),
    "centre.mkv": ("-af", "pan=5.1|FC=c0", "-c:a", "ac3"),
    "fronts.flac": ("-af", "pan=5.1|FL=c0|FR=c0"),
    "sixteen.wav": ("-af", "pan=16c|c7=c0"),
    "fast.wav": ("-ar", "192000", "-c:a", "pcm_s32le"),
}


@pytest.fixture
def folder(make_media: MakeMedia, tmp_path: Path) -> Path:
    for extension in EXTENSIONS.split():
        bit_rate = () if extension in ("wav", "flac", "amr", "aiff", "caf", "oga") else ("-b:a", "96k")
        make_media(f"in/{extension}.{extension}", *bit_rate, *OPTIONS.get(extension, ()))
    for name, options in LAYOUTS.items():
        make_media(f"in/{name}", *options)
    make_media("in/plain.mp3", "-b:a", "96k").rename(tmp_path / "in" / STRANGE)
    two_streams(make_media)
    return tmp_path / "in"


def two_streams(make_media: MakeMedia) -> Path:
    """Make a film whose first audio stream is silent and whose second, the default one, speaks."""
    graph = "testsrc=d=6:s=64x64:r=5[picture];anullsrc=r=16000:d=6[silence]"
    maps = ("-map", "[picture]", "-map", "[silence]", "-map", "0:a")
    default = ("-disposition:a:0", "0", "-disposition:a:1", "default")
    return make_media("in/film.mkv", "-filter_complex", graph, *maps, *default)


def test_every_container_gives_the_same_text(folder: Path, tmp_path: Path) -> None:
    finished = gigaam("transcribe", folder, "-o", tmp_path / "texts", "-F", "txt")
    assert finished.code == 0, finished.stderr
    texts = {path.name: path.read_text(encoding="utf-8").strip() for path in (tmp_path / "texts").iterdir()}
    assert len(texts) == len(EXTENSIONS.split()) + len(LAYOUTS) + 2
    # A telephone codec or eight bits may cost a letter of a model as small as this one.
    assert {name: text for name, text in texts.items() if jiwer.cer(BASE, text) > 0.05} == {}
    exact = {name for name, text in texts.items() if text == BASE}
    assert exact >= {
        "wav.txt",
        "flac.txt",
        "aiff.txt",
        "caf.txt",
        "oga.txt",
        f"{STRANGE[:-4]}.txt",
        "film.txt",
    }


def test_an_audio_stream_is_chosen_by_number(make_media: MakeMedia) -> None:
    film = two_streams(make_media)
    assert gigaam("transcribe", film, "-o", "-", "--audio-stream", "0").stdout == ""
    assert gigaam("transcribe", film, "-o", "-", "--audio-stream", "1").stdout.strip() == BASE
    missing = gigaam("transcribe", film, "-o", "-", "--audio-stream", "2")
    assert missing.code == 1
    assert "audio_stream_missing" in missing.stderr


def test_a_part_of_a_recording_has_the_times_of_the_whole(base_wav: Path, tmp_path: Path) -> None:
    gigaam("transcribe", base_wav, "-o", tmp_path / "all", "-F", "json")
    gigaam("transcribe", base_wav, "-o", tmp_path / "part", "-F", "json", "--start", "2.0")
    whole, part = (json.loads((tmp_path / name / "base.json").read_text()) for name in ("all", "part"))
    last = [transcript["segments"][-1]["words"][-1] for transcript in (whole, part)]
    assert last[0]["text"] == last[1]["text"]
    assert abs(last[0]["start"] - last[1]["start"]) <= 0.2
