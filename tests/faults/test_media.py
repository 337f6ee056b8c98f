"""Media that is broken, cut off, lying, odd or something else, all of it in one folder and one run."""

from __future__ import annotations

import json
import os
import socket
from dataclasses import dataclass
from pathlib import Path

import jiwer
import pytest

from tests.cli.drivers import BASE, BASE_TEXT
from tests.conftest import DATA, encode
from tests.fakes.sounds import silence, write_wav
from tests.faults import media
from tests.faults.conftest import MakeScene
from tests.faults.invariants import Ran, Scene

LIES = {
    "lie_0.wav": 0,
    "lie_4g.wav": 0xFFFFFFFF - 44,
    "lie_all_ones.wav": 0xFFFFFFFF,
    "lie_2g.wav": 0x7FFFFFFF,
}
TELEPHONE = {
    "mulaw.wav": ("-ar", "8000", "-c:a", "pcm_mulaw"),
    "telephone.amr": ("-ar", "8000", "-b:a", "12.2k", "-c:a", "libopencore_amrnb"),
    "eight_bits.wav": ("-c:a", "pcm_u8"),
}
WORST_TELEPHONE_WER = 0.05
CHANNELS: dict[str, tuple[str, ...]] = {
    "seven_one.wav": ("-af", "pan=7.1|SL=c0"),
    "sixteen.wav": ("-af", "pan=16c|c7=c0"),
    "turned_over.wav": ("-af", "pan=stereo|c0=c0|c1=-1*c0"),
    "one_over.m4a": ("-af", "pan=stereo|c0=c0|c1=-1*c0"),
}
RATES: dict[str, tuple[str, ...]] = {
    "fast.wav": ("-ar", "384000", "-c:a", "pcm_f32le"),
    "slow.wav": ("-af", "atrim=end_sample=30,asetrate=3", "-c:a", "pcm_s16le"),
}
LENGTH = 5.75
LIMIT = 120
MOST_MEMORY_KIB = 450_000


@dataclass(frozen=True)
class Mixed:
    """The folder, the run over it, and whether anybody called the server that its lists name."""

    scene: Scene
    ran: Ran
    called: bool


def fill(scene: Scene, address: str) -> None:
    """Put a file of every kind into the folder."""
    inputs, home = scene.inputs, scene.home
    scene.copy("good.wav", "good_too.wav")
    for name, content in {
        "empty.mp3": b"",
        "random.mp3": media.noise(50_000),
        "page.mp4": media.WEB_PAGE,
        "list.mp3": b"ffconcat version 1.0\nfile good.wav\n",
        "list.mp4": b"ffconcat version 1.0\nfile bait.wav\n",
        "playlist.mp4": b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n%s/a.ts\n#EXT-X-ENDLIST\n"
        % address.encode(),
        "sdp.ts": b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 97\n"
        b"a=rtpmap:97 opus/48000\n",
    }.items():
        scene.put(name, content)
    os.mkfifo(inputs / "bait.wav")  # whoever opens it waits for ever
    media.cut_off(scene.make("no_moov.mp4", *media.PICTURE))
    media.cut_off(scene.make("cut.flac", source=DATA / "joined.ogg"))
    scene.make("mute.mp4", "-f", "lavfi", "-i", "color=d=1:s=64x64", "-map", "1:v")
    for name, size in LIES.items():
        scene.copy(name)
        media.with_lying_header(inputs / name, size)
    media.film(inputs / "film.mkv")
    media.with_cover_and_chapters(inputs / "cover.m4a", home)
    media.without_speech(inputs)
    write_wav(inputs / "moment.wav", silence(0.05))
    write_wav(inputs / "sample.wav", silence(1 / 16_000))
    for name, options in (CHANNELS | RATES).items():
        scene.make(name, *options)
    for name, options in TELEPHONE.items():
        scene.make(name, *options, source=DATA / "joined.ogg")
    scene.copy("gsm.wav", source=Path(__file__).parent / "data" / "gsm.wav")
    media.odd_samples(inputs)
    media.matroska_of(1e9, scene.make("claims.mkv", "-c:a", "pcm_s16le"))
    scene.make("bomb.flac", "-filter_complex", "anullsrc=r=16000:cl=mono:d=1800[a]", "-map", "[a]")
    make_gaps(scene)


