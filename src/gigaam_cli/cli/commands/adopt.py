"""``gigaam adopt``: taking in texts that the state store does not know."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from gigaam_cli.cli.options import (
    adopted_options,
    dry_run_option,
    json_option,
    language_option,
    named_options,
    profile_option,
)
from gigaam_cli.core.i18n import mark
from gigaam_cli.core.i18n import translate as _

if TYPE_CHECKING:
    from gigaam_cli.pipeline.adopt import Finding, LeftOut

_STATES = {
    "adopted": mark("adopted"),
    "known": mark("known already"),
    "no_texts": mark("without texts"),
    "left_out": mark("left out"),
}
_TO_ADOPT = mark("adopt")


@click.command(
    help=_(
        "Take in texts that gigaam wrote and does not know any more, such as after its state store was lost: "
        "recordings that have theirs count as done. No model is needed.\n\n"
        "What is taken in is gigaam's own from then on. Words come from the JSON, where there is one; gigaam "
        "export needs them."
    ),
    short_help=_("Take in texts that are there already."),
    options_metavar=_("[OPTIONS]"),
)
@named_options
@adopted_options
@dry_run_option
@json_option
@profile_option
@language_option
def adopt(**flags: Any) -> int:
    """Run the command and return its exit code."""
    from gigaam_cli.cli.inputs import gathered
    from gigaam_cli.cli.progress import plain_line
    from gigaam_cli.cli.requests import make_adoption
    from gigaam_cli.core.paths import state_folder
    from gigaam_cli.pipeline import adopt as work
    from gigaam_cli.store.store import Store

    if "-" in (*flags["inputs"], *flags["files"], *flags["directory"], str(flags["output"])):
        raise click.UsageError(_("adopt takes files and folders, not stdin or stdout"))
    show = _show_json if flags["as_json"] else _show
    with gathered(flags) as inputs:
        wanted = make_adoption(flags, inputs.paths)
    store = Store.open(state_folder(), plain_line)
    try:
        states = show(work.adopt(wanted, store, work=not flags["dry_run"]), flags["dry_run"])
    finally:
        store.close()
    return _code(states, ", ".join(map(str, wanted.inputs)))


def _code(states: Counter[str], where: str) -> int:
    """Return the exit code; raises NothingToAdoptError where there was nothing but recordings."""
    from gigaam_cli.cli.errors import OK, SOME_FAILED
    from gigaam_cli.core.text_errors import NothingToAdoptError

    if set(states) <= {"no_texts"}:
        raise NothingToAdoptError(where=where)
    return SOME_FAILED if states["left_out"] else OK


def _show(findings: Iterable[Finding], dry_run: bool) -> Counter[str]:
    from gigaam_cli.cli.errors import row

    counts: Counter[str] = Counter()
    troubles = 0
    for finding in findings:
        counts[finding.state] += 1
        troubles += len(finding.left_out)
        if finding.state == "adopted":
            verb = _(_TO_ADOPT) if dry_run else _word("adopted")
            names = ", ".join(path.name for path in finding.texts)
            words = "; " + _("with the words") if finding.words else ""
            click.echo(row(verb, finding.recording, names + words))
        elif finding.state == "no_texts":
            click.echo(row(_word("no_texts"), finding.recording))
        for item in finding.left_out:
            click.echo(row(_word("left_out"), item.path, _reason(item)))
    click.echo(", ".join(f"{number} {_word(state)}" for state, number in counts.most_common()))
    return counts + Counter(left_out=troubles)


def _word(state: str) -> str:
    return _(_STATES[state])


def _reason(item: LeftOut) -> str:
    from gigaam_cli.cli.errors import explain

    return f"{explain(item.error)} [{item.error.code}]"


def _show_json(findings: Iterable[Finding], dry_run: bool) -> Counter[str]:
    known = list(findings)
    counts = Counter(finding.state for finding in known)
    values = {"schema": 1, "dry_run": dry_run, "counts": counts, "recordings": [*map(_as_json, known)]}
    click.echo(json.dumps(values, ensure_ascii=True, indent=2))
    return counts + Counter(left_out=sum(len(finding.left_out) for finding in known))


def _as_json(finding: Finding) -> dict[str, Any]:
    return {
        "path": str(finding.recording),
        "state": finding.state,
        "texts": [str(path) for path in finding.texts],
        "words": finding.words,
        "left_out": [
            {"path": str(item.path), "reason": item.error.code, "message": str(item.error)}
            for item in finding.left_out
        ],
    }
