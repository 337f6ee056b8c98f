"""Whether texts can be written where they are to go."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from gigaam_cli.core.errors import OutputError
from gigaam_cli.core.i18n import mark as _
from gigaam_cli.pipeline.jobs import Job
from gigaam_cli.pipeline.plan import Plan


def check_folders(plan: Plan) -> None:
    """Look whether every output folder can be written to, before any work.

    Raises:
        OutputError: one cannot.
    """
    for folder in sorted(_output_folders(plan.jobs)):
        _check(folder)


def _output_folders(jobs: Iterable[Job]) -> set[Path]:
    folders = {os.path.dirname(output) for job in jobs for output in job.outputs.values()}  # noqa: PTH120 - of very many
    return set(map(Path, folders))


def _check(folder: Path) -> None:
    there = folder
    try:
        while not there.exists() and there.parent != there:
            there = there.parent
        usable = there.is_dir()
    except OSError as error:
        raise OutputError(path=folder, detail=error.strerror or str(error)) from error
    if not usable:
        raise OutputError(path=there, detail=_("it is not a folder"))
    if not os.access(there, os.W_OK | os.X_OK):
        raise OutputError(path=folder, detail=_("no permission to write there"))