def make_gaps(scene: Scene) -> None:
    """Make recordings whose clocks do not simply run on from zero."""
    home = scene.home
    scene.make("gap.mkv", "-af", "asetpts='PTS+gte(T,2)*1.5/TB'", "-c:a", "pcm_s16le")
    late = ("-itsoffset", "1.5", "-i", str(BASE), "-map", "1:v", "-map", "2:a", "-t", "7.5")
    scene.make("late.mp4", *media.PICTURE[:-1], *late)
    whole = encode(BASE, home / "whole.m4a")
    encode(whole, scene.put("edited.m4a"), "-ss", "1", "-c", "copy")
    scene.make(
        "negative.mkv", "-c:a", "pcm_s16le", "-output_ts_offset", "-1", "-avoid_negative_ts", "disabled"
    )
    once = encode(BASE, home / "once.ts", "-c:a", "mp2", "-ar", "44100").read_bytes()
    scene.put("jumping.ts", once + once)


@pytest.fixture(scope="module")
def mixed(make_scene: MakeScene) -> Mixed:
    scene = make_scene("mixed")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        host, port = server.getsockname()
        fill(scene, f"http://{host}:{port}")
        ran = scene.run("-F", "txt,json", "--max-duration", str(LIMIT), "--stall-timeout", "20")
        return Mixed(scene, ran, was_called(server))


def was_called(server: socket.socket) -> bool:
    try:
        server.accept()
    except BlockingIOError:
        return False
    return True


def test_what_is_wrong_with_each_file_is_named_and_the_rest_is_done(mixed: Mixed) -> None:
    assert mixed.ran.code == 1
    assert mixed.ran.reasons() == {
        "empty.mp3": "empty_file",
        "random.mp3": "not_media",
        "page.mp4": "not_media",
        "list.mp3": "not_media",
        "list.mp4": "not_media",
        "playlist.mp4": "not_media",
        "sdp.ts": "not_media",
        "no_moov.mp4": "damaged_media",
        "cut.flac": "truncated_media",
        "mute.mp4": "no_audio_stream",
        "claims.mkv": "truncated_media",
        "bomb.flac": "too_long",
    }
    assert mixed.ran.reasons("skipped") == {"bait.wav": "not_a_file"}
    assert all(entry["message"] and entry["hint"] for entry in mixed.ran.of("failed"))
    for name in ("good", "good_too"):
        assert mixed.scene.text(f"{name}.txt") == BASE_TEXT
    for name in mixed.ran.names("failed"):
        assert not list(mixed.scene.texts.glob(f"{Path(name).stem}.*")), name


def test_a_film_without_its_index_names_the_cause(mixed: Mixed) -> None:
    assert "moov atom not found" in mixed.ran.entry("no_moov.mp4")["message"]


def test_what_a_recording_that_breaks_off_gave_is_kept_for_allow_partial(mixed: Mixed) -> None:
    """From the store: there is no FFmpeg any more."""
    cut = mixed.scene.inputs / "cut.flac"
    ran = mixed.scene.run("-F", "txt,json", "--allow-partial", inputs=[cut], GIGAAM_FFMPEG="/nowhere/ffmpeg")
    assert ran.code == 0
    assert ran.entry("cut.flac")["partial"] is True
    text, whole = mixed.scene.text("cut.txt"), mixed.scene.text("mulaw.txt")
    assert text.split()[:8] == whole.split()[:8]
    assert "запись оборвана" in text
    assert json.loads((mixed.scene.texts / "cut.json").read_text(encoding="utf-8"))["partial"] is True


@pytest.mark.parametrize("name", LIES)
def test_a_header_that_lies_does_not_count(name: str, mixed: Mixed) -> None:
    assert mixed.ran.entry(name)["seconds"] == pytest.approx(LENGTH, abs=0.05)
    assert mixed.scene.text(name.replace(".wav", ".txt")) == BASE_TEXT


