"""``gigaam verify``: whether published texts are whole, and of the recordings as they are."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gigaam_cli.cli.options import examples, json_option, language_option, option, paths_argument
from gigaam_cli.core.i18n import mark
from gigaam_cli.core.i18n import translate as _

if TYPE_CHECKING:
    from gigaam_cli.pipeline.verify import Verdict

_STATES = {
    "ok": mark("whole"),
    "edited": mark("edited"),
    "missing": mark("missing"),
    "damaged": mark("damaged"),
    "stale": mark("changed since"),
    "gone": mark("not there any more"),
    "unreadable": mark("cannot be read"),
    "unchecked": mark("unchecked"),
}
_STALE_TEXT = mark("of an earlier recognition")


@click.command(
    help=_(
        "Check whether texts are whole and recordings what they were: of recordings that are or lie below a PATH, "
        "or of all that gigaam knows.\n\n"
        "What is whole or cannot be checked is only counted. Nothing is changed."
    ),
    short_help=_("Check whether texts are whole."),
    epilog=examples(
        "gigaam verify recordings",
    ),
    options_metavar=_("[OPTIONS]"),
)
@paths_argument
@option("--contents", is_flag=True, help=_("Read every recording and compare its checksum."))
@json_option
@language_option
def verify(paths: tuple[Path, ...], contents: bool, as_json: bool, lang: str | None) -> int:  # noqa: ARG001
    """Run the command and return its exit code."""
    from gigaam_cli.cli.errors import OK, SOME_FAILED
    from gigaam_cli.cli.progress import plain_line
    from gigaam_cli.core.paths import state_folder
    from gigaam_cli.pipeline import verify as work
    from gigaam_cli.store.store import Store

    counts = _Counts()
    store = Store.open(state_folder(), plain_line)
    try:
        verdicts = counts.over(work.verify(store, paths, contents=contents))
        if as_json:
            _print_json(verdicts, counts)
        else:
            _print(verdicts, counts)
    finally:
        store.close()
    return OK if work.HARMLESS.issuperset([*counts.recordings, *counts.texts]) else SOME_FAILED


class _Counts:
    """How many recordings and texts there are of each state, of those that went by."""

    def __init__(self) -> None:
        self.recordings: Counter[str] = Counter()
        self.texts: Counter[str] = Counter()

    def over(self, verdicts: Iterator[Verdict]) -> Iterator[Verdict]:
        """Count while yielding."""
        for verdict in verdicts:
            self.recordings[verdict.state] += 1
            self.texts.update(text.state for text in verdict.texts)
            yield verdict


def _print(verdicts: Iterator[Verdict], counts: _Counts) -> None:
    from gigaam_cli.cli.errors import row

    for verdict in verdicts:
        if verdict.state not in ("ok", "unchecked"):
            click.echo(row(_(_STATES[verdict.state]), verdict.recording))
        for text in verdict.texts:
            if text.state not in ("ok", "unchecked"):
                state = _STALE_TEXT if text.state == "stale" else _STATES[text.state]
                click.echo(row(_(state), text.path))
    click.echo(_("texts: {counts}").format(counts=_in_words(counts.texts, {"stale": _STALE_TEXT})))
    click.echo(
        _("recordings: {counts}").format(counts=_in_words(counts.recordings, {"ok": mark("unchanged")}))
    )


def _in_words(counts: Counter[str], names: dict[str, str]) -> str:
    return ", ".join(f"{number} {_((_STATES | names)[state])}" for state, number in counts.most_common())


def _print_json(verdicts: Iterator[Verdict], counts: _Counts) -> None:
    """Print an object with a recording a line: however many there are, one at a time is in memory."""
    click.echo('{"schema": 1, "recordings": [', nl=False)
    separator = "\n"
    for verdict in verdicts:
        click.echo(separator + json.dumps(_as_json(verdict), ensure_ascii=True), nl=False)
        separator = ",\n"
    sums = {"recordings": counts.recordings, "texts": counts.texts}
    click.echo(f'\n], "counts": {json.dumps(sums, ensure_ascii=True)}}}')


def _as_json(verdict: Verdict) -> dict[str, Any]:
    return {
        "path": str(verdict.recording),
        "state": verdict.state,
        "texts": [
            {"path": str(text.path), "format": text.format, "state": text.state} for text in verdict.texts
        ],
    }
