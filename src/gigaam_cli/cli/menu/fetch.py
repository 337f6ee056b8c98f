"""A model that is fetched from the menu, and what is left to do where that fails."""

from __future__ import annotations

from gigaam_cli.cli.console import say
from gigaam_cli.cli.errors import ENVIRONMENT
from gigaam_cli.cli.menu.flow import Session
from gigaam_cli.cli.menu.running import run
from gigaam_cli.core.i18n import translate as _


def fetch(session: Session, model: str) -> int:
    """Fetch ``model`` and return the exit code; where there is no way to it, name those without network."""
    code = run(["models", "pull", model])
    session.fetch_failed = code == ENVIRONMENT
    if session.fetch_failed:
        say(_("Without network: demo is here for a try; the others can come in a file:"))
        say(_("  gigaam models pack on a machine with network, gigaam models unpack here"))
    return code
