"""The run, and what came of it."""

from __future__ import annotations

import contextlib
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import click

from gigaam_cli.cli.caller import Caller
from gigaam_cli.cli.console import say
from gigaam_cli.cli.errors import explain, printable
from gigaam_cli.cli.menu.answers import arguments
from gigaam_cli.cli.menu.asking import Option
from gigaam_cli.cli.menu.flow import Back, Move, Onward, Quit, Return, Session, State
from gigaam_cli.cli.menu.layout import place
from gigaam_cli.cli.menu.running import run
from gigaam_cli.core.i18n import translate as _
from gigaam_cli.core.i18n import translate_plural
from gigaam_cli.core.timecode import clock
from gigaam_cli.pipeline.jobs import BatchReport, FileResult

_SHOW, _FAILED, _SUSPECT, _RETRY, _OTHER, _QUIT = range(6)
_FOLDERS = 3


def start(session: Session, state: State) -> Move:
    """Run what was answered, by the command that a shell would run, and go on to what came of it.

    Where nothing did, since it could not even begin, there are only answers to be changed.
    """
    caller = Caller()
    session.plan = session.told = None
    session.code = run(arguments(state.answers), caller)
    _tell_folders(caller.report)
    if caller.report is None:
        from gigaam_cli.cli.menu.ready import ready

        return Return(ready, State(state.answers))
    return Return(results, State(state.answers, caller.report))


def results(session: Session, state: State) -> Move:
    """Offer what can be done with the results: read them, look into failures, try again, go on."""
    report = state.report or BatchReport((), 0.0)
    texts = [result for result in report.results if result.outputs]
    failed = report.of_status("failed")
    options = list(_rows(bool(texts), len(failed), len(report.suspect)))
    chosen = session.ask.choose(_("What next?"), options)
    if chosen == _QUIT:
        return Quit()
    if chosen == _SHOW:
        return Onward(_shown, state)
    if chosen == _RETRY:
        return start(session, state)
    if chosen == _OTHER:
        from gigaam_cli.cli.menu.what import what

        return Return(what, State(state.answers))
    for line in _reasons(failed) if chosen == _FAILED else _silences(report.suspect):
        say(line)
    return Return(results, state)


def _tell_folders(report: BatchReport | None) -> None:
    """Say where the texts are."""
    outputs = [path for result in report.results for path in result.outputs] if report else []
    folders = list(dict.fromkeys(path.parent for path in outputs))
    if folders:
        more = ", ..." if len(folders) > _FOLDERS else ""
        say(_("Texts are in {folders}").format(folders=", ".join(map(place, folders[:_FOLDERS])) + more))


def _rows(texts: bool, failed: int, suspect: int) -> Iterator[Option[int]]:
    if failed:
        yield Option(_count(_("Why they failed"), failed), _FAILED)
        yield Option(_count(_("Try them again"), failed), _RETRY)
    if suspect:
        yield Option(_count(_("Speech without text"), suspect), _SUSPECT)
    if texts:
        yield Option(_("Show a text"), _SHOW)
    yield Option(_("Another folder"), _OTHER)
    yield Option(_("Quit"), _QUIT)


def _count(title: str, number: int) -> str:
    files = translate_plural("{number} file", "{number} files", number).format(number=number)
    return f"{title} ({files})"


def _reasons(failed: tuple[FileResult, ...]) -> Iterator[str]:
    """Yield what happened to each recording and what to do about it."""
    for result in failed:
        why = explain(result.error) if result.error else ""
        yield f"{place(result.path)}: {why} [{result.reason}]"


def _silences(suspect: tuple[FileResult, ...]) -> Iterator[str]:
    for result in suspect:
        gaps = ", ".join(f"{clock(start)}-{clock(end)}" for start, end in result.suspect)
        yield f"{place(result.path)}: {gaps}"


def _shown(session: Session, state: State) -> Move:
    """Show a text: on the screen where it fits, else in a pager."""
    paths = list(_texts(state.report))
    if len(paths) > 1:
        options = [Option(printable(path.name), path, place(path.parent)) for path in paths]
        path = session.ask.choose(_("Which text?"), options)
    else:
        path = paths[0]
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        say(f"{place(path)}: {_(error.strerror or str(error))}")
        return Back()
    columns, lines = shutil.get_terminal_size()
    if sum(1 + len(line) // columns for line in text.splitlines()) < lines:
        say("\n" + text)
    else:
        with _interrupts_for_others():
            click.echo_via_pager(text)
    return Back()


@contextlib.contextmanager
def _interrupts_for_others() -> Iterator[None]:
    """Leave Ctrl-C to a pager, which stays where it was."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _texts(report: BatchReport | None) -> Iterator[Path]:
    """Yield the first text of each recording: formats are written in the order in which they were named."""
    for result in report.results if report else ():
        yield from result.outputs[:1]
