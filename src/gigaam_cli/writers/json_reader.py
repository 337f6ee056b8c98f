"""What ``JsonWriter`` wrote, read again; whatever else a file of that name may hold is refused."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from gigaam_cli.core.errors import GigaamError
from gigaam_cli.core.i18n import mark as _
from gigaam_cli.core.text_errors import ForeignTextError
from gigaam_cli.core.values import Segment, Source, Transcript, Word
from gigaam_cli.writers.json_writer import SCHEMA
from gigaam_cli.writers.text import cleaned, encodable

LARGEST = 1 << 28
"""Bytes; a day of speech has a tenth of that."""
_LARGEST_NUMBER = 1 << 53


def read(data: bytes) -> Transcript:
    """Return the transcript that ``data`` holds; times and confidences have the two decimals of the file.

    Raises:
        ForeignTextError: it is no JSON of gigaam's, or of a schema that is not known.
    """
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ForeignTextError(detail=_("it is not JSON")) from error
    if not isinstance(document, dict) or "schema" not in document:
        raise _foreign()
    if document["schema"] != SCHEMA:
        raise ForeignTextError(detail=_("its schema is not known"))
    try:
        transcript = cleaned(_transcript(document))
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise _foreign() from error
    if len({(segment.start, segment.channel) for segment in transcript.segments}) < len(transcript.segments):
        raise _foreign()
    return transcript


def _foreign() -> GigaamError:
    return ForeignTextError(detail=_("it lacks what gigaam writes"))


def _transcript(document: Mapping[str, Any]) -> Transcript:
    source = document["source"]
    return Transcript(
        Source(
            _text(source["name"]),
            _count(source["size"]),
            _text(source["container"]),
            _text(source["codec"]),
            _count(source["stream"]),
        ),
        _text(document["model"]),
        _text(document["engine"]),
        _number(document["duration"]),
        _number(document["speech_seconds"]),
        tuple(_segment(item) for item in _items(document["segments"])),
        document.get("partial") is True,
    )


def _segment(item: Mapping[str, Any]) -> Segment:
    speaker, channel = item["speaker"], item["channel"]
    return Segment(
        _number(item["start"]),
        _number(item["end"]),
        tuple(
            Word(
                _text(word["text"]), _number(word["start"]), _number(word["end"]), _number(word["confidence"])
            )
            for word in _items(item["words"])
        ),
        None if speaker is None else _text(speaker),
        None if channel is None else _count(channel),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return encodable(value)


def _number(value: object) -> float:
    if not isinstance(value, int | float) or not math.isfinite(value) or abs(value) > _LARGEST_NUMBER:
        raise ValueError
    return float(value)


def _count(value: object) -> int:
    if not isinstance(value, int) or not 0 <= value <= _LARGEST_NUMBER:
        raise ValueError
    return value


def _items(value: object) -> Sequence[Any]:
    if not isinstance(value, list):
        raise TypeError
    return value
