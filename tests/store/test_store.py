"""The store: what goes in comes out, for any path."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from gigaam_cli.core.errors import OvertakenError
from gigaam_cli.core.values import Segment, Source, Word
from gigaam_cli.store.store import Store
from gigaam_cli.store.values import Fingerprint
from tests.store.samples import ENDING, ODD_NAMES, recognise, segment

# --- recognitions -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_recognition_comes_out_as_it_went_in(store: Store, name: str) -> None:
    file = Fingerprint(Path("/recordings") / name, 1000, -5)
    number = store.begin(file, "d", "demo", "onnx")
    segments = (
        segment(0.0),
        Segment(5.0, 6.0, (), "Клиент", 1),
        Segment(7.001, 7.5, (Word("«ё»\x00\\", 7.1, 7.2, 0.123),), None, 0),
    )
    for one in reversed(segments):
        store.add_segment(number, one)
    store.finish(number, ENDING, [each.start for each in segments])
    transcript = store.transcript(number)
    assert transcript.segments == segments
    assert transcript.source == Source(name, 1000, "wav", "pcm_s16le", 1)
    assert (transcript.model, transcript.engine) == ("demo", "onnx")
    assert (transcript.duration, transcript.speech_seconds) == (60.5, 42.25)
    assert not transcript.partial
    assert store.recognised(file, "d") == number


def test_what_is_under_way_is_not_recognised_yet(store: Store, file: Fingerprint) -> None:
    number = store.begin(file, "d", "demo", "onnx")
    store.add_segment(number, segment(0))
    assert store.recognised(file, "d") is None
    store.finish(number, ENDING, [0])
    assert store.recognised(file, "d") == number


@pytest.mark.parametrize(
    "other",
    [
        Fingerprint(Path("/recordings/talk.mp3"), 1001, 2**62),
        Fingerprint(Path("/recordings/talk.mp3"), 1000, 2**62 + 1),
        Fingerprint(Path("/recordings/talk.mp4"), 1000, 2**62),
    ],
)
def test_another_file_is_not_recognised(store: Store, file: Fingerprint, other: Fingerprint) -> None:
    recognise(store, file)
    assert store.recognised(other, "d") is None


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_file_that_is_moved_stays_what_it_is(store: Store, file: Fingerprint, name: str) -> None:
    number = recognise(store, file)
    moved = Fingerprint(Path("/done") / name, file.size, file.mtime_ns + 1)
    store.move(file.path, moved)
    assert store.recognised(moved, "d") == number
    assert (store.fingerprint(moved.path), store.fingerprint(file.path)) == (moved, None)


def test_a_move_onto_a_known_file_loses_neither(store: Store, file: Fingerprint) -> None:
    other = replace(file, path=Path("/done/talk.mp3"))
    numbers = recognise(store, file), recognise(store, other)
    store.move(file.path, other)
    assert (store.recognised(file, "d"), store.recognised(other, "d")) == numbers


def test_another_digest_is_another_recognition(store: Store, file: Fingerprint) -> None:
    first, second = recognise(store, file, "one"), recognise(store, file, "two")
    assert first != second
    assert (store.recognised(file, "one"), store.recognised(file, "two")) == (first, second)
    assert store.recognised(file, "three") is None


def test_a_recording_that_breaks_off_counts_only_where_that_will_do(store: Store, file: Fingerprint) -> None:
    number = recognise(store, file, partial=True)
    assert store.recognised(file, "d") is None
    assert store.recognised(file, "d", partial=True) == number
    assert store.transcript(number).partial


def test_a_failure_keeps_what_was_said(store: Store, file: Fingerprint) -> None:
    number = store.begin(file, "d", "demo", "onnx")
    store.add_segment(number, segment(0))
    store.fail(number, "damaged_media", "broken")
    assert store.recognised(file, "d", partial=True) is None
    assert store.transcript(number).segments == (segment(0),)


def test_a_recording_that_breaks_off_stays_known_as_such_when_it_fails(
    store: Store, file: Fingerprint
) -> None:
    number = recognise(store, file, partial=True)
    store.fail(number, "truncated_media", "breaks off")
    assert store.recognised(file, "d", partial=True) == number


def test_beginning_again_forgets_what_was_said(store: Store, file: Fingerprint) -> None:
    recognise(store, file)
    again = store.begin(file, "d", "demo", "onnx")
    assert store.recognised(file, "d") is None
    assert store.transcript(again).segments == ()


def test_a_number_is_never_given_twice(store: Store, file: Fingerprint) -> None:
    """Outputs name the recognition that they show: they must not seem to show its successor."""
    first = recognise(store, file)
    assert store.begin(file, "d", "demo", "onnx") != first


def test_a_segment_recognised_twice_is_kept_once(store: Store, file: Fingerprint) -> None:
    number = store.begin(file, "d", "demo", "onnx")
    store.add_segment(number, segment(0, "раз"))
    store.add_segment(number, segment(0, "два"))
    assert [one.text for one in store.transcript(number).segments] == ["два"]


# --- hashes -------------------------------------------------------------------------------------------------


def test_a_hash_is_computed_once_for_a_file_that_stays_as_it_is(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(b"one")
    computed: list[bytes] = []

    def compute(file: Path) -> str:
        computed.append(file.read_bytes())
        return file.read_text()

    assert [store.file_hash(path, compute) for _ in range(3)] == ["one"] * 3
    path.write_bytes(b"three")
    assert store.file_hash(path, compute) == "three"
    os.utime(path, ns=(1, 1))
    assert store.file_hash(path, compute) == "three"
    assert computed == [b"one", b"three", b"three"]


# --- another file under the same name -----------------------------------------------------------------------


def test_what_was_said_in_an_old_file_is_not_said_of_the_new_one(store: Store, file: Fingerprint) -> None:
    """The digest of the first recognition must not match again once another digest has seen the new file."""
    recognise(store, file, "first")
    changed = replace(file, mtime_ns=file.mtime_ns + 1)
    recognise(store, changed, "second")
    assert store.recognised(changed, "first") is None
    assert store.recognised(changed, "second") is not None


def test_two_runs_at_one_file_write_the_same_recognition(folder: Path, file: Fingerprint) -> None:
    one, other = Store.open(folder), Store.open(folder)
    first, second = one.begin(file, "d", "demo", "onnx"), other.begin(file, "d", "demo", "onnx")
    one.add_segment(first, segment(0))
    other.add_segment(second, segment(0))
    one.finish(first, ENDING, [0.0])
    assert len(other.transcript(second).segments) == 1
    one.close()
    other.close()


def test_segments_of_a_run_that_was_killed_do_not_stay(store: Store, file: Fingerprint) -> None:
    killed = store.begin(file, "d", "demo", "onnx")
    store.add_segment(killed, segment(0.5))
    again = store.begin(file, "d", "demo", "onnx")
    store.add_segment(again, segment(0.7))
    store.finish(again, ENDING, [0.7])
    assert [each.start for each in store.transcript(again).segments] == [0.7]


# --- going on where a run ended -----------------------------------------------------------------------------


@pytest.mark.parametrize("ended", ["killed", "failed", "breaks off"])
def test_what_was_said_before_a_run_ended_is_known_to_the_next(
    ended: str, store: Store, file: Fingerprint
) -> None:
    number = store.begin(file, "d", "demo", "onnx")
    store.add_segment(number, segment(0))
    store.add_segment(number, segment(7))
    if ended == "failed":
        store.fail(number, "recognition_failed", "once")
    elif ended == "breaks off":
        store.finish(number, replace(ENDING, partial=True), [0, 7])
    assert {start for start, _ in store.heard(file, "d")} == {0, 7}
    assert store.begin(file, "d", "demo", "onnx") == number
    assert len(store.transcript(number).segments) == 2
    store.finish(number, ENDING, [0, 7])
    assert store.recognised(file, "d") == number
    assert store.heard(file, "d") == frozenset(), "there is nothing left to go on with"


def test_nothing_is_known_of_another_file_or_under_other_options(store: Store, file: Fingerprint) -> None:
    number = store.begin(file, "d", "demo", "onnx")
    store.add_segment(number, segment(0))
    assert store.heard(file, "other") == frozenset()
    assert store.heard(replace(file, size=1), "d") == frozenset()
    assert store.heard(replace(file, mtime_ns=1), "d") == frozenset()
    assert store.heard(replace(file, path=Path("/other.mp3")), "d") == frozenset()


def test_a_recognition_is_not_done_while_a_segment_of_it_is_missing(store: Store, file: Fingerprint) -> None:
    """Another run was done first and this one's segments went."""
    mine = store.begin(file, "d", "demo", "onnx")
    store.add_segment(mine, segment(0))
    store.finish(mine, ENDING, [0])
    again = store.begin(file, "d", "demo", "onnx")
    store.add_segment(again, segment(7))
    with pytest.raises(OvertakenError):
        store.finish(again, ENDING, [0, 7])
    assert store.recognised(file, "d") is None


