"""Starts the process that rewrites a model, and understands its end."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import tempfile
from pathlib import Path

from gigaam_cli.core.i18n import mark as _
from gigaam_cli.engines.models import InstalledModel
from gigaam_cli.engines.optimise.files import CANNOT_WRITE, GPU_FAILED, Outcome

logger = logging.getLogger(__name__)

# The weights twice while they are read, a graph and a session beside the next one, and the libraries.
_MEMORY_FACTOR, _LEAST_MEGABYTES = 4, 1500
_FAILED = _("the attempt to rewrite it failed")
_SHOWN = 500
# Windows ends a process with one of its own error numbers.
_WINDOWS_FATAL = 0xC0000000


def rewrite(model: InstalledModel, precision: str, out: Path, gpu: int | None = None) -> Outcome | None:
    """Rewrite a model into ``out``; None where the attempt was cut short, so that another one may do better.

    Raises:
        OSError: the process cannot be started, or cannot write.
    """
    size = sum(file.stat().st_size for file in model.files)
    megabytes = max(_LEAST_MEGABYTES, _MEMORY_FACTOR * size >> 20)
    source = str(model.folder.absolute())
    arguments = [model.entry.name, source, str(out.absolute()), precision, str(megabytes)]
    if gpu is not None:
        arguments.append(str(gpu))
    command = [sys.executable, "-m", "gigaam_cli.engines.optimise", *arguments]
    with tempfile.TemporaryFile() as complaints:
        # Python looks for modules in its working directory: never where recordings lie.
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": complaints}
        # Leaving it, however that comes, closes its standard input, and that ends the process.
        with subprocess.Popen(command, cwd=out, **pipes) as process:  # type: ignore[call-overload]  # noqa: S603 - ours
            said = process.stdout.read()
        complaints.seek(0)
        complaint = complaints.read().decode("utf-8", "replace")
    return _outcome(process.returncode, said, complaint[-_SHOWN:])


def _was_ended(code: int) -> bool:
    """Whether a process was ended by the system, such as by Ctrl-C or because the machine's memory was full."""
    return code < 0 or code >= _WINDOWS_FATAL


def _outcome(code: int, said: bytes, complaint: str) -> Outcome | None:
    if code == CANNOT_WRITE:
        raise OSError(complaint.strip())
    if _was_ended(code) or code == GPU_FAILED:
        logger.warning("rewriting ended with %d: %s", code, complaint)
        return None
    try:
        return Outcome(**json.loads(said))
    except (ValueError, TypeError):
        return Outcome(accepted=False, reason=_FAILED, detail=f"exit {code}: {complaint}")
