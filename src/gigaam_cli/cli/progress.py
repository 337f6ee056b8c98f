"""What a run looks like while it lasts: bars on a terminal, a line a file in a log, JSON lines for programs."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gigaam_cli.cli.console import bars_fit, error_console, say
from gigaam_cli.cli.errors import explain, printable
from gigaam_cli.core.errors import GigaamError
from gigaam_cli.core.events import (
    DeviceChosen,
    Event,
    FileDone,
    FileFailed,
    FileSkipped,
    Observer,
    RunEnding,
    nobody,
)
from gigaam_cli.core.i18n import mark
from gigaam_cli.core.i18n import translate as _
from gigaam_cli.core.timecode import clock

_REASONS = {
    "done": mark("done already"),
    "exists": mark("a text is there that gigaam did not write ({detail}); --overwrite replaces it"),
    "hidden": mark("hidden"),
    "not_a_file": mark("not a regular file"),
    "not_included": mark("not included"),
    "excluded": mark("excluded"),
    "unsettled": mark("changed just now"),
    "seen": mark("the same file under another name"),
    "interrupted": mark("interrupted"),
    "terminated": mark("terminated"),
    "hung_up": mark("hung up"),
    "disk_full": mark("no room was left"),
    "store_unusable": mark("the state store failed"),
    "not_reached": mark("not reached"),
}


@contextmanager
def progress(mode: str, quiet: bool) -> Iterator[Observer]:
    """Show a run in ``mode`` (auto, rich, plain, json, none) while the body lasts."""
    if mode == "auto":
        mode = "rich" if bars_fit() else "plain"
    if mode == "none" or (quiet and mode != "json"):
        yield nobody
    elif mode == "json":
        yield json_line
    elif mode == "plain":
        yield plain_line
    else:
        from gigaam_cli.cli.bars import Bars

        with Bars(error_console()) as bars:
            yield bars


def plain_line(event: Event) -> None:
    """Print a line for what a log should keep."""
    line = line_of(event)
    if line:
        say(line)


def line_of(event: Event) -> str | None:
    """Return the line that tells of ``event``, None where it deserves none."""
    if isinstance(event, FileDone):
        outputs = ", ".join(path.name for path in event.outputs)
        arrow = f" -> {outputs}" if outputs else ""
        return _line(_("done"), event.path, f" ({clock(event.seconds)}){arrow}")
    if isinstance(event, FileFailed):
        return _line(_("failed"), event.path, f": {explain(event.error)} [{event.error.code}]")
    if (
        isinstance(event, FileSkipped) and event.reason != "done"
    ):  # a nightly run has thousands; the summary counts
        return _line(_("skipped"), event.path, f": {reason(event.reason, event.detail)}")
    if isinstance(event, DeviceChosen):
        return printable(
            _("model {model} ({precision}) on {device}: {reason}").format(
                model=event.model, precision=event.precision, device=event.device, reason=_(event.reason)
            )
        )
    if isinstance(event, RunEnding):
        return _("ending: what is finished is kept, the rest is left for the next run")
    return None


def _line(word: str, path: Path, rest: str) -> str:
    return printable(f"{word}: {path.name}{rest}")


def reason(code: str, detail: str = "") -> str:
    """Return in words why an input was skipped."""
    return _(_REASONS.get(code, code)).format(detail=detail)


def json_line(event: Event) -> None:
    """Print ``event`` as a line of JSON."""
    say(json.dumps(as_json(event), ensure_ascii=True))


def json_error(error: GigaamError) -> None:
    """Print what ended the whole run as a line of JSON."""
    say(json.dumps({"event": "run_failed", "error": _plain(error)}, ensure_ascii=True))


def as_json(event: Event) -> dict[str, Any]:
    """Return an event as JSON values, with its kind in ``event``."""
    kind = re.sub(r"(?<!^)(?=[A-Z])", "_", type(event).__name__).lower()
    fields = {field.name: _plain(getattr(event, field.name)) for field in dataclasses.fields(event)}
    return {"event": kind, **fields}


def _plain(value: object) -> object:
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, GigaamError):
        return {"code": value.code, "message": str(value), "hint": value.hint()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value
