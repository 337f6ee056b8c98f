"""What is known of many recordings at once: the same as what is known of each."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from gigaam_cli.store.store import Store
from gigaam_cli.store.values import Fingerprint, Output
from tests.store.samples import ENDING, ODD_NAMES, recognise

COUNT = 1200
"""More than one query takes."""


def files(count: int) -> list[Fingerprint]:
    return [Fingerprint(Path(f"/in/{number}.mp3"), number, 7) for number in range(count)]


def test_each_of_many_is_found(store: Store) -> None:
    known = {file.path: recognise(store, file) for file in files(COUNT)[::3]}
    survey = store.survey((file.path for file in files(COUNT)), "d")
    found = {file.path: entry.recognition for file in files(COUNT) if (entry := survey.of(file.path))}
    assert found == known


def test_what_is_known_under_another_digest_is_told_apart(store: Store, file: Fingerprint) -> None:
    recognise(store, file)
    entry = store.survey([file.path], "another").of(file.path)
    assert entry is not None
    assert (entry.recognition, entry.status, entry.ever_done) == (None, "", True)
    assert entry.is_of(file)
    assert not entry.is_of(replace(file, mtime_ns=1))
    assert not entry.is_of(replace(file, size=1))


def test_one_of_several_recognitions_is_the_wanted_one(store: Store, file: Fingerprint) -> None:
    number = store.begin(file, "one", "demo", "onnx")
    store.finish(number, ENDING, [])
    begun = store.begin(file, "two", "demo", "onnx")
    for digest, expected in [("one", (number, "done")), ("two", (begun, "working"))]:
        entry = store.survey([file.path], digest).of(file.path)
        assert entry is not None
        assert (entry.recognition, entry.status) == expected
        assert entry.ever_done


def test_texts_are_found_with_their_recording_under_any_name(store: Store) -> None:
    for name in ODD_NAMES:
        file = Fingerprint(Path("/in") / name, 1, 2)
        text = Fingerprint(Path("/out") / name, 3, 4)
        store.outputs.add(recognise(store, file), [Output(text, "txt", "s")])
    survey = store.survey([Path("/in") / name for name in ODD_NAMES], "d")
    for name in ODD_NAMES:
        text_path = Path("/out") / name
        assert list(survey.outputs_of(Path("/in") / name)) == [text_path]
        assert survey.output_at(str(text_path)) == store.outputs.at(text_path)


def test_nothing_is_known_of_others(store: Store, file: Fingerprint) -> None:
    store.outputs.add(recognise(store, file), [Output(Fingerprint(Path("/x.txt"), 3, 4), "txt", "s")])
    survey = store.survey([Path("/other.mp3")], "d")
    assert survey.of(file.path) is None
    assert list(survey.outputs_of(Path("/other.mp3"))) == []
    assert survey.output_at("/x.txt") is None
