"""Taking in texts that the state store does not know, such as after it was lost."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gigaam_cli.core.errors import ChangedWhileReadingError, EmptyFileError, GigaamError, UnreadableError
from gigaam_cli.core.files import sha256_of
from gigaam_cli.core.i18n import mark as _
from gigaam_cli.core.text_errors import EmptyTextError, ForeignTextError, OtherRecordingError
from gigaam_cli.core.values import Source, Transcript
from gigaam_cli.media.discover import Found, Refused, Rules, discover
from gigaam_cli.pipeline.jobs import Recipe
from gigaam_cli.pipeline.plan import Wish, output_names
from gigaam_cli.pipeline.template import Template
from gigaam_cli.pipeline.transcribe import nothing_found
from gigaam_cli.store.adopted import ANY_SHAPING
from gigaam_cli.store.store import Store
from gigaam_cli.store.values import Fingerprint, Output, is_there
from gigaam_cli.writers import json_reader
from gigaam_cli.writers.base import Shaping
from gigaam_cli.writers.registry import FORMATS, writer

STATES = ("adopted", "known", "no_texts", "left_out")
"""``known``: all texts of it were known already. ``no_texts``: there are none. ``left_out``: none will do."""
_SILENCE = Transcript(Source("", 0), "", "", 0.0, 0.0, ())


@dataclass(frozen=True, slots=True)
class Adoption:
    """What is wanted: texts in ``formats`` of the recordings that ``inputs`` mean, beside them or in ``output``."""

    inputs: tuple[str | Path, ...]
    rules: Rules = field(default_factory=Rules)
    formats: tuple[str, ...] = FORMATS
    output: Path | None = None
    template: Template | None = None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A text, or a whole recording, that could not be taken in."""

    path: Path
    error: GigaamError


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of a recording, one of ``STATES``, and of its texts. ``words`` says that they are known, too."""

    recording: Path
    state: str
    texts: tuple[Path, ...] = ()
    words: bool = False
    left_out: tuple[LeftOut, ...] = ()


def adopt(wanted: Adoption, store: Store, *, work: bool = True) -> Iterator[Finding]:
    """Take in what is wanted and yield what becomes of each recording; without ``work`` only look.

    Raises:
        NoMediaFoundError: the inputs hold no recording.
    """
    items = list(discover(wanted.inputs, wanted.rules))
    found = [item for item in items if isinstance(item, Found)]
    refused = [item for item in items if isinstance(item, Refused)]
    if not found and not refused:
        raise nothing_found(wanted.inputs, items)
    names = output_names(
        found, Wish(Recipe(formats=wanted.formats), "", wanted.output, template=wanted.template), store
    )
    yield from (_nothing_of(item.path, item.error) for item in refused)
    yield from (_adopted(item, names[item.path], store, work) for item in found)


def _nothing_of(path: Path, error: GigaamError) -> Finding:
    return Finding(path, "left_out", left_out=(LeftOut(path, error),))


def _adopted(item: Found, outputs: Mapping[str, Path], store: Store, work: bool) -> Finding:
    there = {name: path for name, path in outputs.items() if os.path.lexists(path)}
    unknown = {name: path for name, path in there.items() if store.outputs.at(path) is None}
    if not unknown:
        return Finding(item.path, "known" if there else "no_texts")
    try:
        looked_at = _looked_at(item, unknown)
        texts = [text for text in looked_at if isinstance(text, _Text)]
        if work and texts:
            _take_in(item, texts, store)
    except OSError as error:
        return _nothing_of(item.path, _unreadable(error))
    except (EmptyFileError, OtherRecordingError, ChangedWhileReadingError) as error:
        return _nothing_of(item.path, error)
    paths = tuple(text.output.file.path for text in texts)
    words = any(text.said for text in texts)
    left_out = tuple(text for text in looked_at if isinstance(text, LeftOut))
    return Finding(item.path, "adopted" if texts else "left_out", paths, words, left_out)


@dataclass(frozen=True, slots=True)
class _Text:
    output: Output
    said: Transcript | None


def _looked_at(item: Found, outputs: Mapping[str, Path]) -> list[_Text | LeftOut]:
    """Return the texts, and those that cannot be taken in; raises what speaks against the whole recording."""
    if item.size == 0:
        raise EmptyFileError
    return [_text_or_reason(name, path, item) for name, path in outputs.items()]


def _text_or_reason(name: str, path: Path, item: Found) -> _Text | LeftOut:
    try:
        return _text(name, path, item)
    except (EmptyTextError, ForeignTextError) as error:
        return LeftOut(path, error)
    except OSError as error:
        return LeftOut(path, _unreadable(error))


def _unreadable(error: OSError) -> UnreadableError:
    return UnreadableError(detail=error.strerror or str(error))


def _text(name: str, path: Path, item: Found) -> _Text:
    file = Fingerprint.of(path)
    if not path.is_file():
        raise ForeignTextError(detail=_("it is not a regular file"))
    if file.size == 0 and writer(name).render(_SILENCE, Shaping()):
        raise EmptyTextError(format=name)
    return _Text(
        Output(file, name, ANY_SHAPING, sha256_of(path)), _said(path, item) if name == "json" else None
    )


def _said(path: Path, item: Found) -> Transcript:
    """Return what a JSON text tells of a recording; raises OtherRecordingError where it is of another one."""
    if path.stat().st_size > json_reader.LARGEST:
        raise ForeignTextError(detail=_("it is far too large"))
    transcript = json_reader.read(path.read_bytes())
    if transcript.source.size != item.size:
        raise OtherRecordingError(found=transcript.source.size, size=item.size)
    return transcript


def _take_in(item: Found, texts: list[_Text], store: Store) -> None:
    file = Fingerprint(item.path, item.size, item.mtime_ns)
    contents = sha256_of(item.path)
    if not is_there(file):
        raise ChangedWhileReadingError
    store.is_only_touched(file, lambda _path: contents)  # what is known of it is of this file then
    said = next((text.said for text in texts if text.said), None)
    store.adopted.take_in(file, contents, [text.output for text in texts], said)
