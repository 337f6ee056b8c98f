"""``gigaam status``: how recordings stand, from the state store."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gigaam_cli.cli.options import examples, json_option, language_option, option, paths_argument
from gigaam_cli.core.i18n import mark
from gigaam_cli.core.i18n import translate as _

if TYPE_CHECKING:
    from gigaam_cli.pipeline.overview import Standing

_STATES = {
    "done": mark("done"),
    "suspect": mark("speech without text"),
    "partial": mark("breaks off"),
    "failed": mark("failed"),
    "in_work": mark("in work"),
    "begun": mark("begun"),
    "stale": mark("changed since"),
    "gone": mark("not there any more"),
    "unwritten": mark("a text is gone"),
    "adopted": mark("adopted"),
}


@click.command(
    help=_(
        "Show how recordings stand: of those that are or lie below a PATH, or of all that gigaam knows.\n\n"
        "Those that are done are only counted."
    ),
    short_help=_("Show how recordings stand."),
    epilog=examples(
        "gigaam status recordings",
        "gigaam status --json",
    ),
    options_metavar=_("[OPTIONS]"),
)
@paths_argument
@option("--all", "everything", is_flag=True, help=_("Show those that are done, too."))
@json_option
@language_option
def status(paths: tuple[Path, ...], everything: bool, as_json: bool, lang: str | None) -> int:  # noqa: ARG001
    """Run the command and return its exit code."""
    from gigaam_cli.cli.progress import plain_line
    from gigaam_cli.core.paths import state_folder
    from gigaam_cli.pipeline.overview import overview
    from gigaam_cli.store.store import Store

    store = Store.open(state_folder(), plain_line)
    try:
        standings = list(overview(store, paths))
    finally:
        store.close()
    counts = Counter(each.state for each in standings)
    if as_json:
        click.echo(json.dumps(_as_json(standings, counts), ensure_ascii=True, indent=2))
        return 0
    for each in standings:
        if everything or each.state not in ("done", "adopted"):
            click.echo(_row(each))
    click.echo(", ".join(f"{number} {_(_STATES[state])}" for state, number in counts.most_common()) or "0")
    return 0


def _row(each: Standing) -> str:
    from gigaam_cli.cli.errors import row

    known = each.known
    fields: list[object] = [_(_STATES[each.state]), known.file.path]
    if each.state == "failed":
        fields.append(f"{known.error_message} [{known.error_code}]")
    return row(*fields)


def _as_json(standings: list[Standing], counts: Mapping[str, int]) -> dict[str, Any]:
    return {
        "schema": 1,
        "counts": dict(counts),
        "recordings": [
            {
                "path": str(each.known.file.path),
                "state": each.state,
                "model": each.known.model,
                "reason": each.known.error_code if each.state == "failed" else "",
                "message": each.known.error_message if each.state == "failed" else "",
            }
            for each in standings
        ],
    }
