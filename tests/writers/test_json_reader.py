"""What the JSON writer wrote comes back; what it cannot have written does not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

from gigaam_cli.core.text_errors import ForeignTextError
from gigaam_cli.core.values import Transcript, Word
from gigaam_cli.writers.base import Shaping
from gigaam_cli.writers.json_reader import read
from gigaam_cli.writers.json_writer import JsonWriter
from gigaam_cli.writers.registry import writer
from tests.writers.samples import LECTURE, segment, transcript
from tests.writers.strategies import monologues

TALK = transcript(
    [segment(LECTURE, 1.0, "Клиент", 0), segment("Да, конечно.", 1.0, "Сотрудник", 1), segment("", 50)]
)


def written(talk: Transcript) -> bytes:
    return JsonWriter().render(talk, Shaping()).encode()


def document(**changes: Any) -> bytes:
    values: dict[str, Any] = {**json.loads(written(TALK)), **changes}
    return json.dumps({name: value for name, value in values.items() if value != "gone"}).encode()


def with_word(**changes: Any) -> bytes:
    segments = json.loads(written(TALK))["segments"]
    segments[0]["words"][1] |= changes
    return document(segments=segments)


def rounded(word: Word) -> Word:
    return Word(word.text, round(word.start, 2), round(word.end, 2), round(word.confidence, 2))


@pytest.mark.parametrize("partial", [False, True])
def test_a_transcript_comes_back_to_two_decimals(partial: bool) -> None:
    talk = transcript(TALK.segments, partial=partial)
    again = read(written(talk))
    assert (again.source, again.model, again.engine) == (talk.source, talk.model, talk.engine)
    assert (again.duration, again.partial) == (60.0, partial)
    assert again.speech_seconds == round(talk.speech_seconds, 2)
    assert [(each.speaker, each.channel) for each in again.segments] == [
        ("Клиент", 0),
        ("Сотрудник", 1),
        (None, None),
    ]
    assert again.words == tuple(map(rounded, talk.words))


@pytest.mark.parametrize("name", ["txt", "timecodes", "md"])
def test_texts_from_it_are_those_of_the_transcript(name: str) -> None:
    texts = [writer(name).render(talk, Shaping()) for talk in (TALK, read(written(TALK)))]
    assert texts[0] == texts[1]


@given(monologues())
def test_no_word_is_lost(talk: Transcript) -> None:
    assert [word.text for word in read(written(talk)).words] == [word.text for word in talk.words]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\xfe\xfa", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"9" * 5000, "not JSON"),
        (b"[]", "lacks"),
        (b"null", "lacks"),
        (b'{"text": "whisper", "segments": []}', "lacks"),
        (b'{"schema": 1, "devices": []}', "lacks"),
        (document(schema=2), "schema"),
        (document(schema="1"), "schema"),
        (document(source="gone"), "lacks"),
        (document(source=[]), "lacks"),
        (document(model=None), "lacks"),
        (document(segments={}), "lacks"),
        (document(segments=["a"]), "lacks"),
        (document(duration=float("nan")), "lacks"),
        (document(duration=10**400), "lacks"),
        (document(duration="60"), "lacks"),
        (document(segments=json.loads(document())["segments"] * 2), "lacks"),
        (with_word(text=5), "lacks"),
        (with_word(start=float("inf")), "lacks"),
        (with_word(end=None), "lacks"),
    ],
)
def test_what_is_not_ours_is_refused_with_the_reason(data: bytes, why: str) -> None:
    with pytest.raises(ForeignTextError) as caught:
        read(data)
    assert why in str(caught.value)


def test_what_the_store_could_not_keep_is_made_harmless() -> None:
    again = read(with_word(text="да\ud800нет", start=-5.0))
    word = again.words[1]
    assert word.text == "да\N{REPLACEMENT CHARACTER}нет"
    assert word.start >= again.words[0].start
