"""What can be changed before a run: each screen changes one answer and goes back to the plan."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

from gigaam_cli.cli.menu.answers import Answers
from gigaam_cli.cli.menu.asking import LEFT, Option
from gigaam_cli.cli.menu.flow import Move, Onward, Return, Session, State
from gigaam_cli.cli.menu.paths import typed_paths, wrong_folder
from gigaam_cli.cli.menu.recent import current_folder
from gigaam_cli.core.i18n import mark
from gigaam_cli.core.i18n import translate as _
from gigaam_cli.writers.registry import FORMATS

_ABOUT_FORMATS = {
    "txt": mark("the text alone"),
    "timecodes": mark("phrases with their times"),
    "srt": mark("subtitles for players"),
    "vtt": mark("subtitles for the web"),
    "json": mark("words with times and confidences, for programs"),
    "tsv": mark("a table"),
    "md": mark("paragraphs as Markdown"),
}
_DEVICES = {
    "auto": mark("the first CUDA device, or the CPU"),
    "cpu": mark("the processor"),
    "cuda": mark("the first NVIDIA GPU"),
    "all": mark("every NVIDIA GPU"),
}
_PRECISIONS = ("auto", "fp32", "fp16", "int8")
_BESIDE, _FOLDER = "beside", "folder"


def _changed(state: State, **changes: Any) -> Move:
    from gigaam_cli.cli.menu.ready import ready

    return Return(ready, State(replace(state.answers, **changes)))


def model(session: Session, state: State) -> Move:
    """Ask which of the models to use; those that are here come first."""
    from gigaam_cli.engines.inventory import holdings

    options = [
        Option(item.name, item.name, model_note(item.name, here=bool(item.precisions)))
        for item in sorted(holdings(), key=lambda item: (not item.precisions, not item.source))
    ]
    now = state.answers.model or _planned(session).model
    return _changed(state, model=session.ask.choose(_("Which model?"), options, now))


def model_note(name: str, *, here: bool) -> str:
    """Return what a model is for, and whether and how much has to be fetched."""
    from gigaam_cli.cli.model_table import size_to_fetch
    from gigaam_cli.engines.catalog import about

    size = size_to_fetch(name)
    absent = "" if here else _("to be fetched") + (f" ({size})" if size else "") + ": "
    return absent + _(about(name))


def formats(session: Session, state: State) -> Move:
    """Ask for the formats."""
    now = state.answers.formats or _planned(session).recipe.formats
    options = [Option(name, name, _(_ABOUT_FORMATS.get(name, ""))) for name in FORMATS]
    return _changed(state, formats=session.ask.choose_some(_("Which formats?"), options, now))


def output(session: Session, state: State) -> Move:
    """Ask where the texts go."""
    options = [
        Option(_("Beside each recording"), _BESIDE),
        Option(_("Into a folder, in the same tree"), _FOLDER),
    ]
    now = _FOLDER if state.answers.output else _BESIDE
    if session.ask.choose(_("Where do the texts go?"), options, now) == _BESIDE:
        return _changed(state, output=None)
    return Onward(_output_folder, state)


def _output_folder(session: Session, state: State) -> Move:
    now = state.answers.output or str(current_folder())
    typed = session.ask.path(_("Folder"), now, wrong_folder, only_folders=True)
    return _changed(state, output=typed_paths(typed)[0])


def more(session: Session, state: State) -> Move:
    """Ask for what is seldom asked, until it is right."""
    answers, at = state.answers, "device"
    while True:
        try:
            at = session.ask.choose(_("More options"), list(_rows(session, answers)), at, leave=_("Done"))
        except LEFT:
            return _changed(State(answers))
        with suppress(*LEFT):
            answers = _turned(session, answers, at)


def _rows(session: Session, answers: Answers) -> Iterator[Option[str]]:
    request = _planned(session)
    yield Option(_("Device"), "device", answers.device or request.device)
    yield Option(_("Precision"), "precision", answers.precision or request.precision)
    recursive = request.rules.recursive if answers.recursive is None else answers.recursive
    yield Option(_("Look into sub-folders"), "recursive", _yes(recursive))
    yield Option(_("Replace texts of others"), "overwrite", _yes(answers.overwrite))
    yield Option(_("Publish what breaks off"), "allow_partial", _yes(answers.allow_partial))
    if not answers.watch:
        yield Option(_("Do again what is done"), "force", _yes(answers.force))


def _yes(value: bool) -> str:
    return _("yes") if value else _("no")


def _turned(session: Session, answers: Answers, name: str) -> Answers:
    """Return the answers with one of them changed: asked for, or turned over."""
    if name == "device":
        return replace(answers, device=_device(session, answers))
    if name == "precision":
        options = [Option(each, each) for each in _PRECISIONS]
        return replace(answers, precision=session.ask.choose(_("Precision"), options, answers.precision))
    now = getattr(answers, name)
    if name == "recursive" and now is None:
        now = _planned(session).rules.recursive
    changes: dict[str, Any] = {name: not now}
    return replace(answers, **changes)


def _device(session: Session, answers: Answers) -> str:
    options = [Option(name, name, _(note)) for name, note in _DEVICES.items()]
    return session.ask.choose(_("Device"), options, answers.device)


def _planned(session: Session) -> Any:
    """Return the request behind the plan: what the settings say of what was not answered."""
    from gigaam_cli.pipeline.request import Request

    return session.plan[1].request if session.plan else Request(())
