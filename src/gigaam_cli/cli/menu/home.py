"""The first screen: what gigaam can do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from gigaam_cli.cli.menu.answers import Answers
from gigaam_cli.cli.menu.asking import Option
from gigaam_cli.cli.menu.fetch import fetch
from gigaam_cli.cli.menu.flow import Back, Move, Onward, Return, Session, State
from gigaam_cli.cli.menu.running import run
from gigaam_cli.core.i18n import translate as _
from gigaam_cli.core.paths import models_folder
from gigaam_cli.core.sizes import rough_size
from gigaam_cli.engines.catalog import CATALOG, DEFAULT_MODEL, download_size

_COMMANDS = {
    "status": ("status",),
    "doctor": ("doctor",),
    "demo": ("demo",),
    "help": ("help",),
    "list": ("models", "list"),
    "verify": ("models", "verify"),
}


def home(session: Session, state: State) -> Move:
    """Ask what to do."""
    model_here = _has_model()
    question = "gigaam" if model_here else _("gigaam (no model is here yet, but the demonstration)")
    default = "demo" if session.fetch_failed and not model_here else None
    chosen = session.ask.choose(question, list(_rows(model_here)), default, leave=_("Quit"))
    if chosen in ("transcribe", "watch"):
        from gigaam_cli.cli.menu.what import what

        return Onward(what, State(replace(Answers(), watch=chosen == "watch")))
    if chosen == "models":
        return Onward(models, state)
    if chosen == "pull":
        session.code = fetch(session, DEFAULT_MODEL)
        return Return(home, state)
    code = run(_COMMANDS[chosen])
    if chosen == "demo":
        session.code = code
    return Return(home, state)


def _rows(model_here: bool) -> Iterator[Option[str]]:
    yield Option(_("Transcribe"), "transcribe", _("files and folders"))
    if not model_here:
        size = download_size(DEFAULT_MODEL)
        note = DEFAULT_MODEL if size is None else f"{DEFAULT_MODEL} ({rough_size(size)})"
        yield Option(_("Fetch a model"), "pull", note)
        yield Option(_("Demonstration"), "demo", _("bundled recordings, offline"))
    yield Option(_("Watch a folder"), "watch", _("and transcribe what arrives"))
    yield Option(_("Results so far"), "status")
    yield Option(_("Models"), "models")
    yield Option(_("What works here"), "doctor")
    yield Option(_("Help"), "help")


def _has_model() -> bool:
    folder = models_folder()
    return any((folder / entry.name).is_dir() for entry in CATALOG)


def models(session: Session, state: State) -> Move:
    """Ask what to do about models."""
    options = [
        Option(_("List"), "list"),
        Option(_("Fetch"), "fetch"),
        Option(_("Check"), "verify"),
        Option(_("Remove"), "remove"),
    ]
    chosen = session.ask.choose(_("Models"), options)
    if chosen in ("fetch", "remove"):
        return Onward(_fetch if chosen == "fetch" else _remove, state)
    run(_COMMANDS[chosen])
    return Return(models, state)


def _fetch(session: Session, _state: State) -> Move:
    """Ask which model to fetch."""
    session.code = fetch(session, _one(session, _("Fetch which model?"), here=False))
    return Back()


def _remove(session: Session, _state: State) -> Move:
    """Ask which model to remove; the command asks once more."""
    run(["models", "remove", _one(session, _("Remove which model?"), here=True)])
    return Back()


def _one(session: Session, question: str, *, here: bool) -> str:
    """Return the model that is chosen, of those that are here or of the others."""
    from gigaam_cli.cli.menu.choices import model_note
    from gigaam_cli.core.sizes import size_text
    from gigaam_cli.engines.inventory import holdings

    options = [
        Option(item.name, item.name, size_text(item.size) if here else model_note(item.name, here=False))
        for item in holdings()
        if item.source and bool(item.precisions) == here
    ]
    return session.ask.choose(question, options)
