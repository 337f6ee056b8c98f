"""The store: what goes in comes out, for any path, from any connection, and after any accident."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gigaam_cli.core.errors import DiskFullError, OvertakenError, StoreError, StoreTooNewError
from gigaam_cli.core.values import Segment, Source, Word
from gigaam_cli.store.schema import VERSION
from gigaam_cli.store.store import FILE_NAME, Store
from gigaam_cli.store.values import Ending, Fingerprint, Output

TALK = Path("/out/talk.txt")
ENDING = Ending(60.5, 42.25, "wav", "pcm_s16le", 1)
ODD_NAMES = [
    "talk.mp3",
    "two\nlines.mp3",
    os.fsdecode(b"\xff\xfe.mp3"),
    "запись 🎤.mp3",
    "quote'\".mp3",
    "%03d.mp3",
    "й.mp3",
]


def segment(start: float, text: str = "да нет") -> Segment:
    words = tuple(Word(word, start + n, start + n + 0.5, 0.5) for n, word in enumerate(text.split()))
    return Segment(start, start + 5, words)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def store(folder: Path) -> Iterator[Store]:
    store = Store.open(folder)
    yield store
    store.close()


@pytest.fixture
def file() -> Fingerprint:
    return Fingerprint(Path("/recordings/talk.mp3"), 1000, 2**62)


def recognise(store: Store, file: Fingerprint, digest: str = "d", partial: bool = False) -> int:
    """Go through a whole recognition; return its number."""
    number = store.begin(file, digest, "demo", "onnx")
    store.add_segment(number, segment(0))
    store.finish(number, Ending(60.5, 42.25, "wav", "pcm_s16le", 1, partial), [0])
    return number


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


# --- outputs ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ODD_NAMES)
def test_outputs_come_out_as_they_went_in(store: Store, file: Fingerprint, name: str) -> None:
    number = recognise(store, file)
    output = Fingerprint(Path("/out") / name, 10, 20)
    store.add_outputs(number, [Output(output, "txt", "s")])
    known = store.output(output.path)
    assert known is not None
    assert known.file == output
    assert (known.recording, known.recognition, known.format, known.shaping) == (
        file.path,
        number,
        "txt",
        "s",
    )
    assert store.published(file.path) == {output.path}


def test_what_nobody_published_is_unknown(store: Store, file: Fingerprint) -> None:
    assert store.output(TALK) is None
    assert store.published(file.path) == frozenset()


def test_a_file_published_again_replaces_what_was_known_of_it(store: Store, file: Fingerprint) -> None:
    number = recognise(store, file)
    for size in (10, 11):
        store.add_outputs(number, [Output(Fingerprint(TALK, size, 20), "txt", f"s{size}")])
    known = store.output(TALK)
    assert known is not None
    assert (known.file.size, known.shaping) == (11, "s11")
    assert len(store.published(file.path)) == 1


def test_outputs_stay_known_when_their_recording_is_recognised_again(store: Store, file: Fingerprint) -> None:
    number = recognise(store, file)
    store.add_outputs(number, [Output(Fingerprint(TALK, 10, 20), "txt", "s")])
    again = recognise(store, Fingerprint(file.path, 2000, 3))
    known = store.output(TALK)
    assert known is not None
    assert known.recognition == number != again
    assert store.published(file.path) == {TALK}


def placed(path: Path) -> Fingerprint:
    """Put a file where it was announced."""
    path.write_text("text")
    return Fingerprint.of(path)


@pytest.mark.parametrize("name", ODD_NAMES)
def test_outputs_of_a_killed_run_are_found_if_they_got_their_names(
    folder: Path, file: Fingerprint, name: str
) -> None:
    store = Store.open(folder)
    number = recognise(store, file)
    there, missing = placed(folder / name), Fingerprint(folder / f"missing {name}", 4, 4)
    store.announce_outputs(number, [Output(there, "txt", "s"), Output(missing, "srt", "t")])
    assert store.output(there.path) is None
    store.close()
    again = Store.open(folder)
    known = again.output(there.path)
    assert known is not None
    assert (known.file, known.recording, known.recognition, known.format) == (there, file.path, number, "txt")
    assert again.output(missing.path) is None
    assert again.published(file.path) == {there.path}
    again.close()


def test_what_another_wrote_there_is_not_taken_for_ours(folder: Path, file: Fingerprint) -> None:
    store = Store.open(folder)
    number = recognise(store, file)
    announced = placed(folder / "talk.txt")
    store.announce_outputs(number, [Output(announced, "txt", "s")])
    store.close()
    announced.path.write_text("somebody else's")
    again = Store.open(folder)
    assert again.output(announced.path) is None
    again.close()


def test_an_announcement_is_over_when_it_is_kept_or_withdrawn(folder: Path, file: Fingerprint) -> None:
    store = Store.open(folder)
    number = recognise(store, file)
    outputs = [Output(placed(folder / name), "txt", "s") for name in ("kept.txt", "withdrawn.txt")]
    store.announce_outputs(number, outputs)
    store.add_outputs(number, outputs[:1])
    store.withdraw_outputs(outputs[1:])
    store.close()
    outputs[0].file.path.unlink()
    edited = outputs[0].file.path
    edited.write_text("edited since")
    again = Store.open(folder)
    known = again.output(edited)
    assert known is not None
    assert known.file == outputs[0].file, "as it was published, not as it is"
    assert again.output(outputs[1].file.path) is None
    again.close()


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


# --- the file itself ----------------------------------------------------------------------------------------


def test_everything_is_there_when_it_is_opened_again(folder: Path, file: Fingerprint) -> None:
    store = Store.open(folder)
    number = recognise(store, file)
    store.close()
    again = Store.open(folder)
    assert again.recognised(file, "d") == number
    again.close()


def test_a_store_in_memory_leaves_no_file(
    tmp_path: Path, file: Fingerprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    store = Store.in_memory()
    assert store.recognised(file, "d") is None
    assert recognise(store, file) == store.recognised(file, "d")
    store.close()
    assert list(tmp_path.iterdir()) == []


def version_of(folder: Path) -> int:
    connection = sqlite3.connect(folder / FILE_NAME)
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    connection.close()
    return int(version)


def test_a_fresh_store_has_the_latest_schema(store: Store, folder: Path) -> None:
    assert version_of(folder) == VERSION


def test_an_older_store_is_brought_up_to_date(
    folder: Path, file: Fingerprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store.open(folder)
    number = recognise(store, file)
    store.close()
    steps = (
        "CREATE TABLE a (x INTEGER) STRICT; CREATE TABLE b (x INTEGER) STRICT;",
        "ALTER TABLE a ADD y TEXT;",
    )
    monkeypatch.setattr("gigaam_cli.store.store.MIGRATIONS", (*["broken"] * VERSION, *steps))
    monkeypatch.setattr("gigaam_cli.store.store.VERSION", VERSION + 2)
    for _ in range(2):
        newer = Store.open(folder)
        assert newer.recognised(file, "d") == number
        newer.close()
    assert version_of(folder) == VERSION + 2
    connection = sqlite3.connect(folder / FILE_NAME)
    connection.execute("INSERT INTO a (x, y) VALUES (1, 'z')")
    connection.close()


def test_a_step_that_fails_leaves_the_store_as_it_was(
    folder: Path, file: Fingerprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store.open(folder)
    number = recognise(store, file)
    store.close()
    with monkeypatch.context() as patch:
        patch.setattr("gigaam_cli.store.store.MIGRATIONS", (*[""] * VERSION, "CREATE TABLE a (x); nonsense"))
        patch.setattr("gigaam_cli.store.store.VERSION", VERSION + 1)
        with pytest.raises(StoreError):
            Store.open(folder)
    assert version_of(folder) == VERSION
    again = Store.open(folder)
    assert again.recognised(file, "d") == number
    again.close()


def test_a_store_of_a_newer_gigaam_is_left_alone(store: Store, folder: Path) -> None:
    store.close()
    connection = sqlite3.connect(folder / FILE_NAME)
    connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.close()
    with pytest.raises(StoreTooNewError) as caught:
        Store.open(folder)
    assert caught.value.values["found"] == VERSION + 1
    assert version_of(folder) == VERSION + 1
    assert not list(folder.glob("*.damaged-*"))


@pytest.mark.parametrize(
    "garbage", [b"not a database" * 1000, bytes(4096), b"SQLite format 3\0" + b"x" * 8000]
)
def test_a_file_that_is_no_store_is_set_aside(folder: Path, file: Fingerprint, garbage: bytes) -> None:
    folder.mkdir()
    (folder / FILE_NAME).write_bytes(garbage)
    store = Store.open(folder)
    assert recognise(store, file) == store.recognised(file, "d")
    store.close()
    (aside,) = folder.glob("*.damaged-*")
    assert aside.read_bytes() == garbage


def test_the_journal_of_a_damaged_store_does_not_get_into_the_new_one(
    folder: Path, file: Fingerprint
) -> None:
    """A writer that was killed leaves a journal; beside another database it would be played back into that."""
    subprocess.run([sys.executable, "-c", KILLED_WRITER, str(folder)], check=False, timeout=30)
    assert (folder / f"{FILE_NAME}-wal").stat().st_size > 0
    (folder / FILE_NAME).write_bytes(b"not a database" * 1000)
    store = Store.open(folder)
    assert store.recognised(file, "d") is None
    assert recognise(store, file) == store.recognised(file, "d")
    store.close()
    connection = sqlite3.connect(folder / FILE_NAME)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


KILLED_WRITER = """
import os, sys
from pathlib import Path
from gigaam_cli.store.store import Fingerprint, Store
store = Store.open(Path(sys.argv[1]))
for number in range(20):
    if number == 10:
        store._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.begin(Fingerprint(Path(f"/old/{number}.mp3"), 1, 1), "d", "demo", "onnx")
