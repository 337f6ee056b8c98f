"""The end of a run in numbers: a table for people, JSON for programs."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import click

from gigaam_cli.cli.console import error_console
from gigaam_cli.cli.errors import BUG, OK, SOME_FAILED, exit_code, explain, printable
from gigaam_cli.cli.progress import reason
from gigaam_cli.cli.signals import ENDINGS
from gigaam_cli.core.errors import UnexpectedError
from gigaam_cli.core.events import STOPPED_BY_USER
from gigaam_cli.core.i18n import translate as _
from gigaam_cli.core.i18n import translate_plural
from gigaam_cli.core.timecode import clock
from gigaam_cli.pipeline.jobs import BatchReport, FileResult
from gigaam_cli.pipeline.run import OUT_OF_TIME

_MOST_FAILURES_SHOWN = 50
_AT_HAND = 10
"""So many lines above a summary are still looked at together with it."""
# After any other end there is work that is in no recording's figures.
_WHOLE = (None, OUT_OF_TIME, STOPPED_BY_USER)


def code_of(report: BatchReport) -> int:
    """Return the exit code: a signal, then what ended the run, then outputs, then failed files."""
    if report.ended in ENDINGS:
        return ENDINGS[report.ended]
    if isinstance(report.fatal, UnexpectedError):
        return BUG
    codes = [exit_code(result.error) for result in report.of_status("failed") if result.error]
    codes += [SOME_FAILED for result in report.suspect if result.recognised]
    if report.fatal is not None:
        codes.append(exit_code(report.fatal))
    return max((code if code > SOME_FAILED else SOME_FAILED for code in codes), default=OK)


def show_summary(report: BatchReport, told: bool) -> None:
    """Print a run in numbers, and below that the failures; with what to do, unless they were ``told`` already.

    On a terminal those that stand just above, in a line each, are not told twice; a log has their whole paths.
    """
    from rich.text import Text

    console = error_console()
    rows = _rows(report)
    width = max(len(label) for label, _value in rows)
    console.print()
    for label, value in rows:
        console.print(Text.assemble((f"{label:{width}}  ", "bold"), value))
    seen = told and console.is_terminal and _lines(report) <= _AT_HAND
    failures = () if seen else report.of_status("failed")
    for result in failures[:_MOST_FAILURES_SHOWN]:
        console.print(Text(f"  {_failure(result, told)}", style="red"))
    if len(failures) > _MOST_FAILURES_SHOWN:
        console.print(_("  ... and {number} more").format(number=len(failures) - _MOST_FAILURES_SHOWN))


def _lines(report: BatchReport) -> int:
    """Return how many lines were printed about recordings, those that were done already have none."""
    return sum(result.status != "skipped" or result.reason != "done" for result in report.results)


def show_json(report: BatchReport) -> None:
    """Print the summary as JSON on stdout."""
    click.echo(json.dumps(as_json(report), ensure_ascii=True, indent=2))


def as_json(report: BatchReport) -> dict[str, Any]:
    """Return a run's summary as JSON values; this shape is part of the contract."""
    return {
        "schema": 1,
        "done": len(report.of_status("done")),
        "failed": len(report.of_status("failed")),
        "skipped": len(report.of_status("skipped")),
        "suspect": len(report.suspect),
        "audio_seconds": round(report.audio_seconds, 2),
        "wall_seconds": round(report.wall_seconds, 2),
        "paused_seconds": round(report.paused_seconds, 2),
        "rtfx": round(report.rtfx, 2),
        "ended": report.ended,
        "files": [file_as_json(result) for result in report.results],
    }


def file_as_json(result: FileResult) -> dict[str, Any]:
    """Return what became of one input as JSON values; part of the contract, too."""
    return {
        "path": str(result.path),
        "status": result.status,
        "reason": result.reason,
        "message": str(result.error) if result.error else "",
        "hint": result.error.hint() if result.error else "",
        "seconds": round(result.seconds, 2),
        "partial": result.partial,
        "suspect": [[round(start, 2), round(end, 2)] for start, end in result.suspect],
        "outputs": [str(path) for path in result.outputs],
    }


def _rows(report: BatchReport) -> list[tuple[str, str]]:
    rows = [(_("Files"), _counts(report))]
    if suspect := len(report.suspect):
        files = translate_plural("{number} file", "{number} files", suspect).format(number=suspect)
        rows.append((_("Suspect"), _("{files}: speech without text").format(files=files)))
    skipped = Counter(result.reason for result in report.of_status("skipped"))
    for code, number in skipped.most_common():
        files = translate_plural("{number} file", "{number} files", number).format(number=number)
        label = _("Left") if code == report.ended else _("Skipped")
        again = _("; --force does it again") if code == "done" and _did_nothing(report) else ""
        rows.append((label, f"{files}: {reason(code)}{again}"))
    if report.audio_seconds:
        rows.append((_("Audio"), clock(report.audio_seconds)))
    paused = (
        _(" (paused {pause})").format(pause=clock(report.paused_seconds)) if report.paused_seconds else ""
    )
    rows.append((_("Time"), clock(report.wall_seconds) + paused))
    if report.audio_seconds and report.ended in _WHOLE:
        rows.append((_("Speed"), _("{rtfx} times real time (RTFx)").format(rtfx=f"{report.rtfx:.1f}")))
    return rows


def _did_nothing(report: BatchReport) -> bool:
    """Whether somebody may have expected more than that all is done already."""
    return not report.of_status("done") and not report.of_status("failed") and not report.ended


def _counts(report: BatchReport) -> str:
    done, failed = report.of_status("done"), report.of_status("failed")
    known = sum(not result.recognised for result in done)
    counts = _("{done} done, {failed} failed").format(done=len(done), failed=len(failed))
    return counts + (_(" ({known} from what was recognised before)").format(known=known) if known else "")


def _failure(result: FileResult, told: bool) -> str:
    error = result.error
    text = "" if error is None else error.message(_) if told else explain(error)
    return printable(f"{result.path}: {text} [{result.reason}]")
