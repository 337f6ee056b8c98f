"""What a run looks like while it lasts: bars on a terminal, a line a file in a log, JSON lines for programs."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gigaam_cli.cli.console import bars_fit, draws, error_console, say
from gigaam_cli.cli.errors import explain, printable
from gigaam_cli.cli.naming import Naming, base_name
from gigaam_cli.core.errors import GigaamError
from gigaam_cli.core.events import (
    STOPPED_BY_USER,
    DeviceChosen,
    DeviceLost,
    EngineStuck,
    Event,
    FileDone,
    FileFailed,
    FileLeft,
    FileOvertaken,
    FilePostponed,
    FileSkipped,
    FileStarted,
    FileWaiting,
    FolderBack,
    FolderGone,
    ModelRewriting,
    ModelRewritten,
    ModelWaiting,
    Observer,
    RunEnding,
    RunPaused,
    RunResumed,
    SecondLook,
    SourceDeleted,
    SourceMoved,
    StoreSetAside,
    WatchStarted,
    WatchTroubled,
    nobody,
)
from gigaam_cli.core.i18n import mark, translate_plural
from gigaam_cli.core.i18n import translate as _
from gigaam_cli.core.timecode import clock
from gigaam_cli.engines.catalog import DEMO_MODELS

if TYPE_CHECKING:
    from gigaam_cli.cli.seat import Seat
    from gigaam_cli.pipeline.control import Control

_REASONS = {
    "done": mark("done already"),
    "exists": mark("a text is there that gigaam did not write; --overwrite replaces it"),
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
    "out_of_time": mark("the time for this run was over"),
    "skipped_by_user": mark("left by hand; the next run goes on with it"),
    "stopped_by_user": mark("not begun: the run was asked to finish"),
    "not_recognised": mark("not recognised to its end"),
    "not_reached": mark("not reached"),
    "device_lost": mark("the last device was lost"),
    "output_closed": mark("the reader of the texts went away"),
    "output_unwritable": mark("an output folder cannot be written to"),
}


@contextmanager
def progress(
    mode: str, quiet: bool, seat: Seat | None = None, naming: Naming = base_name
) -> Iterator[Observer]:
    """Show a run in ``mode`` (auto, rich, plain, json, none) while the body lasts; bars are drawn at ``seat``.

    Lines call recordings by ``naming``.
    """
    if draws(mode, quiet):
        from gigaam_cli.cli.bars import Bars
        from gigaam_cli.cli.seat import Seat

        place = contextlib.nullcontext(seat) if seat else Seat()
        with place as here, Bars(error_console(), here, naming) as bars:
            yield bars
    elif quiet and mode != "json":
        yield trouble_line
    elif mode == "none":
        yield nobody
    elif mode == "json":
        yield json_line
    else:
        yield partial(plain_line, naming=naming)


@contextmanager
def seated(mode: str, quiet: bool, control: Control, listen: bool) -> Iterator[Seat | None]:
    """Where bars are drawn, yield where that is: keys pressed there steer ``control``, if ``listen``."""
    if not draws(mode, quiet):
        yield None
        return
    from gigaam_cli.cli.keys import Keys
    from gigaam_cli.cli.seat import Seat

    with Seat(Keys(control) if listen and bars_fit() else None) as seat:
        yield seat


def teller(mode: str, quiet: bool) -> Observer:
    """Return what tells in ``mode`` of what happens while no run is shown."""
    if mode == "json":
        return json_line
    if quiet:
        return trouble_line
    return nobody if mode == "none" else plain_line


def trouble_line(event: Event) -> None:
    """Print a line, with the whole path, for what went wrong and for texts that stand in the way."""
    if isinstance(event, FileFailed):
        say(_failure(event, event.path))
    elif isinstance(event, FileDone) and event.suspect:
        say(printable(f"{event.path}{_suspicion(event)}"))
    elif isinstance(event, DeviceLost):
        say(_lost(event))
    elif isinstance(event, WatchTroubled | FolderGone | StoreSetAside):
        plain_line(event)
    elif isinstance(event, FileSkipped) and event.reason == "exists":
        say(_skip(event, event.path))


def plain_line(event: Event, naming: Naming = base_name) -> None:
    """Print a line for what a log should keep."""
    line = line_of(event, naming)
    if line:
        say(line)


def line_of(event: Event, naming: Naming = base_name) -> str | None:
    """Return the line that tells of ``event``, None where it deserves none; recordings are called by ``naming``."""
    about = _ABOUT_RECORDINGS.get(type(event))
    if about:
        return about(event, naming(event.path))  # type: ignore[union-attr] # each of them has one
    told = _LINES.get(type(event))
    return told(event) if told else None


def _done(event: FileDone, name: str) -> str:
    return printable(_("done") + f": {name} ({clock(event.seconds)}){_results(event)}")


def _started(event: FileStarted, name: str) -> str | None:
    """Return from where a recording is gone on with; one that begins anew is told when it is done."""
    if not event.known_until:
        return None
    what = _("{name} goes on from {time}: what comes before was recognised already")
    return printable(what.format(name=name, time=clock(event.known_until)))


def _rewriting(event: ModelRewriting) -> str:
    what = _("rewriting {model} for this machine ({precision}): it takes a minute or so, once")
    return what.format(model=event.model, precision=event.precision)


def _rewritten(event: ModelRewritten) -> str:
    if event.accepted:
        return _("rewrote {model} in {seconds} s").format(model=event.model, seconds=round(event.seconds))
    what = _("{model} is used as it came: {why}")
    return printable(what.format(model=event.model, why=_(event.reason)))


def _waiting(event: ModelWaiting) -> str:
    return _("another process is at work on {model}; waiting for it").format(model=event.model)


def _engine(event: DeviceChosen) -> str:
    """Return what recognises, on what and why there; a demonstration says that it is one."""
    what = _("model {model} ({precision}) on {device}").format(
        model=event.model, precision=event.precision, device=event.device
    )
    why = f" ({_(event.reason)})" if event.reason else ""
    label = "; " + _("a small demonstration, no substitute for the real models")
    return printable(what + why + (label if event.model in DEMO_MODELS else ""))


def _lost(event: DeviceLost) -> str:
    return printable(_("the others go on without it") + f": {explain(event.error)} [{event.error.code}]")


def _set_aside(event: StoreSetAside) -> str:
    what = _("the state store was damaged and is now {path}; gigaam adopt takes in the texts that are there")
    return printable(what.format(path=event.path))


def _stuck(event: EngineStuck) -> str:
    what = _("{device} has not answered for {seconds} s; its work is begun again")
    return printable(what.format(device=event.device, seconds=round(event.seconds)))


def _results(event: FileDone) -> str:
    """Return what is worth saying of a recording that is done."""
    silent = "" if event.words or event.suspect else ", " + _("no speech found")
    arrow = " -> " + ", ".join(path.name for path in event.outputs) if event.outputs else ""
    kept = ", ".join(path.name for path in event.kept)
    edited = "; " + _("kept as edited: {names}").format(names=kept) if kept else ""
    return f"{silent}{arrow}{edited}{_suspicion(event)}"


def _suspicion(event: FileDone) -> str:
    if not event.suspect:
        return ""
    gaps = ", ".join(f"{clock(start)}-{clock(end)}" for start, end in event.suspect)
    return "; " + _("suspect: speech without text at {gaps}").format(gaps=gaps)


def _failure(event: FileFailed, name: str | Path) -> str:
    return printable(_("failed") + f": {name}: {explain(event.error)} [{event.error.code}]")


def _postponed(event: FilePostponed, name: str) -> str:
    what = _("failed, to be tried again")
    return printable(f"{what}: {name}: {event.error.message(_)} [{event.error.code}]")


def _skip(event: FileSkipped, name: str | Path) -> str:
    return printable(_("skipped") + f": {name}: {reason(event.reason, event.detail)}")


def _again(event: SecondLook, name: str) -> str:
    gaps = ", ".join(f"{clock(start)}-{clock(end)}" for start, end in event.gaps)
    what = _("speech without text in {name} at {gaps}; listening again")
    return printable(what.format(name=name, gaps=gaps))


def _overtaken(event: FileOvertaken, name: str) -> str:
    if event.reason == "done":
        return printable(_("done by another run: {name}").format(name=name))
    return printable(_("skipped") + f": {name}: {reason(event.reason)}")


def _ending(event: RunEnding) -> str:
    if event.reason == STOPPED_BY_USER:
        return _("finishing what is in work; the rest is left for the next run")
    return _("ending: what is finished is kept, the rest is left for the next run")


def _watching(event: WatchStarted) -> str:
    number = len(event.folders)
    return translate_plural("watching {number} folder", "watching {number} folders", number).format(
        number=number
    )


def _troubled(event: WatchTroubled) -> str:
    again = _("trying again in {pause}").format(pause=clock(event.pause))
    return printable(f"{explain(event.error)} [{event.error.code}]; {again}")


_ABOUT_RECORDINGS: dict[type, Callable[[Any, str], str | None]] = {
    FileStarted: _started,
    FileDone: _done,
    FileFailed: _failure,
    FilePostponed: _postponed,
    # Of those that are done a nightly run has thousands.
    FileSkipped: lambda event, name: None if event.reason == "done" else _skip(event, name),
    SecondLook: _again,
    FileWaiting: lambda _event, name: printable(_("another run is at {name}; waiting").format(name=name)),
    FileOvertaken: _overtaken,
    FileLeft: lambda event, name: printable(_("skipped") + f": {name}: {reason(event.reason)}"),
    SourceMoved: lambda event, name: printable(_("moved") + f": {name} -> {event.target}"),
    SourceDeleted: lambda _event, name: printable(_("deleted") + f": {name}"),
}
_LINES: dict[type, Callable[[Any], str | None]] = {
    DeviceChosen: _engine,
    DeviceLost: _lost,
    StoreSetAside: _set_aside,
    EngineStuck: _stuck,
    RunEnding: _ending,
    RunPaused: lambda _event: _("paused"),
    RunResumed: lambda event: _("going on after a pause of {pause}").format(pause=clock(event.seconds)),
    ModelWaiting: _waiting,
    ModelRewriting: _rewriting,
    ModelRewritten: _rewritten,
    WatchStarted: _watching,
    WatchTroubled: _troubled,
    FolderGone: lambda event: printable(
        _("{path} is not there any more; waiting for it").format(path=event.path)
    ),
    FolderBack: lambda event: printable(_("{path} is there again").format(path=event.path)),
}


def reason(code: str, detail: str = "") -> str:
    """Return in words why an input was skipped."""
    why = _(_REASONS.get(code, code))
    return f"{why} ({detail})" if detail else why


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
