"""Long recordings: the same words as in short ones, at the right times, in the same memory."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import jiwer
import pytest

from gigaam_cli.media import ffmpeg
from tests.conftest import DATA, MakeMedia
from tests.integration.driver import gigaam, peak_memory, words_of

TRUTH = json.loads((DATA / "truth.json").read_text(encoding="utf-8"))
REFERENCES = json.loads((DATA / "references.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def joined(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, object]]:
    """Return the words of the joined recording: phrases with pauses of 0.6 to 2.5 s between them."""
    folder = tmp_path_factory.mktemp("joined")
    finished = gigaam("transcribe", DATA / TRUTH["file"], "-o", folder, "-F", "json", "-m", "demo")
    assert finished.code == 0, finished.stderr
    return words_of(folder / "joined.json")


def test_a_joined_recording_says_what_its_phrases_say(joined: list[dict[str, object]]) -> None:
    expected = " ".join(utterance["text"] for utterance in TRUTH["utterances"])
    assert jiwer.wer(expected, " ".join(str(word["text"]) for word in joined)) <= 0.06


def test_every_phrase_begins_when_it_is_heard(joined: list[dict[str, object]]) -> None:
    starts = [float(str(word["start"])) for word in joined]
    for utterance in TRUTH["utterances"]:
        assert min(abs(start - utterance["start"]) for start in starts) <= 0.2, utterance


def test_nothing_is_said_in_the_pauses(joined: list[dict[str, object]]) -> None:
    for word in joined:
        middle = (float(str(word["start"])) + float(str(word["end"]))) / 2
        assert any(said["start"] - 0.15 < middle < said["end"] + 0.15 for said in TRUTH["utterances"]), word


def test_people_who_were_not_learnt_are_understood_roughly(tmp_path: Path) -> None:
    finished = gigaam("transcribe", *(DATA / name for name in REFERENCES), "-o", tmp_path, "-F", "txt")
    assert finished.code == 0, finished.stderr
    spoken = [
        (tmp_path / f"{Path(name).stem}.txt").read_text(encoding="utf-8").strip() for name in REFERENCES
    ]
    assert jiwer.cer(list(REFERENCES.values()), spoken) < 0.2


def test_silence_and_hum_say_nothing(make_media: MakeMedia, tmp_path: Path) -> None:
    for name, sound in {
        "silence": "anullsrc=r=16000:cl=mono",
        "noise": "anoisesrc=a=0.01:r=16000:s=1",
    }.items():
        make_media(f"{name}.flac", "-filter_complex", f"{sound}[a]", "-map", "[a]", "-t", "20")
    finished = gigaam("transcribe", tmp_path, "-o", tmp_path / "texts", "-F", "txt,json")
    assert finished.code == 0, finished.stderr
    for name in ("silence", "noise"):
        assert (tmp_path / "texts" / f"{name}.txt").read_text() == ""
        assert json.loads((tmp_path / "texts" / f"{name}.json").read_text())["speech_seconds"] == 0


def test_silence_that_is_recognised_all_the_same_says_nothing(make_media: MakeMedia) -> None:
    silence = make_media("silence.flac", "-af", "volume=0")
    finished = gigaam("transcribe", silence, "--vad", "none", "-o", "-")
    assert (finished.code, finished.stdout) == (0, ""), finished.stderr


def test_memory_does_not_grow_with_length(make_media: MakeMedia, tmp_path: Path) -> None:
    short = make_media("short.flac", "-af", "aloop=loop=-1:size=60000", "-t", "300")
    long = make_media("long.flac", "-af", "aloop=loop=-1:size=60000", "-t", "2400")
    few, many = (
        peak_memory("transcribe", path, "-o", tmp_path / "texts", "-F", "txt", "-q") for path in (short, long)
    )
    assert many <= 1.15 * few, (few, many)


def test_no_phrase_of_a_long_recording_is_lost(make_media: MakeMedia, tmp_path: Path, base_wav: Path) -> None:
    padded = make_media("padded.wav", "-af", "apad=pad_dur=1.5")
    listing = tmp_path / "listing.txt"
    listing.write_text(f"file '{padded}'\n" * 40, encoding="utf-8")
    concatenate(listing, tmp_path / "forty.flac")
    finished = gigaam("transcribe", base_wav, tmp_path / "forty.flac", "-o", tmp_path / "texts", "-F", "txt")
    assert finished.code == 0, finished.stderr
    once = (tmp_path / "texts" / "base.txt").read_text(encoding="utf-8").split()
    often = (tmp_path / "texts" / "forty.txt").read_text(encoding="utf-8").split()
    assert often == once * 40


def concatenate(listing: Path, target: Path) -> None:
    arguments = ["-v", "error", "-f", "concat", "-safe", "0", "-i", str(listing), str(target)]
    subprocess.run([ffmpeg.binary(), "-nostdin", *arguments], check=True, timeout=60)