def test_no_file_makes_the_program_take_more_memory(mixed: Mixed) -> None:
    """Neither a header that claims 4 GiB or 30 years, nor half an hour in 400 KB, nor 384 kHz."""
    assert (mixed.scene.inputs / "bomb.flac").stat().st_size < 400_000
    assert mixed.ran.peak < MOST_MEMORY_KIB
    assert mixed.ran.entry("bomb.flac")["message"] == "the recording is longer than 2:00"


def test_the_default_stream_is_taken_and_named(mixed: Mixed) -> None:
    source = json.loads((mixed.scene.texts / "film.json").read_text(encoding="utf-8"))["source"]
    assert source["stream"] == 1
    assert mixed.scene.text("film.txt") == BASE_TEXT
    assert mixed.scene.text("cover.txt") == BASE_TEXT


@pytest.mark.parametrize("name", ["silence", "hiss", "music"])
def test_where_nobody_speaks_nothing_is_said(name: str, mixed: Mixed) -> None:
    assert mixed.ran.entry(f"{name}.wav")["status"] == "done"
    assert (mixed.scene.texts / f"{name}.txt").read_text() == ""
    said = json.loads((mixed.scene.texts / f"{name}.json").read_text())
    assert (said["speech_seconds"], said["segments"]) == (0, [])


@pytest.mark.parametrize("name", ["moment", "sample"])
def test_a_moment_of_sound_is_done_and_empty(name: str, mixed: Mixed) -> None:
    assert mixed.ran.entry(f"{name}.wav")["status"] == "done"
    assert (mixed.scene.texts / f"{name}.txt").read_text() == ""


def test_telephone_codecs_cost_few_words(mixed: Mixed) -> None:
    phrases = json.loads((DATA / "truth.json").read_text(encoding="utf-8"))["utterances"]
    spoken = {Path(name).stem: " ".join(phrase["text"] for phrase in phrases) for name in TELEPHONE}
    for name, words in {**spoken, "gsm": BASE_TEXT}.items():
        assert jiwer.wer(words, " ".join(mixed.scene.text(f"{name}.txt").split())) <= WORST_TELEPHONE_WER, (
            name
        )


def test_odd_rates_are_done(mixed: Mixed) -> None:
    assert mixed.scene.text("fast.txt") == BASE_TEXT
    assert mixed.ran.entry("slow.wav")["status"] in ("done", "failed")


@pytest.mark.parametrize("name", CHANNELS)
def test_no_word_is_lost_among_many_channels(name: str, mixed: Mixed) -> None:
    assert mixed.scene.text(f"{Path(name).stem}.txt") == BASE_TEXT


@pytest.mark.parametrize("name", ["no_numbers", "offset", "clipped"])
def test_samples_that_make_no_sense_do_not_matter(name: str, mixed: Mixed) -> None:
    assert mixed.ran.entry(f"{name}.wav")["status"] == "done"
    assert jiwer.wer(BASE_TEXT, mixed.scene.text(f"{name}.txt")) <= 0.2


@pytest.mark.parametrize(
    ("name", "later"), [("gap", 1.5), ("late", 1.5), ("edited", -1.0), ("negative", 0.0), ("jumping", LENGTH)]
)
def test_times_are_those_of_the_media(name: str, later: float, mixed: Mixed) -> None:
    plain = mixed.scene.words("good.json")[-1]
    moved = mixed.scene.words(f"{name}.json")[-1]
    assert moved["text"] == plain["text"]
    assert moved["start"] - plain["start"] == pytest.approx(later, abs=0.1)


def test_lists_in_disguise_read_nothing_and_call_nobody(mixed: Mixed) -> None:
    assert not mixed.called
    assert "bait.wav" in mixed.ran.names("skipped"), "it was there to be opened"
    lists = ("list.mp3", "list.mp4", "playlist.mp4", "sdp.ts")
    assert {mixed.ran.reasons().get(name) for name in lists} == {"not_media"}


def test_the_next_run_does_nothing_again_but_what_failed(mixed: Mixed) -> None:
    again = mixed.scene.run("-F", "txt,json", "--max-duration", str(LIMIT))
    assert again.code == 1
    assert set(again.names("failed")) <= set(mixed.ran.names("failed"))
    assert again.of("done") == []
