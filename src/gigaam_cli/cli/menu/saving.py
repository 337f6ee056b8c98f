"""A plan for later: as a profile in the settings, or as a line for a crontab."""

from __future__ import annotations

import os
import re

import click

from gigaam_cli.cli.console import say
from gigaam_cli.cli.menu.answers import arguments, settings
from gigaam_cli.cli.menu.flow import Back, Move, Session, State
from gigaam_cli.cli.menu.layout import place
from gigaam_cli.cli.menu.shell import crontab_line
from gigaam_cli.core.i18n import translate as _

_NAME = re.compile(r"[\w-]+")


def profile(session: Session, state: State) -> Move:
    """Ask for a name, and keep the answers under it."""
    from gigaam_cli.cli import profiles

    name = session.ask.text(_("Name of the profile"), "", _wrong_name).strip()
    path = profiles.save(name, settings(state.answers))
    say(_("Saved in {path}. Use it with: {command}").format(path=place(path), command=f"--profile {name}"))
    return Back()


def crontab(_session: Session, state: State) -> Move:
    """Print the line that does the same every night."""
    say(_("For crontab -e, every night at 02:30:"))
    click.echo(os.fsencode(crontab_line(arguments(state.answers), os.environ)), err=True)
    return Back()


def _wrong_name(name: str) -> str:
    return "" if _NAME.fullmatch(name.strip()) else _("letters, digits, - and _")
