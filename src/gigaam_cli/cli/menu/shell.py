"""A command line as text: to be pasted into a shell, or into a crontab."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

_NAME = "gigaam"
_EVERY_NIGHT = "30 2 * * *"
_SECRET = re.compile("TOKEN|KEY|PASSWORD|SECRET")


def shell_line(arguments: Sequence[str]) -> str:
    """Return the line that runs ``gigaam`` with ``arguments``, for the shell of this system."""
    if os.name == "nt":
        return subprocess.list2cmdline([_NAME, *arguments])
    return " ".join(map(quoted, (_NAME, *arguments)))


def crontab_line(arguments: Sequence[str], variables: Mapping[str, str]) -> str:
    """Return a line for a crontab: every night, asking nothing, and with the settings of this shell.

    Cron sets none of ``variables`` and takes ``%`` for the end of the line.
    """
    kept = [
        f"{name}={quoted(value)}"
        for name, value in sorted(variables.items())
        if name.startswith("GIGAAM_") and not _SECRET.search(name)
    ]
    command, *rest = arguments
    line = " ".join([*kept, *map(quoted, (*_program(), command, "--non-interactive", *rest))])
    return f"{_EVERY_NIGHT}  " + line.replace("%", r"\%")


def quoted(argument: str) -> str:
    """Return ``argument`` as a POSIX shell reads it back; what cannot be shown is written by printf."""
    if argument.isprintable():
        return shlex.quote(argument)
    octal = "".join(
        chr(byte) if 0x20 < byte < 0x7F and chr(byte).isalnum() else f"\\0{byte:03o}"
        for byte in os.fsencode(argument)
    )
    return f"\"$(printf %b '{octal}')\""


def _program() -> tuple[str, ...]:
    """Return how the program is found where there is no PATH to speak of."""
    here = Path(sys.argv[0])
    found = str(here.absolute()) if here.stem == _NAME else shutil.which(_NAME)
    return (found,) if found else (sys.executable, "-m", "gigaam_cli")
