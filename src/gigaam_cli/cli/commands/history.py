"""``gigaam history``: the runs of before."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from gigaam_cli.cli.options import json_option, language_option, option
from gigaam_cli.core.i18n import translate as _

if TYPE_CHECKING:
    from gigaam_cli.store.history import Run


@click.command(
    help=_(
        "Show past runs, the newest first: when and for how long, what was done, hours of audio, speed, and how "
        "each ended."
    ),
    short_help=_("Show past runs."),
    options_metavar=_("[OPTIONS]"),
)
@option(
    "-n", "--limit", type=click.IntRange(min=1), default=20, metavar="N", help=_("How many runs to show.")
)
@json_option
@language_option
def history(limit: int, as_json: bool, lang: str | None) -> int:  # noqa: ARG001
    """Run the command and return its exit code."""
    from gigaam_cli.cli.console import say
    from gigaam_cli.cli.progress import plain_line
    from gigaam_cli.core.paths import state_folder
    from gigaam_cli.store.store import Store

    store = Store.open(state_folder(), plain_line)
    try:
        runs = list(store.history.latest(limit))
    finally:
        store.close()
    if as_json:
        values = {"schema": 1, "runs": [_as_json(run) for run in runs]}
        click.echo(json.dumps(values, ensure_ascii=True, indent=2))
        return 0
    for run in runs:
        click.echo(_row(run))
    if not runs:
        say(_("there was no run yet"))
    return 0


def _row(run: Run) -> str:
    """Return what people want to know of a run; of one without an end nothing was counted."""
    from gigaam_cli.cli.errors import row
    from gigaam_cli.core.timecode import clock

    when = f"{datetime.fromtimestamp(run.began_at).astimezone():%Y-%m-%d %H:%M:%S}"
    if run.state != "ended":
        return row(when, "-", "-", "-", "-", _manner(run))
    result = run.result
    hours = _("{hours} h").format(hours=f"{result.audio_seconds / 3600:.2f}")
    speed = f"{result.rtfx:.1f} RTFx" if result.audio_seconds else "-"
    return row(when, clock(result.wall_seconds), _counts(run), hours, speed, _manner(run))


def _counts(run: Run) -> str:
    result = run.result
    counts = _("{done} done, {failed} failed, {skipped} skipped").format(
        done=result.done, failed=result.failed, skipped=result.skipped
    )
    suspect = ", " + _("{number} suspect").format(number=result.suspect) if result.suspect else ""
    return counts + suspect


def _manner(run: Run) -> str:
    """Return how a run ended."""
    from gigaam_cli.cli.progress import reason

    if run.state == "at_work":
        return _("at work")
    if run.state == "killed":
        return _("killed")
    return reason(run.result.ended) if run.result.ended else _("complete")


def _as_json(run: Run) -> dict[str, Any]:
    start, result = run.start, run.result
    return {
        "number": run.number,
        "state": run.state,
        "began_at": round(run.began_at, 3),
        "ended_at": None if run.ended_at is None else round(run.ended_at, 3),
        "pid": run.pid,
        "version": start.version,
        "model": start.model,
        "precision": start.precision,
        "devices": list(start.devices),
        "inputs": list(start.inputs),
        "input_count": run.inputs,
        "done": result.done,
        "failed": result.failed,
        "skipped": result.skipped,
        "suspect": result.suspect,
        "audio_seconds": round(result.audio_seconds, 2),
        "wall_seconds": round(result.wall_seconds, 2),
        "rtfx": round(result.rtfx, 2),
        "ended": result.ended,
    }
