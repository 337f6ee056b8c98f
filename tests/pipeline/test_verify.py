"""Published texts and their recordings, after everything that may have become of them."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from gigaam_cli.core.text_errors import NothingPublishedError
from gigaam_cli.pipeline.verify import STATES, Verdict, verify
from gigaam_cli.store.store import Store
from gigaam_cli.store.values import Fingerprint, Output
from gigaam_cli.writers.base import Shaping
from tests.fakes.sounds import silence, write_wav
from tests.pipeline.rig import Rig
from tests.store.samples import recognise


@pytest.fixture
def talk(rig: Rig) -> Path:
    """Return a recording that was transcribed."""
    path = rig.record("talk.wav", 3)
    rig.run()
    return path


def found(rig: Rig, *, contents: bool = False) -> tuple[str, dict[str, str]]:
    """Return the state of the only recording, and of its texts by name."""
    (verdict,) = verify(rig.store, contents=contents)
    assert {verdict.state, *(text.state for text in verdict.texts)} <= set(STATES)
    return verdict.state, {text.path.name: text.state for text in verdict.texts}


def altered(path: Path) -> bytes:
    data = bytearray(path.read_bytes())
    data[-2] ^= 1
    return bytes(data)


def quietly(path: Path, data: bytes) -> None:
    """Write other bytes as a failing disk does: nobody's clock knows of it."""
    status = path.stat()
    path.write_bytes(data)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def touch(path: Path) -> None:
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 10**9))


def rewrite(path: Path) -> None:
    path.write_bytes(altered(path))
    touch(path)


def make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def make_fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def unreachable(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)


def test_all_is_well_after_a_run(rig: Rig, talk: Path) -> None:
    for contents in (False, True):
        assert found(rig, contents=contents) == ("ok", {"talk.txt": "ok", "talk_timecodes.txt": "ok"})


@pytest.mark.parametrize(
    ("harm", "state"),
    [
        (touch, "ok"),
        (rewrite, "edited"),
        (lambda path: path.write_text("other"), "edited"),
        (lambda path: quietly(path, altered(path)), "damaged"),
        (lambda path: quietly(path, path.read_bytes()[:-1]), "edited"),
        (Path.unlink, "missing"),
        (make_folder, "edited"),
        (make_fifo, "edited"),
        (unreachable, "unreadable"),
    ],
)
def test_a_text_is_what_was_published(
    rig: Rig, talk: Path, harm: Callable[[Path], object], state: str
) -> None:
    harm(talk.with_suffix(".txt"))
    assert found(rig) == ("ok", {"talk.txt": state, "talk_timecodes.txt": "ok"})


def test_an_empty_text_is_not_taken_for_what_only_looks_empty(rig: Rig) -> None:
    write_wav(rig.folder / "talk.wav", silence(1.0))
    rig.run()
    assert found(rig)[1] == {"talk.txt": "ok", "talk_timecodes.txt": "ok"}
    make_fifo(rig.folder / "talk.txt")
    assert found(rig)[1] == {"talk.txt": "edited", "talk_timecodes.txt": "ok"}


@pytest.mark.parametrize(
    ("harm", "quick", "thorough"),
    [
        (touch, "ok", "ok"),
        (rewrite, "stale", "stale"),
        (lambda path: path.write_bytes(path.read_bytes() + b"more"), "stale", "stale"),
        (lambda path: quietly(path, altered(path)), "ok", "stale"),
        (Path.unlink, "gone", "gone"),
        (unreachable, "unreadable", "unreadable"),
    ],
)
def test_a_recording_is_known_by_size_and_time_or_by_its_contents(
    rig: Rig, talk: Path, harm: Callable[[Path], object], quick: str, thorough: str
) -> None:
    harm(talk)
    texts = {"talk.txt": "ok", "talk_timecodes.txt": "ok"}
    assert found(rig) == (quick, texts)
    assert found(rig, contents=True) == (thorough, texts)


