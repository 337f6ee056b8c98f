"""From the flags of a command to a request to the pipeline."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from gigaam_cli.cli.console import text_output
from gigaam_cli.cli.errors import BROKEN_PIPE
from gigaam_cli.cli.parameters import absolute
from gigaam_cli.core.i18n import translate as _
from gigaam_cli.engines.load import EngineOptions
from gigaam_cli.media.decode import DecodeOptions
from gigaam_cli.media.discover import Rules
from gigaam_cli.media.ffmpeg import Cut
from gigaam_cli.pipeline.adopt import Adoption
from gigaam_cli.pipeline.export import Export
from gigaam_cli.pipeline.jobs import Recipe
from gigaam_cli.pipeline.moving import Disposal
from gigaam_cli.pipeline.plan import Plan
from gigaam_cli.pipeline.request import Request
from gigaam_cli.pipeline.sinks import StreamSink
from gigaam_cli.pipeline.watch_request import Watch
from gigaam_cli.segment.spans import SegmentOptions
from gigaam_cli.writers.registry import FORMATS, writer

_DEFAULT_FORMATS = ("txt", "timecodes")
# Put one behind the other, these are no longer what their readers expect.
_ONE_RECORDING_EACH = ("srt", "vtt", "tsv")


def make_request(flags: Mapping[str, Any], inputs: tuple[str, ...], to_stdout: bool) -> Request:
    """Return what ``flags`` ask for, with ``inputs`` in place of those they name."""
    recipe = _recipe(flags, _formats(flags, to_stdout))
    output: Path | None = flags["output"]
    if output is not None and not to_stdout and _is_a_texts_name(output):
        raise click.UsageError(
            _("-o names a folder; one text into a file of your choice: -o - > {name}").format(
                name=output.name
            )
        )
    return Request(
        inputs=inputs,
        rules=_rules(flags),
        recipe=recipe,
        model=flags["model"],
        device=flags["device"],
        precision=flags["precision"],
        engine=EngineOptions(flags["threads"], flags["batch_size"]),
        output=None if to_stdout or output is None else absolute(output),
        template=flags["template"],
        overwrite=flags["overwrite"],
        force=flags["force"],
        begin_within=min(
            (limit for limit in (flags["max_runtime"], flags["until"]) if limit is not None), default=None
        ),
        retries=flags["retries"],
        sink=(lambda plan: stream_sink(plan, recipe)) if to_stdout else None,
    )


def make_watch(flags: Mapping[str, Any], folders: tuple[Path, ...]) -> Watch:
    """Return what ``flags`` ask for, of ``folders``."""
    if str(flags["output"]) == "-":
        raise click.UsageError(_("a watch writes files; name a folder with -o"))
    request = make_request(
        {**flags, "force": False, "max_runtime": None, "until": None}, tuple(map(str, folders)), False
    )
    return Watch(request, flags["rescan"], _disposal(flags, folders))


def _disposal(flags: Mapping[str, Any], folders: tuple[Path, ...]) -> Disposal | None:
    """Return what is to become of finished sources, None where they stay."""
    if flags["delete_source"] and flags["move_to"] is not None:
        raise click.UsageError(_("--move-to and --delete-source exclude each other"))
    if flags["delete_source"]:
        return Disposal(folders, None)
    if flags["move_to"] is None:
        return None
    to = absolute(flags["move_to"])
    for folder in folders:
        if _is_below(to, folder):
            message = _("--move-to {path} lies in {folder}, which is watched; name a folder outside")
            raise click.UsageError(message.format(path=to, folder=folder))
    return Disposal(folders, to)


def _is_below(path: Path, folder: Path) -> bool:
    """Whether ``path`` is or lies below ``folder``, by whatever links, mounts and spelling."""
    real = Path(os.path.realpath(path))
    return real.is_relative_to(os.path.realpath(folder)) or any(
        _are_one(place, folder) for place in (real, *real.parents)
    )


def _are_one(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)
    except OSError:  # one of them is not there
        return False


def make_export(flags: Mapping[str, Any], paths: tuple[Path, ...]) -> Export:
    """Return what ``flags`` ask to be written of the recordings at ``paths``."""
    to_stdout = str(flags["output"]) == "-"
    recipe = Recipe(formats=_formats(flags, to_stdout), allow_partial=True)
    return Export(
        below=paths,
        recipe=recipe,
        output=None if to_stdout or flags["output"] is None else absolute(flags["output"]),
        template=flags["template"],
        overwrite=flags["overwrite"],
        sink=(lambda plan: stream_sink(plan, recipe)) if to_stdout else None,
    )


def make_adoption(flags: Mapping[str, Any], inputs: tuple[str, ...]) -> Adoption:
    """Return which texts of the recordings in ``inputs`` are to be taken in."""
    return Adoption(
        inputs=inputs,
        rules=_rules(flags),
        formats=_named_formats(flags) or FORMATS,
        output=None if flags["output"] is None else absolute(flags["output"]),
        template=flags["template"],
    )


def _rules(flags: Mapping[str, Any]) -> Rules:
    return Rules(flags["recursive"], flags["include"], flags["exclude"], flags["settle"])


def _is_a_texts_name(output: Path) -> bool:
    try:
        return output.suffix in {writer(name).suffix for name in FORMATS} and not output.is_dir()
    except OSError:  # whatever it is, it is found out when the folder is looked at
        return False


def stream_sink(plan: Plan, recipe: Recipe) -> StreamSink:
    """Return a sink that prints texts on stdout, in the order of the recordings."""
    (name,) = recipe.formats
    if len(plan.jobs) > 1 and name in _ONE_RECORDING_EACH:
        raise click.UsageError(
            _("{name} on stdout takes one recording; name a folder with -o for several").format(name=name)
        )
    if sys.stdout is None:
        raise click.exceptions.Exit(BROKEN_PIPE)
    return StreamSink(text_output(), recipe, [job.number for job in plan.jobs])


def _formats(flags: Mapping[str, Any], to_stdout: bool) -> tuple[str, ...]:
    named = _named_formats(flags)
    if not to_stdout:
        return named or _DEFAULT_FORMATS
    if len(named) > 1:
        raise click.UsageError(_("stdout takes one format; name one with -F"))
    return named or _DEFAULT_FORMATS[:1]


def _named_formats(flags: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for names in flags["formats"] for name in names))


def _recipe(flags: Mapping[str, Any], formats: tuple[str, ...]) -> Recipe:
    if flags["end"] is not None and flags["end"] <= flags["start"]:
        raise click.UsageError(_("--end must be later than --start"))
    return Recipe(
        formats=formats,
        segment=SegmentOptions(
            vad=flags["vad"],
            threshold=flags["vad_threshold"],
            max_segment=flags["max_segment"],
            min_silence=flags["min_silence"],
            pad=flags["pad"],
        ),
        decode=DecodeOptions(
            Cut(flags["start"], flags["end"]), flags["stall_timeout"], flags["max_duration"]
        ),
        audio_stream=flags["audio_stream"],
        allow_partial=flags["allow_partial"],
    )
