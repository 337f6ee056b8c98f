"""Names that shells, FFmpeg and file systems misread, things that are no files, and links: one folder, one run."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.drivers import BASE_TEXT
from tests.faults.conftest import MakeScene
from tests.faults.invariants import Ran, Scene

NAMES = {
    "emoji": "ё🎧.mp3",
    "right to left": "\u202eקול\u202c.mp3",
    "newline": "new\nline.mp3",
    "quotes": "\"quoted\" 'it\\'.mp3",
    "shell": "$(id)`id`;id|id&.mp3",
    "dash": "-x.mp3",
    "pattern": "%03d%s*?[0-9].mp3",
    "colon": "a:b.mp3",
    "255 bytes": "ы" * 125 + "a.mp3",
    "invalid UTF-8": os.fsdecode(b"\xff\xfe invalid.mp3"),
}
ADDRESS = "https://example.org/talk.mp3"


@dataclass(frozen=True)
class Strange:
    """The folder, the run over it, and all files that were there before."""

    scene: Scene
    ran: Ran
    before: set[Path]


def fill(scene: Scene) -> None:
    """Put a recording under each name, and everything that only looks like one."""
    scene.copy(*NAMES.values())
    scene.copy("same/a.mp3", "same/a.wav", "same/A.MP3", "same/mine.wav")
    scene.copy("../elsewhere/outside.wav")
    inputs = scene.inputs
    (inputs / "same" / "hard.mp3").hardlink_to(inputs / NAMES["colon"])
    (inputs / "same" / "soft.mp3").symlink_to(inputs / NAMES["colon"])
    (inputs / "dangling.mp3").symlink_to(inputs / "nothing")
    (inputs / "loop.mp3").symlink_to("loop.mp3")
    (inputs / "same" / "up").symlink_to(inputs)
    (inputs / "same" / "self").symlink_to(".")
    (inputs / "folder.mp3").mkdir()
    os.mkfifo(inputs / "pipe.mp3")
    (inputs / "zero.wav").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(inputs / "socket.mp4"))  # the names of sockets are short
    deep = inputs.joinpath(*["d"] * 200)
    deep.mkdir(parents=True)
    (deep / "empty.mp3").touch()


@pytest.fixture(scope="module")
def strange(make_scene: MakeScene) -> Strange:
    scene = make_scene("names")
    fill(scene)
    scene.texts.mkdir()
    mine = scene.texts / "same" / "mine.txt"
    mine.parent.mkdir()
    mine.write_text("my own words\n", encoding="utf-8")
    scene.theirs.add(mine)
    outside = "in/same/../../elsewhere/outside.wav"
    listing = scene.home / "list.txt"
    listing.write_text(f"{scene.home}/{outside}\n{ADDRESS}\n{scene.inputs}/pipe.mp3\n/dev/zero\n")
    before = {path for path in scene.home.rglob("*") if path.is_file()}
    ran = scene.run("--files-from", listing, "--progress", "plain")
    return Strange(scene, ran, before)


@pytest.mark.parametrize("kind", NAMES)
def test_a_name_is_only_a_name(kind: str, strange: Strange) -> None:
    entry = strange.ran.entry(strange.scene.inputs / NAMES[kind])
    if kind == "colon":  # it has links, of which one is enough
        assert entry["status"] in ("done", "skipped")
        return
    assert entry["status"] == "done"
    texts = [Path(output) for output in entry["outputs"]]
    assert len(texts) == 2
    assert texts[0].read_text(encoding="utf-8") == f"{BASE_TEXT}\n"


def test_each_file_has_one_line_in_the_log(strange: Strange) -> None:
    lines = strange.ran.err.splitlines()
    told = [line for line in lines if line.startswith(("done: ", "failed: ", "skipped: "))]
    assert len(told) == len(strange.ran.entries)
    assert all(line.isprintable() for line in lines)


def test_links_make_no_second_recording(strange: Strange) -> None:
    """Hard or soft: one of the names is done, the others are said to be it."""
    linked = (NAMES["colon"], "hard.mp3", "soft.mp3")
    statuses = [entry["status"] for entry in strange.ran.entries if Path(entry["path"]).name in linked]
    assert sorted(statuses) == ["done", "skipped", "skipped"]
    assert strange.ran.reasons()["dangling.mp3"] == "unreadable"
    assert strange.ran.reasons()["loop.mp3"] == "unreadable"
    assert {"up", "self"} <= set(strange.ran.names("skipped"))


def test_what_is_no_file_is_left_out_with_the_reason_and_never_opened(strange: Strange) -> None:
    reasons = [
        (entry["path"], entry["reason"])
        for entry in strange.ran.entries
        if Path(entry["path"]).name in ("pipe.mp3", "socket.mp4", "zero.wav", "folder.mp3", "zero")
    ]
    inputs = strange.scene.inputs
    assert sorted(reasons) == sorted(
        [(str(inputs / name), "not_a_file") for name in ("socket.mp4", "zero.wav", "folder.mp3")]
        + [(name, "input_unusable") for name in (str(inputs / "pipe.mp3"), "/dev/zero")]
    )


def test_an_address_is_refused_with_the_reason(strange: Strange) -> None:
    (entry,) = (entry for entry in strange.ran.entries if entry["path"].startswith("https:"))
    assert (entry["status"], entry["reason"]) == ("failed", "input_refused")
    assert "local files only" in entry["message"]


def test_recordings_of_one_name_have_texts_of_their_own(strange: Strange) -> None:
    names = {path.name for path in (strange.scene.texts / "same").glob("*.txt")}
    assert {"a.mp3.txt", "a.wav.txt", "A.MP3.txt"} <= names
    assert "a.txt" not in names


def test_a_text_of_the_users_own_is_kept(strange: Strange) -> None:
    assert strange.ran.reasons("skipped")["mine.wav"] == "exists"
    assert (strange.scene.texts / "same" / "mine.txt").read_text() == "my own words\n"


def test_everything_that_is_written_is_below_the_output_folder(strange: Strange) -> None:
    """Also for what a list names by way of ``..``."""
    home = strange.scene.home
    after = {path for path in home.rglob("*") if path.is_file()}
    ours = {home / "out", home / "err", home / "report.jsonl"}
    new = {path for path in after - strange.before - ours if strange.scene.state not in path.parents}
    assert {path for path in new if not path.is_relative_to(strange.scene.texts)} == set()
    assert strange.scene.text("outside.txt") == BASE_TEXT


def test_depth_costs_nothing(strange: Strange) -> None:
    assert strange.ran.reasons()["empty.mp3"] == "empty_file"


def test_the_next_run_finds_all_of_them_again(strange: Strange) -> None:
    again = strange.scene.run()
    assert again.of("done") == []
    assert again.names("failed") == ["dangling.mp3", "empty.mp3", "loop.mp3"]
