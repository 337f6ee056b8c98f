"""``gigaam verify``: whether published texts are whole."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Call
from tests.cli.drivers import BASE, gigaam


@pytest.fixture
def done(folder: Path, call: Call) -> Path:
    """Return a folder with two recordings that were transcribed."""
    (folder / "deep").mkdir()
    shutil.copy(BASE, folder / "deep" / "other.wav")
    assert call("transcribe", folder, "-m", "demo", "-F", "txt,json").code == 0
    return folder


def damage(text: Path) -> None:
    status = text.stat()
    text.write_bytes(b"X" + text.read_bytes()[1:])
    os.utime(text, ns=(status.st_atime_ns, status.st_mtime_ns))


def test_where_all_is_whole_there_are_only_counts(done: Path, call: Call) -> None:
    outcome = call("verify", done, "--contents")
    assert (outcome.code, outcome.out) == (0, "texts: 4 whole\nrecordings: 2 unchanged\n")


def test_what_is_not_whole_is_named(done: Path, call: Call) -> None:
    (done / "talk.txt").unlink()
    damage(done / "deep" / "other.txt")
    (done / "deep" / "other.json").write_text("{}")
    with (done / "talk.wav").open("ab") as recording:
        recording.write(b"more")
    outcome = call("verify")
    assert outcome.code == 1
    assert outcome.out.splitlines() == [
        f"edited\t{done / 'deep' / 'other.json'}",
        f"damaged\t{done / 'deep' / 'other.txt'}",
        f"changed since\t{done / 'talk.wav'}",
        f"missing\t{done / 'talk.txt'}",
        "texts: 1 edited, 1 damaged, 1 whole, 1 missing",
        "recordings: 1 unchanged, 1 changed since",
    ]
    assert call("verify", done / "deep").code == 1


def test_a_recording_that_is_gone_does_its_texts_no_harm(done: Path, call: Call) -> None:
    shutil.move(done / "talk.wav", done.parent)
    outcome = call("verify", done)
    assert outcome.code == 0
    assert outcome.out.splitlines()[0] == f"not there any more\t{done / 'talk.wav'}"


def test_json_has_everything(done: Path, call: Call) -> None:
    (done / "talk.txt").unlink()
    outcome = call("verify", "--json")
    assert outcome.code == 1
    values = json.loads(outcome.out)
    other, talk = values.pop("recordings")
    assert values == {
        "schema": 1,
        "counts": {"recordings": {"ok": 2}, "texts": {"ok": 3, "missing": 1}},
    }
    assert (other["path"], other["state"]) == (str(done / "deep" / "other.wav"), "ok")
    assert talk["texts"] == [
        {"path": str(done / "talk.json"), "format": "json", "state": "ok"},
        {"path": str(done / "talk.txt"), "format": "txt", "state": "missing"},
    ]


def test_nothing_known_is_told_before_any_json(folder: Path, call: Call) -> None:
    outcome = call("verify", folder, "--json")
    assert (outcome.code, outcome.out) == (3, "")
    assert f"no text of {folder}" in outcome.err
    assert "[nothing_published]" in outcome.err


def test_verify_speaks_russian(done: Path) -> None:
    (done / "talk.txt").unlink()
    outcome = gigaam("verify", LC_ALL="ru_RU.UTF-8")
    assert outcome.code == 1
    assert outcome.out.splitlines()[1] == "тексты: 3 в порядке, 1 нет на месте"
