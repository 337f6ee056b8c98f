"""What the terminal and the locale can show, as a check of ``gigaam doctor``."""

from __future__ import annotations

import locale
import os
import shutil
import sys
from typing import TextIO

from gigaam_cli.cli.console import is_terminal, shows_unicode
from gigaam_cli.core.i18n import mark as _
from gigaam_cli.pipeline.doctor.findings import Finding
from gigaam_cli.pipeline.doctor.remedies import Machine, set_variable

_UTF8 = ("utf-8", "utf8", "cp65001")
_LOCALES = {"Linux": "C.UTF-8", "Darwin": "ru_RU.UTF-8"}


def language(machine: Machine) -> Finding:
    """Look at the locale: names of files and texts need one with UTF-8."""
    names = [os.environ.get(name, "") for name in ("LC_ALL", "LC_CTYPE", "LANG")]
    values = {
        "locale": next(filter(None, names), "") or "C",
        "encoding": locale.getpreferredencoding(False),
        "files": sys.getfilesystemencoding(),
        "output": getattr(_output(), "encoding", None) or "?",
    }
    told = _("{locale}; text {encoding}, names of files {files}, output {output}")
    if all(str(values[each]).lower() in _UTF8 for each in ("encoding", "files", "output")):
        return Finding("ok", told, values)
    if machine.is_windows:
        command = set_variable(machine, "PYTHONUTF8", "1")
    else:
        command = set_variable(machine, "LC_ALL", _LOCALES.get(machine.system, "C.UTF-8"))
    return Finding(
        "warning",
        told,
        values,
        _("A locale with UTF-8 shows Russian names and texts as they are."),
        (command,),
    )


def screen() -> Finding:
    """Look at the terminal: nothing there is an error, and all of it decides how things are shown."""
    values: dict[str, object] = {
        "terminal": is_terminal(_output()),
        "term": os.environ.get("TERM", ""),
        "colours": _colours(),
        "unicode": shows_unicode(_output()),
    }
    values["columns"], values["lines"] = shutil.get_terminal_size()
    if not values["terminal"]:
        return Finding("ok", _("none: plain lines"), values)
    told = {
        (True, True): _("{term}, {columns}x{lines}, colours, Unicode"),
        (True, False): _("{term}, {columns}x{lines}, colours, no Unicode"),
        (False, True): _("{term}, {columns}x{lines}, no colours, Unicode"),
        (False, False): _("{term}, {columns}x{lines}, no colours, no Unicode"),
    }
    return Finding("ok", told[bool(values["colours"]), bool(values["unicode"])], values)


def _output() -> TextIO | None:
    """Return stdout itself: while it draws, Rich puts something before it that tells no encoding."""
    output: TextIO | None = getattr(sys.stdout, "rich_proxied_file", sys.stdout)
    return output


def _colours() -> str:
    """Return which colours there are, empty where there are none."""
    from gigaam_cli.cli.console import output_console

    return output_console().color_system or "" if not os.environ.get("NO_COLOR") else ""
