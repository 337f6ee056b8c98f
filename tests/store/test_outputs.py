"""Published files: known as they were published, also after a run that was killed."""

from __future__ import annotations

from pathlib import Path

import pytest

from gigaam_cli.store.store import Store
from gigaam_cli.store.values import Fingerprint, Output
from tests.store.samples import ODD_NAMES, TALK, recognise


@pytest.mark.parametrize("name", ODD_NAMES)
def test_outputs_come_out_as_they_went_in(store: Store, file: Fingerprint, name: str) -> None:
    number = recognise(store, file)
    output = Fingerprint(Path("/out") / name, 10, 20)
    store.outputs.add(number, [Output(output, "txt", "s")])
    known = store.outputs.at(output.path)
    assert known is not None
    assert known.file == output
    assert (known.recording, known.recognition, known.format, known.shaping) == (
        file.path,
        number,
        "txt",
        "s",
    )
    assert store.outputs.of(file.path) == {output.path}


def test_what_nobody_published_is_unknown(store: Store, file: Fingerprint) -> None:
    assert store.outputs.at(TALK) is None
    assert store.outputs.of(file.path) == frozenset()


def test_a_file_published_again_replaces_what_was_known_of_it(store: Store, file: Fingerprint) -> None:
    number = recognise(store, file)
    for size in (10, 11):
        store.outputs.add(number, [Output(Fingerprint(TALK, size, 20), "txt", f"s{size}")])
    known = store.outputs.at(TALK)
    assert known is not None
    assert (known.file.size, known.shaping) == (11, "s11")
    assert len(store.outputs.of(file.path)) == 1


def test_outputs_stay_known_when_their_recording_is_recognised_again(store: Store, file: Fingerprint) -> None:
    number = recognise(store, file)
    store.outputs.add(number, [Output(Fingerprint(TALK, 10, 20), "txt", "s")])
    again = recognise(store, Fingerprint(file.path, 2000, 3))
    known = store.outputs.at(TALK)
    assert known is not None
    assert known.recognition == number != again
    assert store.outputs.of(file.path) == {TALK}


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
    store.outputs.announce(number, [Output(there, "txt", "s"), Output(missing, "srt", "t")])
    assert store.outputs.at(there.path) is None
    store.close()
    again = Store.open(folder)
    known = again.outputs.at(there.path)
    assert known is not None
    assert (known.file, known.recording, known.recognition, known.format) == (there, file.path, number, "txt")
    assert again.outputs.at(missing.path) is None
    assert again.outputs.of(file.path) == {there.path}
    again.close()


def test_what_another_wrote_there_is_not_taken_for_ours(folder: Path, file: Fingerprint) -> None:
    store = Store.open(folder)
    number = recognise(store, file)
    announced = placed(folder / "talk.txt")
    store.outputs.announce(number, [Output(announced, "txt", "s")])
    store.close()
    announced.path.write_text("somebody else's")
    again = Store.open(folder)
    assert again.outputs.at(announced.path) is None
    again.close()


def test_an_announcement_is_over_when_it_is_kept_or_withdrawn(folder: Path, file: Fingerprint) -> None:
    store = Store.open(folder)
    number = recognise(store, file)
    outputs = [Output(placed(folder / name), "txt", "s") for name in ("kept.txt", "withdrawn.txt")]
    store.outputs.announce(number, outputs)
    store.outputs.add(number, outputs[:1])
    store.outputs.withdraw(outputs[1:])
    store.close()
    outputs[0].file.path.unlink()
    edited = outputs[0].file.path
    edited.write_text("edited since")
    again = Store.open(folder)
    known = again.outputs.at(edited)
    assert known is not None
    assert known.file == outputs[0].file, "as it was published, not as it is"
    assert again.outputs.at(outputs[1].file.path) is None
    again.close()


def test_all_of_a_recordings_outputs_are_known_by_recognition(store: Store, file: Fingerprint) -> None:
    first, second = recognise(store, file, "one"), recognise(store, file, "two")
    store.outputs.add(second, [Output(Fingerprint(Path("/out/a.txt"), 1, 1), "txt", "s")])
    store.outputs.add(first, [Output(Fingerprint(Path("/out/b.srt"), 2, 2), "srt", "s")])
    found = [(known.recognition, known.file.path.name) for known in store.outputs.all_of(file.path)]
    assert found == [(first, "b.srt"), (second, "a.txt")]
    assert list(store.outputs.all_of(Path("/other.mp3"))) == []


def test_announcements_of_a_dead_run_do_not_stay(folder: Path, file: Fingerprint) -> None:
    store = Store.open(folder)
    number = recognise(store, file)
    missing = Fingerprint(folder / "missing.txt", 4, 4)
    assert store.leases.take(file.path)
    store.outputs.announce(number, [Output(missing, "txt", "s")])
    meanwhile = Store.open(folder)
    assert meanwhile.outputs.are_announced(), "that run lives"
    meanwhile.close()
    store.close()
    again = Store.open(folder)
    assert not again.outputs.are_announced()
    again.close()