os._exit(9)
"""


def test_what_a_killed_writer_wrote_is_there(folder: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED_WRITER, str(folder)], check=False, timeout=30)
    store = Store.open(folder)
    assert store.begin(Fingerprint(Path("/new.mp3"), 1, 1), "d", "demo", "onnx") == 21
    store.close()


def test_a_folder_that_cannot_be_made_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError) as caught:
        Store.open(tmp_path / "file" / "state")
    assert str(tmp_path / "file") in str(caught.value)


def test_a_folder_in_place_of_the_file_is_an_error_of_ours(folder: Path) -> None:
    (folder / FILE_NAME).mkdir(parents=True)
    with pytest.raises(StoreError):
        Store.open(folder)


def test_what_sqlite_refuses_later_is_an_error_of_ours(store: Store, file: Fingerprint) -> None:
    with pytest.raises(StoreError):
        store.add_segment(999, segment(0))
    store.close()
    with pytest.raises(StoreError):
        store.recognised(file, "d")


def test_a_full_disk_is_an_error_of_ours_and_leaves_the_store_whole(store: Store, file: Fingerprint) -> None:
    """SQLite's own limit stands in for the disk's."""
    number = recognise(store, file)
    store._db.execute("PRAGMA max_page_count = 1")
    with pytest.raises(DiskFullError, match="full"):  # noqa: PT012 - any of them may be the one
        for start in range(1000):
            store.add_segment(number, segment(start + 10, "слово " * 100))
    store._db.execute("PRAGMA max_page_count = 100000")
    assert store.recognised(file, "d") == number
    assert store.begin(file, "other", "demo", "onnx") != number


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


# --- two at once --------------------------------------------------------------------------------------------


def test_two_connections_see_each_other(store: Store, folder: Path, file: Fingerprint) -> None:
    other = Store.open(folder)
    number = recognise(store, file)
    assert other.recognised(file, "d") == number
    other.close()


def test_many_may_open_a_new_store_at_once(tmp_path: Path) -> None:
    failures: list[BaseException] = []

    def open_together(folder: Path, barrier: threading.Barrier) -> None:
        barrier.wait()
        try:
            Store.open(folder).close()
        except StoreError as error:
            failures.append(error)

    for number in range(60):
        barrier = threading.Barrier(4)
        given = (tmp_path / str(number), barrier)
        threads = [threading.Thread(target=open_together, args=given) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert not failures


def test_two_writers_wait_for_each_other(folder: Path) -> None:
    failures: list[BaseException] = []

    def write(number: int) -> None:
        try:
            store = Store.open(folder)
            for count in range(20):
                recognise(store, Fingerprint(Path(f"/{number}/{count}.mp3"), 1, 1))
            store.close()
        except BaseException as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures
    store = Store.open(folder)
    everything = [
        Fingerprint(Path(f"/{number}/{count}.mp3"), 1, 1) for number in range(4) for count in range(20)
    ]
    numbers = [store.recognised(file, "d") for file in everything]
    assert None not in numbers
    assert len(set(numbers)) == 80
    store.close()


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
