"""What keeps a watch from beginning: two more leaves of the tree in ``errors``."""

from __future__ import annotations

from gigaam_cli.core.errors import EnvironmentFailure
from gigaam_cli.core.i18n import mark as _


class FolderUnusableError(EnvironmentFailure):
    """A folder that is to be watched is not one, or cannot be looked into."""

    code = "folder_unusable"
    template = _("{path} cannot be watched: {detail}")
    advice = _("Name folders that are there and that you may read; a disk must be mounted first.")


class WatchedAlreadyError(EnvironmentFailure):
    """Another process watches this folder."""

    code = "watched_already"
    template = _("{path} is being watched by another gigaam already (process {process})")
    advice = _("End that one first, or leave this folder to it.")
