"""Checks as people and programs read them: marks on a terminal, plain lines elsewhere, JSON."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from gigaam_cli import __version__
from gigaam_cli.cli import terminal_check
from gigaam_cli.cli.console import is_terminal, output_console, shows_unicode
from gigaam_cli.cli.errors import ENVIRONMENT, OK, printable, row
from gigaam_cli.cli.speeds import note_speed
from gigaam_cli.core.i18n import mark
from gigaam_cli.core.i18n import translate as _
from gigaam_cli.pipeline.doctor.checkup import Checkup, sections
from gigaam_cli.pipeline.doctor.findings import Check, Checked, Section, one
from gigaam_cli.pipeline.doctor.models import WantedModel
from gigaam_cli.pipeline.doctor.remedies import Machine, this_machine
from gigaam_cli.pipeline.doctor.runner import examine

if TYPE_CHECKING:
    from rich.console import Console

_SCHEMA = 1
_MARKS = {"ok": "✓", "note": "·", "warning": "!", "failed": "✗"}
_PLAIN_MARKS = {"ok": "+", "note": "-", "warning": "!", "failed": "x"}
_STYLES = {"ok": "green", "note": "dim", "warning": "yellow", "failed": "red"}
_WORDS = {"ok": mark("ok"), "note": mark("note"), "warning": mark("warning"), "failed": mark("failed")}
# Narrower than this, what was found stands below the name of the check.
_WIDE = 60
_NAME_WIDTH = 26


def carry_out(model: WantedModel, *, offline: bool, as_json: bool) -> int:
    """Check everything, show what was found, and return the exit code."""
    machine = this_machine()
    everything = (*sections(Checkup(model, note_speed, offline), machine), *_of_the_front_end(machine))
    try:
        if as_json:
            return _print_json(examine(everything))
        return _show(everything) if is_terminal(sys.stdout) else _print_lines(examine(everything))
    finally:
        with contextlib.suppress(ImportError):  # which one of the checks told of
            from gigaam_cli.media.process import kill_all

            kill_all()


def _of_the_front_end(machine: Machine) -> Iterator[Section]:
    yield one(Check("locale", mark("Locale"), partial(terminal_check.language, machine), needed=False))
    yield one(Check("terminal", mark("Terminal"), terminal_check.screen, needed=False))


def code_of(states: Iterable[str]) -> int:
    """Return the exit code of checks that ended so."""
    return ENVIRONMENT if "failed" in states else OK


def title_of(check: Check) -> str:
    """Return what a check is called, in the language of the user."""
    return _(check.title).format(about=check.about)


def _print_lines(found: Iterable[Checked]) -> int:
    states = []
    for each in found:
        finding = each.finding
        states.append(finding.state)
        fields = (_WORDS[finding.state], title_of(each.check), finding.message(_), finding.hint(_))
        click.echo(row(_(fields[0]), *filter(None, fields[1:]), *finding.remedies))
    return code_of(states)


def _show(everything: Iterable[Section]) -> int:
    """Print marks and texts as wide as the terminal; commands are never broken, so that they can be copied."""
    console, states = output_console(), []
    marks = _MARKS if shows_unicode(sys.stdout) else _PLAIN_MARKS
    with _busy(console) as begins:
        for each in examine(everything, begins):
            states.append(each.finding.state)
            _show_one(console, marks[each.finding.state], each)
    console.print(_sum(states))
    return code_of(states)


def _show_one(console: Console, sign: str, each: Checked) -> None:
    """Print the name and what was found: side by side, or one below the other where there is no room."""
    from rich.text import Text

    finding = each.finding
    name = Text(f"{sign} {printable(title_of(each.check))}", style=_STYLES[finding.state])
    wide = console.width >= _WIDE
    indent = max(_NAME_WIDTH, name.cell_len) + 1 if wide else 2
    told = [printable(text) for text in (finding.message(_), finding.hint(_)) if text]
    lines = Text("\n".join(told)).wrap(console, console.width - indent, overflow="fold")
    if wide:
        name.pad_right(indent - name.cell_len)
        name.append_text(lines.pop(0))
    console.print(name)
    for line in lines:
        line.rstrip()
        console.print(Text(" " * indent).append_text(line))
    for command in finding.remedies:
        style = "" if finding.state == "note" else "bold"
        console.print(Text(f"  {printable(command)}", style=style), soft_wrap=True)


@contextlib.contextmanager
def _busy(console: Console) -> Iterator[Callable[[Check], object]]:
    """Show what is being looked at while the body lasts, where lines can be drawn over."""
    if console.is_dumb_terminal:
        yield lambda _check: None
        return
    with console.status("", spinner="line") as status:
        yield lambda check: status.update(printable(title_of(check)))


def _sum(states: Sequence[str]) -> str:
    failed, warnings = states.count("failed"), states.count("warning")
    if failed:
        return _("failed: {failed}, warnings: {warnings}").format(failed=failed, warnings=warnings)
    if warnings:
        return _("recordings can be transcribed; warnings: {warnings}").format(warnings=warnings)
    return _("everything works")


def _print_json(found: Iterable[Checked]) -> int:
    checks = list(found)
    code = code_of([each.finding.state for each in checks])
    values = {
        "schema": _SCHEMA,
        "version": __version__,
        "exit_code": code,
        "checks": [_as_json(each) for each in checks],
    }
    click.echo(json.dumps(values, ensure_ascii=True, indent=1))
    return code


def _as_json(each: Checked) -> dict[str, Any]:
    """Return a check as JSON values; this shape is part of the contract."""
    finding = each.finding
    return {
        "check": each.check.name,
        "about": each.check.about,
        "state": finding.state,
        "message": finding.message(),
        "hint": finding.hint(),
        "remedies": list(finding.remedies),
        "values": {name: _plain(value) for name, value in finding.values.items()},
        "seconds": round(each.seconds, 2),
    }


def _plain(value: object) -> object:
    """Return a value as JSON has it."""
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value if isinstance(value, str | int | float | None) else str(value)
