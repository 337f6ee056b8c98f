"""Other people's parsers read every sample, and read the text that was recognised."""

import csv
import html
import io
import json
import math
import re

import pysubs2
import pytest
import webvtt
from markdown_it import MarkdownIt

from gigaam_cli.writers.base import Shaping
from gigaam_cli.writers.cues import cues
from gigaam_cli.writers.phrases import paragraphs, phrases
from gigaam_cli.writers.registry import writer
from gigaam_cli.writers.text import cleaned, plain
from tests.writers.samples import SAMPLES

SHAPING = Shaping()
every_sample = pytest.mark.parametrize("sample", SAMPLES)


def render(name: str, sample: str) -> str:
    return writer(name).render(SAMPLES[sample], SHAPING)


def harmless(text: str) -> str:
    return text.translate(str.maketrans("<>{}\\", "‹›()/"))


@every_sample
def test_pysubs2_reads_srt(sample: str) -> None:
    events = pysubs2.SSAFile.from_string(render("srt", sample), format_="srt").events
    expected = cues(SAMPLES[sample], SHAPING)
    if SAMPLES[sample].partial:
        assert events.pop().plaintext == "[запись оборвана]"
    assert [event.plaintext for event in events] == [harmless("\n".join(cue.lines)) for cue in expected]
    assert [event.start for event in events] == [round(cue.start * 1000) for cue in expected]
    assert [event.end for event in events] == [round(cue.end * 1000) for cue in expected]


@every_sample
def test_srt_says_an_arrow_in_times_only(sample: str) -> None:
    text = render("srt", sample)
    times = re.findall(r"^\d\d:\d\d:\d\d,\d{3} --> \d\d:\d\d:\d\d,\d{3}$", text, re.MULTILINE)
    assert text.count("-->") == len(times)


@every_sample
def test_webvtt_reads_vtt(sample: str) -> None:
    captions = webvtt.from_string(render("vtt", sample)).captions
    expected = cues(SAMPLES[sample], SHAPING)
    shown = ["\n".join(cue.lines).removeprefix(cue.label).strip() for cue in expected]
    assert [_unescaped(caption.raw_text) for caption in captions] == shown
    assert [caption.start_in_seconds for caption in captions] == [int(cue.start) for cue in expected]


def _unescaped(raw: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", raw))


@every_sample
def test_vtt_says_an_arrow_in_times_only(sample: str) -> None:
    text = render("vtt", sample)
    times = re.findall(r"^\d\d:\d\d:\d\d\.\d{3} --> \d\d:\d\d:\d\d\.\d{3}$", text, re.MULTILINE)
    assert text.count("-->") == len(times)


@every_sample
def test_json_reads_json(sample: str) -> None:
    document = json.loads(render("json", sample), parse_constant=pytest.fail)
    words = [word for segment in document["segments"] for word in segment["words"]]
    expected = cleaned(SAMPLES[sample]).words
    assert [word["text"] for word in words] == [word.text for word in expected]
    for word, original in zip(words, expected, strict=True):
        assert math.isclose(word["start"], original.start, abs_tol=0.0051)
    for segment in document["segments"]:
        assert segment["text"] == " ".join(word["text"] for word in segment["words"])


@every_sample
def test_csv_reads_tsv(sample: str) -> None:
    rows = list(csv.reader(io.StringIO(render("tsv", sample)), dialect="excel-tab", strict=True))
    assert rows[0] == ["start", "end", "speaker", "text"]
    expected = list(phrases(SAMPLES[sample], SHAPING))
    assert [row[2:] for row in rows[1:]] == [[phrase.speaker or "", phrase.text] for phrase in expected]
    assert all(int(row[0]) <= int(row[1]) for row in rows[1:])


@every_sample
def test_markdown_it_reads_md(sample: str) -> None:
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(render("md", sample))
    inline = [token for token in tokens if token.type == "inline"]
    shown = ["".join(child.content for child in token.children or []) for token in inline]
    expected = paragraphs(list(phrases(SAMPLES[sample], SHAPING)), SHAPING, SHAPING.max_paragraph_seconds)
    assert shown[0] == plain(SAMPLES[sample].source.name)
    assert [token.type for token in tokens[:3]] == ["heading_open", "inline", "heading_close"]
    assert {token.type for token in tokens[3:]} <= {"paragraph_open", "inline", "paragraph_close"}
    end = -1 if SAMPLES[sample].partial else len(shown)
    for text, paragraph in zip(shown[2:end], expected, strict=True):
        assert text.endswith(f" {paragraph.text}")
        assert not paragraph.speaker or f"{paragraph.speaker}:" in text
