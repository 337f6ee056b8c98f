"""Everything that is known, for programs; a word a line, so that differences stay small."""

from __future__ import annotations

import json
from typing import Any, TypeAlias

from gigaam_cli.core.values import Segment, Source, Transcript, Word
from gigaam_cli.writers.base import Shaping
from gigaam_cli.writers.text import cleaned

SCHEMA = 1
"""Grows when a reader of the older files would misunderstand the newer ones."""

_Object: TypeAlias = dict[str, Any]


class JsonWriter:
    """``talk.json``: times in seconds, shares and confidences from 0 to 1, all with two decimals."""

    name = "json"
    suffix = ".json"

    def render(self, transcript: Transcript, shaping: Shaping) -> str:  # noqa: ARG002 - JSON has no shape
        """Return one object; ``partial`` is there only where it is true."""
        return _laid_out(_document(cleaned(transcript))) + "\n"


def _document(transcript: Transcript) -> _Object:
    document: _Object = {
        "schema": SCHEMA,
        "source": _source(transcript.source),
        "model": transcript.model,
        "engine": transcript.engine,
        "duration": _rounded(transcript.duration),
        "speech_seconds": _rounded(transcript.speech_seconds),
        "coverage": _rounded(transcript.coverage),
    }
    if transcript.partial:
        document["partial"] = True
    return document | {"segments": [_segment(segment) for segment in transcript.segments]}


def _source(source: Source) -> _Object:
    return {
        "name": source.name,
        "size": source.size,
        "container": source.container,
        "codec": source.codec,
        "stream": source.stream,
    }


def _segment(segment: Segment) -> _Object:
    return {
        "start": _rounded(segment.start),
        "end": _rounded(segment.end),
        "text": segment.text,
        "speaker": segment.speaker,
        "channel": segment.channel,
        "confidence": _rounded(segment.confidence),
        "words": [_word(word) for word in segment.words],
    }


def _word(word: Word) -> _Object:
    return {
        "text": word.text,
        "start": _rounded(word.start),
        "end": _rounded(word.end),
        "confidence": _rounded(word.confidence),
    }


def _rounded(value: float) -> float:
    return round(value, 2) + 0.0  # never -0.0


def _laid_out(value: object, indent: str = "") -> str:
    """Return JSON with an item a line, and what holds no list on one line."""
    inner = indent + "  "
    if isinstance(value, list) and value:
        items = [inner + _laid_out(item, inner) for item in value]
        return "[\n" + ",\n".join(items) + f"\n{indent}]"
    if isinstance(value, dict) and any(isinstance(item, list) for item in value.values()):
        pairs = [f"{inner}{_flat(name)}: {_laid_out(item, inner)}" for name, item in value.items()]
        return "{\n" + ",\n".join(pairs) + f"\n{indent}}}"
    return _flat(value)


def _flat(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
