"""``--dry-run``: what a run would meet, line by line and in sums, for people or as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from gigaam_cli.cli.errors import OK, SOME_FAILED, exit_code, printable, row, tell
from gigaam_cli.cli.progress import json_error, reason
from gigaam_cli.core.errors import GigaamError
from gigaam_cli.core.i18n import translate as _
from gigaam_cli.core.i18n import translate_plural
from gigaam_cli.core.sizes import size_text
from gigaam_cli.core.timecode import clock
from gigaam_cli.pipeline.folders import Room
from gigaam_cli.pipeline.jobs import FileResult
from gigaam_cli.pipeline.preview import Ahead, Preview, Sums
from gigaam_cli.pipeline.transcribe import Foreseen

_SCHEMA = 1


def show(foreseen: Foreseen, preview: Preview, *, as_json: bool, events: bool) -> int:
    """Print a line for each input as soon as it is known, then the sums; return the exit code of such a run.

    What would end the run is told on stderr, as lines of JSON where ``events`` are asked for.
    """
    items: Iterator[Ahead | FileResult] = (
        item for items in (preview, foreseen.prepared.plan.results) for item in items
    )
    codes = []
    if as_json:
        click.echo(f'{{"schema": {_SCHEMA}, "files": [')
    for number, item in enumerate(items):
        codes += [exit_code(item.error)] if item.error else []
        if as_json:
            click.echo((",\n" if number else "") + _dumps(_item_as_json(item)), nl=False)
        else:
            click.echo(_line(item))
    sums = preview.sums()
    codes += [exit_code(problem) for problem in sums.problems]
    code = max((each if each > SOME_FAILED else SOME_FAILED for each in codes), default=OK)
    if as_json:
        click.echo("\n], " + _dumps({**_sums_as_json(sums), "exit_code": code})[1:])
    else:
        _show_sums(sums, known=foreseen.prepared.choice is not None)
    for problem in sums.problems:
        (json_error if events else tell)(problem)
    return code


def _line(item: Ahead | FileResult) -> str:
    if item.error is not None:
        return row(_("would fail"), _path(item), f"{item.error.message(_)} [{item.error.code}]")
    if isinstance(item, FileResult):
        there = ", ".join(path.name for path in item.outputs) if item.reason == "exists" else ""
        return row(_("skip"), item.path, reason(item.reason, there))
    verb = _("transcribe") if item.job.recognition is None else _("write")
    outputs = ", ".join(str(path) for path in item.job.outputs.values())
    return row(verb, _path(item), outputs, "?" if item.seconds is None else clock(item.seconds))


def _path(item: Ahead | FileResult) -> Path:
    return item.path if isinstance(item, FileResult) else item.job.file.path


def _show_sums(sums: Sums, *, known: bool) -> None:
    rows = list(rows_of(sums, known=known))
    width = max(len(label) for label, _value in rows)
    click.echo()
    for label, value in rows:
        click.echo(printable(f"{label:{width}}  {value}"))
    for ahead in sums.longer:
        names = ", ".join(path.name for path in ahead.job.outputs.values())
        click.echo(printable(f"  {ahead.job.file.path} -> {names}"))
    if sums.long_names > len(sums.longer):
        click.echo(_("  ... and {number} more").format(number=sums.long_names - len(sums.longer)))


def rows_of(sums: Sums, *, known: bool) -> Iterator[tuple[str, str]]:
    """Yield labels with what stands behind them; ``known`` says that it is, what would recognise."""
    counts = _("{recognise} to transcribe, {write} to write from what is known, {fail} would fail")
    yield _("Files"), counts.format(recognise=sums.recognise, write=sums.write, fail=sums.fail)
    for code, number in sorted(sums.skipped.items()):
        yield _("Skipped"), f"{_files(number)}: {reason(code)}"
    if sums.again:
        changed = _("recognised before with another model or other options, or --force is given")
        untold = _("recognised before; without model and device it cannot be told whether they are done")
        yield _("Again"), f"{_files(sums.again)}: {changed if known else untold}"
    if sums.recognise:
        yield _("Audio"), _audio(sums)
        yield _("Time"), _time(sums)
    for room in sums.rooms:
        yield _("Disk"), _room(room)
    if sums.long_names:
        why = _("{files} do not get the short name, which is another's")
        yield _("Names"), why.format(files=_files(sums.long_names))


def _audio(sums: Sums) -> str:
    told = [clock(sums.audio_seconds)]
    if sums.known_seconds:
        told.append(
            _("{time} of it recognised by a run that did not end").format(time=clock(sums.known_seconds))
        )
    if sums.unmeasured:
        told.append(_("the length of {files} is not known").format(files=_files(sums.unmeasured)))
    return "; ".join(told)


def _time(sums: Sums) -> str:
    if sums.wall_seconds is None:
        return _("not known: there is no run yet to judge by")
    rtfx = f"{sums.speed:.1f}"
    return _("about {time}, at {rtfx} times real time").format(time=clock(sums.wall_seconds), rtfx=rtfx)


def _room(room: Room) -> str:
    free = _("not known") if room.free is None else size_text(room.free)
    told = _("about {needed} needed in {folder}, {free} free")
    return told.format(needed=size_text(room.needed), folder=room.folder, free=free)


def _files(number: int) -> str:
    return translate_plural("{number} file", "{number} files", number).format(number=number)


def _dumps(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=True)


def _item_as_json(item: Ahead | FileResult) -> dict[str, Any]:
    common = {"path": str(_path(item)), **_error_as_json(item.error)}
    if isinstance(item, FileResult):
        outputs = [str(path) for path in item.outputs]
        return {
            **common,
            "status": "fail" if item.error else "skip",
            "reason": item.reason,
            "outputs": outputs,
        }
    return {
        **common,
        "status": "fail" if item.error else "transcribe" if item.job.recognition is None else "write",
        "reason": item.error.code if item.error else "",
        "outputs": [str(path) for path in item.job.outputs.values()],
        "seconds": None if item.seconds is None else round(item.seconds, 2),
        "known_seconds": round(item.known_seconds, 2),
        "long_name": item.is_long,
        "again": item.job.before,
    }


def _error_as_json(error: GigaamError | None) -> dict[str, str]:
    return {"message": str(error) if error else "", "hint": error.hint() if error else ""}


def _sums_as_json(sums: Sums) -> dict[str, Any]:
    """Return the sums as JSON values; this shape is part of the contract, and that of a file is, too."""
    return {
        "transcribe": sums.recognise,
        "write": sums.write,
        "fail": sums.fail,
        "skipped": dict(sorted(sums.skipped.items())),
        "again": sums.again,
        "audio_seconds": round(sums.audio_seconds, 2),
        "known_seconds": round(sums.known_seconds, 2),
        "unmeasured": sums.unmeasured,
        "rtfx": sums.speed,
        "wall_seconds": None if sums.wall_seconds is None else round(sums.wall_seconds, 2),
        "long_names": sums.long_names,
        "disks": [
            {"folder": str(room.folder), "needed": room.needed, "free": room.free} for room in sums.rooms
        ],
        "problems": [{"code": problem.code, **_error_as_json(problem)} for problem in sums.problems],
    }