# --- touched files ------------------------------------------------------------------------------------------


def test_a_touched_file_is_known_by_its_contents(store: Store, file: Fingerprint) -> None:
    number = store.begin(file, "d", "demo", "onnx")
    store.finish(number, replace(ENDING, contents="abc"), [])
    touched = replace(file, mtime_ns=1)
    assert not store.is_only_touched(touched, lambda _path: "other")
    assert store.recognised(touched, "d") is None
    assert store.is_only_touched(touched, lambda _path: "abc")
    assert store.recognised(touched, "d") == number


def test_contents_are_looked_at_only_where_they_can_decide(store: Store, file: Fingerprint) -> None:
    def never(_path: Path) -> str:
        raise AssertionError

    assert not store.is_only_touched(file, never), "nothing is known of it"
    number = store.begin(file, "d", "demo", "onnx")
    assert not store.is_only_touched(replace(file, mtime_ns=1), never), "it is not done"
    store.finish(number, replace(ENDING, contents="abc"), [])
    assert not store.is_only_touched(file, never), "it is not touched"
    assert not store.is_only_touched(replace(file, size=1, mtime_ns=1), never), "it is another one"


def test_another_file_of_the_same_size_has_its_own_contents(store: Store, file: Fingerprint) -> None:
    number = store.begin(file, "d", "demo", "onnx")
    store.finish(number, replace(ENDING, contents="abc"), [])
    store.begin(replace(file, mtime_ns=1), "d", "demo", "onnx")
    assert not store.is_only_touched(replace(file, mtime_ns=2), lambda _path: "abc")


def test_recordings_are_known_in_order_however_many_pages_they_fill(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gigaam_cli.store.store._PAGE", 2)
    names = [f"{number}.mp3" for number in range(5)]
    for name in reversed(names):
        recognise(store, Fingerprint(Path("/recordings") / name, 1, 1))
    assert [known.file.path.name for known in store.known()] == names


def test_the_status_of_a_recognition_that_gave_way_is_none(store: Store, file: Fingerprint) -> None:
    number = recognise(store, file)
    assert store.status(number) == "done"
    recognise(store, replace(file, size=1))
    assert store.status(number) is None
