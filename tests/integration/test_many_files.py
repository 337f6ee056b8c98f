"""A folder of many recordings with broken ones among them."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from pathlib import Path

import pytest

from tests.conftest import MakeMedia
from tests.integration.driver import gigaam

GOOD = 40


@pytest.fixture
def folder(make_media: MakeMedia, tmp_path: Path) -> Path:
    """Make 40 good recordings and ten that are broken in ten ways; return the folder."""
    good = make_media("in/good00.mp3")
    for number in range(1, GOOD):
        shutil.copy(good, good.with_name(f"good{number:02}.mp3"))
    whole = make_media("whole.flac")
    (tmp_path / "in" / "cut.flac").write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    matroska = make_media("whole.mkv")
    (tmp_path / "in" / "cut.mkv").write_bytes(matroska.read_bytes()[: matroska.stat().st_size // 2])
    unfinished = make_media("whole.m4a")
    (tmp_path / "in" / "unfinished.m4a").write_bytes(unfinished.read_bytes()[:4000])
    make_media("in/mute.mp4", "-f", "lavfi", "-i", "color=d=1:s=64x64", "-map", "1:v")
    contents = {
        "empty.mp3": b"",
        "empty.wav": b"",
        "random.mp3": os.urandom(20_000),
        "random.mp4": os.urandom(20_000),
        "page.mp3": b"<html><body>404 Not Found</body></html>",
        "list.mp3": f"ffconcat version 1.0\nfile {good}\n".encode(),
    }
    for name, content in contents.items():
        (tmp_path / "in" / name).write_bytes(content)
    return tmp_path / "in"


def test_broken_recordings_are_named_and_the_rest_is_done(folder: Path, tmp_path: Path) -> None:
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}
    texts = tmp_path / "texts"

    finished = gigaam("transcribe", folder, "-o", texts, "--json")

    assert finished.code == 1
    assert "Traceback" not in finished.stderr
    summary = json.loads(finished.stdout)
    assert Counter(file["status"] for file in summary["files"]) == {"done": GOOD, "failed": 10}
    reasons = {Path(file["path"]).name: file["reason"] for file in summary["files"] if file["reason"]}
    assert reasons == {
        "cut.flac": "truncated_media",
        "cut.mkv": "truncated_media",
        "empty.mp3": "empty_file",
        "empty.wav": "empty_file",
        "list.mp3": "not_media",
        "mute.mp4": "no_audio_stream",
        "page.mp3": "not_media",
        "random.mp3": "not_media",
        "random.mp4": "not_media",
        "unfinished.m4a": "damaged_media",
    }
    assert len(list(texts.iterdir())) == 2 * GOOD
    assert len({path.read_text() for path in texts.glob("*[0-9].txt")}) == 1
    assert before == {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}


def test_the_second_run_does_nothing_again(folder: Path, tmp_path: Path) -> None:
    gigaam("transcribe", folder, "-o", tmp_path / "texts", "-F", "txt")
    again = gigaam("transcribe", folder, "-o", tmp_path / "texts", "-F", "txt", "--json")
    assert Counter(file["status"] for file in json.loads(again.stdout)["files"]) == {
        "skipped": GOOD,
        "failed": 10,
    }
