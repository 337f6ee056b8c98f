"""Before the run: the plan in sums, the command line, and every answer to be changed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from gigaam_cli.cli.console import say
from gigaam_cli.cli.menu import choices
from gigaam_cli.cli.menu.answers import Answers, arguments
from gigaam_cli.cli.menu.asking import Option
from gigaam_cli.cli.menu.fetch import fetch
from gigaam_cli.cli.menu.flow import Move, Onward, Quit, Return, Session, State
from gigaam_cli.cli.menu.layout import place, places
from gigaam_cli.cli.menu.plan import Plan, look, tell
from gigaam_cli.cli.menu.saving import crontab, profile
from gigaam_cli.cli.menu.shell import shell_line
from gigaam_cli.cli.menu.started import start
from gigaam_cli.cli.menu.what import what
from gigaam_cli.core.i18n import translate as _
from gigaam_cli.core.i18n import translate_plural
from gigaam_cli.core.timecode import clock

if TYPE_CHECKING:
    from gigaam_cli.core.model_errors import ModelMissingError
    from gigaam_cli.pipeline.preview import Sums

_START, _QUIT = "start", "quit"
_FETCH, _USE = "fetch", "use"
_SCREENS = {
    "what": what,
    "model": choices.model,
    "formats": choices.formats,
    "output": choices.output,
    "more": choices.more,
    "profile": profile,
    "crontab": crontab,
}


def ready(session: Session, state: State) -> Move:
    """Show what would come of the answers, and ask whether to start or what to change."""
    plan = _plan(session, state.answers)
    if session.told != state.answers:
        if plan is not None and plan.missing is None:
            tell(plan)
            _tell_line(state.answers)
        session.told = state.answers
    options = list(_rows(state.answers, plan))
    default = _default(session, state.answers, plan, options)
    chosen, _colon, model = session.ask.choose(_question(plan), options, default).partition(":")
    if chosen == _FETCH:
        fetch(session, model)
        session.plan = session.told = None
        return Return(ready, state)
    if chosen == _USE:
        return Return(ready, State(replace(state.answers, model=model)))
    if chosen == _START:
        return start(session, state)
    if chosen == _QUIT:
        return Quit()
    return Onward(_SCREENS[chosen], state)


def _tell_line(answers: Answers) -> None:
    """Print the command that does the same from a shell, byte for byte."""
    say(_("The same from a shell:"))
    click.echo(os.fsencode(shell_line(arguments(answers))), err=True)


def _plan(session: Session, answers: Answers) -> Plan | None:
    """Return the plan of these answers, anew where they or the world changed; a watch begins with a run."""
    if session.plan is None or session.plan[0] != answers:
        plan = look(replace(answers, watch=False))
        session.plan = None if plan is None else (answers, plan)
    return session.plan[1] if session.plan else None


def _question(plan: Plan | None) -> str:
    if plan is None:
        return _("This cannot be done; change something?")
    if plan.missing is not None:
        return _("The model {model} is not here. Which one to use?").format(
            model=plan.missing.values["model"]
        )
    return _in_short(plan.sums)


def _in_short(sums: Sums) -> str:
    """Return what Start would do, for screens on which the sums above are out of sight."""
    count = translate_plural("{number} file", "{number} files", sums.recognise)
    files = count.format(number=sums.recognise)
    if not sums.recognise:
        idle = _("Nothing is left to transcribe. Change something?")
        return _("Start, or change something?") if sums.write else idle
    told = _("Start? {files}, {audio} of audio").format(files=files, audio=clock(sums.audio_seconds))
    if sums.wall_seconds is not None:
        told += ", " + _("about {time}").format(time=clock(sums.wall_seconds))
    return told


def _rows(answers: Answers, plan: Plan | None) -> Iterator[Option[str]]:
    if plan is not None and plan.missing is not None:
        yield from _models(plan.missing)
    elif plan is not None:
        yield Option(_("Start"), _START)
    yield from _answer_rows(answers, plan)
    if plan is not None:
        yield Option(_("Save as a profile"), "profile")
        if os.name != "nt" and not answers.watch:
            yield Option(_("Line for crontab"), "crontab")
    yield Option(_("Quit"), _QUIT)


def _answer_rows(answers: Answers, plan: Plan | None) -> Iterator[Option[str]]:
    """Yield each answer, with what holds now; what was not answered is as the settings say."""
    request = plan.request if plan else None
    names = answers.formats or (request.recipe.formats if request else ())
    output = answers.output or (request.output if request else None)
    yield Option(_("Recordings"), "what", places(answers.inputs))
    yield Option(_("Model"), "model", answers.model or (request.model if request else ""))
    yield Option(_("Formats"), "formats", ", ".join(names))
    yield Option(_("Texts"), "output", place(output) if output else _("beside each recording"))
    yield Option(_("More options"), "more")


def _default(
    session: Session, answers: Answers, plan: Plan | None, options: Iterable[Option[str]]
) -> str | None:
    """Return the row that Enter takes, None for the first: nobody starts what has nothing to do, but a watch."""
    if session.fetch_failed:
        return _usable(options)
    idle = plan is not None and plan.missing is None and not (plan.sums.recognise or plan.sums.write)
    return "what" if idle and not answers.watch else None


def _usable(options: Iterable[Option[str]]) -> str | None:
    """Return the first row with a model that is here already, in place of one that did not come."""
    return next((each.value for each in options if each.value.startswith(f"{_USE}:")), None)


def _models(missing: ModelMissingError) -> Iterator[Option[str]]:
    """Yield what to use in place of the model that is not here: what is, or itself once it is fetched."""
    from gigaam_cli.cli.fetching import named_source
    from gigaam_cli.engines.inventory import holdings

    here = [item for item in holdings() if item.precisions]
    name = str(missing.values["model"])
    fetch = Option(_("Fetch {model}").format(model=name), f"{_FETCH}:{name}", named_source(name))
    own = [item for item in here if item.source]
    demo = [item for item in here if not item.source][:1]
    rows = [
        Option(
            _("Use {model}").format(model=item.name),
            f"{_USE}:{item.name}",
            choices.model_note(item.name, here=True),
        )
        for item in (*own, *demo)
    ]
    yield from [*rows[: len(own)], fetch, *rows[len(own) :]]
