"""What can be wrong with texts that are there already, in the same tree as all errors."""

from __future__ import annotations

from gigaam_cli.core.errors import NoMediaFoundError
from gigaam_cli.core.i18n import mark as _


class NothingPublishedError(NoMediaFoundError):
    """The store has no text of what was asked for."""

    code = "nothing_published"
    template = _("gigaam has published no text of {where}")
    advice = _("Name recordings or folders with recordings; gigaam status shows which are known.")
