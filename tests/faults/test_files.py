"""Files that may not be read or written, change under their reader, are deleted, edited or dated oddly."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from gigaam_cli.media import ffmpeg
from tests.cli.drivers import BASE_TEXT, COMMAND
from tests.fakes.users import as_nobody, readable_folder
from tests.faults.invariants import Scene, patched

# Does to the recording what its name says as soon as it has been decoded, or before.
MEDDLING = """#!/bin/sh
for file in "$@"; do case "$file" in file:*) path="${{file#file:}}";; esac; done
case " $* " in *" f32le "*) ;; *) exec {real} "$@";; esac
case "$path" in */gone_before.wav) rm "$path";; esac
{real} "$@"
code=$?
case "$path" in
    */vanishes.wav) rm "$path";;
    */grows.wav) echo more >> "$path";;
    */replaced.wav) cp "$path" "$path.new"; mv "$path.new" "$path"; touch -d 2001-01-01 "$path";;
esac
exit $code
"""


@pytest.fixture
def open_scene() -> Iterator[Scene]:
    """Return a scene in which everybody may write."""
    with readable_folder() as folder:
        scene = Scene(folder / "scene")
        scene.texts.mkdir()
        for path in (scene.home, scene.texts, scene.inputs):
            path.chmod(0o777)
        yield scene


@pytest.mark.root
def test_what_may_not_be_read_fails_alone(open_scene: Scene) -> None:
    scene = open_scene
    scene.copy("good.wav", "closed.wav", "folder/inside.wav", "z.wav")
    (scene.inputs / "closed.wav").chmod(0)
    (scene.inputs / "folder").chmod(0)
    ran = scene.run(program=(*as_nobody(), *COMMAND), inputs=[scene.inputs])
    assert ran.code == 1
    assert ran.reasons() == {"closed.wav": "unreadable", "folder": "unreadable"}
    assert ran.names("done") == ["good.wav", "z.wav"]
    assert "ermission denied" in ran.entry("closed.wav")["message"]


@pytest.mark.root
def test_a_folder_that_may_not_be_written_to_is_refused_before_any_work(open_scene: Scene) -> None:
    scene = open_scene
    scene.copy("good.wav")
    scene.inputs.chmod(0o555)
    program = (*as_nobody(), *COMMAND)
    command = ["transcribe", str(scene.inputs), "--json"]
    ran = scene._finish([*program, *command], scene.variables(GIGAAM_FFMPEG="/nowhere/ffmpeg"))
    assert ran.code == 5, "not 4: FFmpeg was not even looked for"
    assert str(scene.inputs) in ran.err
    assert "-o FOLDER" in ran.err
    assert "Traceback" not in ran.err
    assert scene.run(program=program).code == 0, "the fix that it names"


def test_a_file_that_changes_while_it_is_read_fails(scene: Scene, tmp_path: Path) -> None:
    names = ("vanishes.wav", "grows.wav", "replaced.wav", "gone_before.wav")
    scene.copy("good.wav", *names)
    script = tmp_path / "ffmpeg"
    script.write_text(MEDDLING.format(real=ffmpeg.binary()))
    script.chmod(0o755)
    ran = scene.run(changing=names, GIGAAM_FFMPEG=str(script))
    assert ran.code == 1
    assert ran.reasons() == dict.fromkeys(names, "changed_while_reading")
    assert ran.names("done") == ["good.wav"]
    again = scene.run()
    assert again.names("done") == ["grows.wav", "replaced.wav"]


def test_a_deleted_text_is_written_again_and_an_edited_one_is_kept(scene: Scene) -> None:
    scene.copy("deleted.wav", "edited.wav")
    assert scene.run("-F", "txt").code == 0
    (scene.texts / "deleted.txt").unlink()
    edited = scene.texts / "edited.txt"
    edited.write_text("исправлено\n", encoding="utf-8")
    again = scene.run("-F", "txt", GIGAAM_FFMPEG="/nowhere/ffmpeg")
    assert (again.code, again.names("done")) == (0, ["deleted.wav"])
    assert scene.text("deleted.txt") == BASE_TEXT
    assert edited.read_text(encoding="utf-8") == "исправлено\n"
    assert scene.run("-F", "txt", "--overwrite").code == 0
    assert scene.text("edited.txt") == BASE_TEXT


def test_another_option_does_everything_again_and_mixes_nothing(scene: Scene) -> None:
    scene.copy("a.wav")
    made = []
    for flags in ([], ["--max-segment", "2"], []):
        ran = scene.run("-F", "txt,json", *flags)
        assert ran.names("done") == ["a.wav"]
        segments = json.loads((scene.texts / "a.json").read_text(encoding="utf-8"))["segments"]
        assert all(one["end"] <= other["start"] for one, other in pairwise(segments))
        made.append((scene.texts / "a.json").read_bytes())
    assert made[0] == made[2] != made[1]


def test_the_contents_decide_where_only_the_time_of_a_file_changed(scene: Scene) -> None:
    """Whatever the time is: before 1970, the end of 32 bits, far ahead."""
    times = {"old.wav": -1.0, "zero.wav": 0.0, "epoch.wav": 2.0**31 + 5, "ahead.wav": 4e9}
    scene.copy(*times)
    for name, when in times.items():
        os.utime(scene.inputs / name, (when, when))
    assert scene.run("-F", "txt").names("done") == sorted(times)
    assert scene.run("-F", "txt").names("skipped") == sorted(times)
    for name, when in times.items():
        os.utime(scene.inputs / name, (when + 1000, when + 1000))
    touched = scene.run("-F", "txt")
    assert touched.names("skipped") == sorted(times)


def test_a_clock_that_jumps_back_makes_no_time_negative(scene: Scene) -> None:
    scene.copy("good.wav")
    backwards = (
        "import itertools, time\nticks = itertools.count()\ntime.time = lambda: 2e9 - 3600 * next(ticks)"
    )
    ran = scene.run("-F", "txt", program=patched(backwards))
    assert ran.code == 0
    summary = json.loads(ran.out)
    assert summary["wall_seconds"] > 0
    assert summary["rtfx"] > 0
