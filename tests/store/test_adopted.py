"""Recordings whose texts were there before the store was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gigaam_cli.core.values import Source, Transcript
from gigaam_cli.store.adopted import ANY_SHAPING
from gigaam_cli.store.store import Store
from gigaam_cli.store.values import Fingerprint, Output
from tests.store.samples import TALK, recognise, segment

TEXT = Output(Fingerprint(TALK, 10, 20), "txt", ANY_SHAPING)
SAID = Transcript(
    Source("talk.mp3", 1000, "wav", "pcm_s16le", 1),
    "v3_ctc",
    "onnx",
    60.5,
    42.25,
    (segment(0), segment(7, "раз два")),
)


def states(store: Store) -> list[str]:
    return [known.status for known in store.known()]


def test_texts_are_known_and_words_are_not(store: Store, file: Fingerprint) -> None:
    assert store.adopted.number(file) is None
    store.adopted.take_in(file, "abc", [TEXT], None)
    number = store.adopted.number(file)
    known = store.outputs.at(TALK)
    assert known is not None
    assert (known.file, known.recording, known.recognition) == (TEXT.file, file.path, number)
    assert store.adopted.with_words(file, partial=True) is None
    assert store.recognised(file, "d", partial=True) is None
    assert states(store) == ["adopted"]
    assert number is not None
    assert store.status(number) == "adopted"


def test_words_that_are_known_come_out_as_they_went_in(store: Store, file: Fingerprint) -> None:
    store.adopted.take_in(file, "abc", [TEXT], SAID)
    number = store.adopted.with_words(file, partial=False)
    assert number is not None
    assert number == store.adopted.number(file)
    assert store.transcript(number) == SAID
    assert states(store) == ["done"]


def test_words_of_a_recording_that_breaks_off_do_where_that_will_do(store: Store, file: Fingerprint) -> None:
    store.adopted.take_in(file, "abc", [TEXT], replace(SAID, partial=True))
    assert store.adopted.with_words(file, partial=False) is None
    number = store.adopted.with_words(file, partial=True)
    assert number is not None
    assert store.transcript(number).partial


@pytest.mark.parametrize("change", [{"size": 1}, {"mtime_ns": 1}, {"path": Path("/other.mp3")}])
def test_another_recording_is_not_adopted_with_it(
    store: Store, file: Fingerprint, change: dict[str, object]
) -> None:
    store.adopted.take_in(file, "abc", [TEXT], SAID)
    other = replace(file, **change)  # type: ignore[arg-type]
    assert store.adopted.number(other) is None
    assert store.adopted.with_words(other, partial=True) is None


def test_what_was_adopted_goes_when_the_recording_is_another_one(store: Store, file: Fingerprint) -> None:
    store.adopted.take_in(file, "abc", [TEXT], SAID)
    store.begin(replace(file, size=2000), "d", "demo", "onnx")
    assert store.adopted.number(file) is None
    assert states(store) == ["working"]


def test_a_recording_that_was_touched_is_still_the_adopted_one(store: Store, file: Fingerprint) -> None:
    store.adopted.take_in(file, "abc", [TEXT], None)
    touched = replace(file, mtime_ns=1)
    assert store.is_only_touched(touched, lambda _path: "abc")
    assert store.adopted.number(touched) is not None


def test_words_may_come_later_and_stay(store: Store, file: Fingerprint) -> None:
    store.adopted.take_in(file, "abc", [TEXT], None)
    number = store.adopted.number(file)
    store.adopted.take_in(file, "abc", [], SAID)
    store.adopted.take_in(file, "abc", [], None)
    assert store.adopted.with_words(file, partial=False) == number is not None
    assert store.transcript(number).segments == SAID.segments
    store.adopted.take_in(file, "abc", [], replace(SAID, segments=SAID.segments[:1]))
    assert len(store.transcript(number).segments) == 1


@pytest.mark.parametrize("adopted_first", [False, True])
def test_what_was_recognised_comes_before_what_was_adopted(
    store: Store, file: Fingerprint, adopted_first: bool
) -> None:
    if adopted_first:
        store.adopted.take_in(file, "abc", [TEXT], SAID)
    number = recognise(store, file)
    if not adopted_first:
        store.adopted.take_in(file, "abc", [TEXT], None)
        store.adopted.take_in(file, "abc", [TEXT], SAID)
    assert store.adopted.with_words(file, partial=True) is None
    assert [known.recognition for known in store.known()] == [number]
    assert store.adopted.number(file) is not None, "its texts are still there"


def test_a_recognition_that_failed_does_not_count_against_the_words(store: Store, file: Fingerprint) -> None:
    store.fail(store.begin(file, "d", "demo", "onnx"), "not_media", "no")
    store.adopted.take_in(file, "abc", [TEXT], SAID)
    assert store.adopted.with_words(file, partial=False) is not None
    assert states(store) == ["done"]


def test_nothing_is_taken_in_by_half(store: Store, file: Fingerprint) -> None:
    broken = Output(TEXT.file, "txt", None)  # type: ignore[arg-type]
    with pytest.raises(Exception, match="NOT NULL"):
        store.adopted.take_in(file, "abc", [broken], SAID)
    assert (store.adopted.number(file), states(store)) == (None, [])