def published(store: Store, recording: Path) -> Path:
    """Book a recognition and a text, both without a checksum."""
    number = recognise(store, Fingerprint.of(recording))
    text = recording.with_suffix(".srt")
    text.write_text("as they liked it\n")
    store.outputs.add(number, [Output(Fingerprint.of(text), "srt", "of some shape")])
    return text


def test_a_recording_without_a_checksum_is_known_by_size_and_time_alone(rig: Rig) -> None:
    recording = rig.record("talk.wav", 1)
    published(rig.store, recording)
    assert [found(rig, contents=contents)[0] for contents in (False, True)] == ["ok", "unchecked"]
    touch(recording)
    assert [found(rig, contents=contents)[0] for contents in (False, True)] == ["stale", "stale"]


def test_a_text_without_a_checksum_is_known_by_size_and_time_alone(rig: Rig) -> None:
    text = published(rig.store, rig.record("talk.wav", 1))
    assert found(rig)[1] == {"talk.srt": "unchecked"}
    touch(text)
    assert found(rig)[1] == {"talk.srt": "edited"}


def test_the_shape_of_a_text_does_not_matter(rig: Rig, talk: Path) -> None:
    rig.recipe = replace(rig.recipe, formats=("txt", "srt"), shaping=Shaping(pause=0.1))
    rig.run()
    assert found(rig)[1] == {"talk.txt": "ok", "talk.srt": "ok", "talk_timecodes.txt": "ok"}


def test_a_text_of_a_recognition_that_gave_way_is_stale(rig: Rig, talk: Path) -> None:
    rewrite(talk)
    rig.store.begin(Fingerprint.of(talk), rig.digest, "demo", "onnx")
    assert found(rig) == ("ok", {"talk.txt": "stale", "talk_timecodes.txt": "stale"})
    rewrite(talk.with_suffix(".txt"))
    assert found(rig)[1]["talk.txt"] == "edited"
    rig.run(overwrite=True)
    assert found(rig) == ("ok", {"talk.txt": "ok", "talk_timecodes.txt": "ok"})


def test_a_text_of_a_recognition_that_is_under_way_again_is_not_judged(rig: Rig) -> None:
    published(rig.store, rig.record("talk.wav", 1))
    path = rig.folder / "talk.wav"
    number = rig.store.begin(Fingerprint.of(path), "other", "demo", "onnx")
    text = path.with_suffix(".txt")
    text.write_text("half\n")
    rig.store.outputs.add(number, [Output(Fingerprint.of(text), "txt", "s")])
    assert found(rig)[1] == {"talk.txt": "unchecked", "talk.srt": "unchecked"}


def test_only_recordings_with_texts_below_the_paths_count(rig: Rig) -> None:
    rig.record_some(3, 1)
    rig.run()
    rig.store.begin(Fingerprint.of(rig.record("new.wav", 1)), "d", "demo", "onnx")

    def names(*below: Path) -> list[str]:
        return [verdict.recording.name for verdict in verify(rig.store, below)]

    assert names() == names(rig.folder) == ["0.wav", "1.wav", "2.wav"]
    assert names(rig.folder / "2.wav", rig.folder / "0.wav") == ["0.wav", "2.wav"]
    for nothing in (rig.folder / "new.wav", rig.folder / "nowhere"):
        with pytest.raises(NothingPublishedError) as caught:
            names(nothing)
        assert str(nothing) in str(caught.value)


def test_recordings_are_looked_at_one_after_the_other(rig: Rig) -> None:
    rig.record_some(3, 1)
    rig.run()
    verdicts = verify(rig.store)
    next(verdicts)
    (rig.folder / "2.txt").unlink()
    second, third = verdicts

    def states(verdict: Verdict) -> list[str]:
        return [text.state for text in verdict.texts]

    assert (states(second), states(third)) == (["ok", "ok"], ["missing", "ok"])
