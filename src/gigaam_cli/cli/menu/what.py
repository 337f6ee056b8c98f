"""Which recordings: folders used before, the current one, a walk through folders, or typed paths."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from gigaam_cli.cli.menu.asking import Option
from gigaam_cli.cli.menu.flow import Move, Onward, Return, Session, State
from gigaam_cli.cli.menu.layout import place
from gigaam_cli.cli.menu.paths import typed_paths, wrong_paths
from gigaam_cli.cli.menu.recent import counted, current_folder, recent_folders
from gigaam_cli.core.i18n import translate as _
from gigaam_cli.core.i18n import translate_plural

_BROWSE, _TYPE = "browse", "type"


def what(session: Session, state: State) -> Move:
    """Ask what to transcribe, and go to what would come of it."""
    here = current_folder()
    recent = [folder for folder in recent_folders() if folder != here]
    counts = counted([here, *recent])
    options: list[Option[str | Path]] = [Option(place(path), path, _count(counts, path)) for path in recent]
    if counts.get(here, "0") == "0":
        options.append(Option(_here(here), here, _count(counts, here)))
    else:
        options.insert(0, Option(_here(here), here, _count(counts, here)))
    options += [
        Option(_("Browse files and folders"), _BROWSE),
        Option(_("Type or paste a path"), _TYPE),
    ]
    # Nobody means an empty folder.
    default = _BROWSE if not recent and counts.get(here) == "0" else None
    question = _("Which folder to watch?") if state.answers.watch else _("What to transcribe?")
    answer = session.ask.choose(question, options, default)
    if answer in (_BROWSE, _TYPE):
        return Onward(_browsed if answer == _BROWSE else _typed, state)
    return _chosen(state, (str(answer),))


def _browsed(session: Session, state: State) -> Move:
    return _chosen(state, tuple(map(str, session.ask.browse(current_folder()))))


def _typed(session: Session, state: State) -> Move:
    return _chosen(state, typed_paths(session.ask.path(_("Files and folders"), "", wrong_paths)))


def _chosen(state: State, inputs: tuple[str, ...]) -> Move:
    from gigaam_cli.cli.menu.ready import ready

    return Return(ready, State(replace(state.answers, inputs=inputs)))


def _here(folder: Path) -> str:
    return _("This folder: {path}").format(path=place(folder))


def _count(counts: dict[Path, str], folder: Path) -> str:
    number = counts.get(folder)
    if number is None:
        return ""
    exact = int(number.rstrip("+"))
    return translate_plural("{number} recording", "{number} recordings", exact).format(number=number)
