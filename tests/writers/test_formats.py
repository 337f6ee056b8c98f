"""What is particular to each format."""

import csv
import io
import json
from dataclasses import replace

import pytest

from gigaam_cli.core.values import Word
from gigaam_cli.writers.base import Shaping
from gigaam_cli.writers.registry import FORMATS, writer
from tests.writers.samples import SAMPLES, of_words, segment, transcript


def render(name: str, sample: str) -> str:
    return writer(name).render(SAMPLES[sample], Shaping())


def test_names_and_suffixes_are_those_of_the_contract() -> None:
    assert {name: writer(name).suffix for name in FORMATS} == {
        "txt": ".txt",
        "timecodes": "_timecodes.txt",
        "srt": ".srt",
        "vtt": ".vtt",
        "json": ".json",
        "tsv": ".tsv",
        "md": ".md",
    }
    assert FORMATS == ("txt", "timecodes", "srt", "vtt", "json", "tsv", "md")
    assert [writer(name).name for name in FORMATS] == list(FORMATS)


def test_an_unknown_name_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        writer("docx")


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("sample", SAMPLES)
def test_texts_are_clean_lines_with_a_newline_at_the_end(sample: str, name: str) -> None:
    text = render(name, sample)
    assert not {"\r", "\x00", "\x1b", "\u202e", "\u2028"} & set(text)
    assert text == "" or (text.endswith("\n") and not text.endswith("\n\n"))


@pytest.mark.parametrize("name", ["txt", "timecodes", "srt"])
def test_nothing_said_is_an_empty_file(name: str) -> None:
    assert render(name, "empty") == ""


@pytest.mark.parametrize("name", ["txt", "timecodes", "srt", "vtt", "md"])
def test_people_see_that_a_recording_is_cut_off(name: str) -> None:
    whole = writer(name).render(replace(SAMPLES["nasty"], partial=False), Shaping())
    assert "запись оборвана" in render(name, "nasty")
    assert "запись оборвана" not in whole


def test_programs_see_that_a_recording_is_cut_off() -> None:
    assert json.loads(render("json", "nasty"))["partial"] is True
    assert "partial" not in json.loads(render("json", "punctuated"))


def test_txt_has_a_blank_line_between_speakers() -> None:
    turns = [segment("Алло.", 0, "А"), segment("Да?", 1, "Б")]
    assert writer("txt").render(transcript(turns), Shaping()) == "Алло.\n\nДа?\n"


def test_timecodes_lie_around_the_phrase_but_not_over_the_next() -> None:
    words = Word("Раз.", 0.9, 4.1, 1), Word("Два.", 4.6, 5.0000001, 1)
    text = writer("timecodes").render(of_words(*words, speaker="Клиент"), Shaping())
    assert text == "[00:00:00 - 00:00:04] [Клиент] Раз.\n[00:00:04 - 00:00:05] [Клиент] Два.\n"


def test_timecodes_go_beyond_a_hundred_hours() -> None:
    text = writer("timecodes").render(of_words(Word("Да.", 360_000, 360_001, 1)), Shaping())
    assert text == "[100:00:00 - 100:00:01] Да.\n"


def test_the_same_transcript_gives_the_same_text_in_other_shapes_only_where_shape_matters() -> None:
    narrow = Shaping(max_line_width=20)
    changed = {
        name
        for name in FORMATS
        if writer(name).render(SAMPLES["punctuated"], narrow) != render(name, "punctuated")
    }
    assert changed == {"srt", "vtt"}


def test_json_has_the_fields_of_the_contract() -> None:
    document = json.loads(render("json", "dialogue"))
    assert list(document) == [
        "schema",
        "source",
        "model",
        "engine",
        "duration",
        "speech_seconds",
        "coverage",
        "segments",
    ]
    assert list(document["segments"][0]) == [
        "start",
        "end",
        "text",
        "speaker",
        "channel",
        "confidence",
        "words",
    ]
    assert list(document["segments"][0]["words"][0]) == ["text", "start", "end", "confidence"]


def test_json_has_a_word_a_line() -> None:
    lines = [line for line in render("json", "punctuated").splitlines() if '"text": "Москва"' in line]
    assert len(lines) == 1
    assert json.loads(lines[0].rstrip(",")).keys() == {"text", "start", "end", "confidence"}


def test_json_numbers_have_two_decimals_and_no_negative_zero() -> None:
    text = writer("json").render(of_words(Word("да", 0.123456, 1.0, -0.001)), Shaping())
    assert '{"text": "да", "start": 0.12, "end": 1.0, "confidence": 0.0}' in text


def test_tsv_times_are_whole_milliseconds() -> None:
    text = writer("tsv").render(of_words(Word("да", 0.1234, 1.9996, 1)), Shaping())
    assert list(csv.reader(io.StringIO(text), dialect="excel-tab"))[1] == ["123", "2000", "", "да"]
