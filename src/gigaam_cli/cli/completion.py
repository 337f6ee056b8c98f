"""What a shell offers for the word that is being typed: names that are known without loading anything."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gigaam_cli.core.i18n import translate as _

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    Items = list[CompletionItem[str]]

VARIABLE = "_GIGAAM_COMPLETE"
"""Click's name for what a shell sets when it asks."""


def models(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> Items:
    """Offer the names of models; folders where it looks like the path of one."""
    from gigaam_cli.engines.catalog import DEMO_MODELS, NAMES, about

    if incomplete.startswith((".", "~")) or "/" in incomplete or os.sep in incomplete:
        return folders(_context, _parameter, incomplete)
    here = {*DEMO_MODELS, *_installed()}
    notes = {name: _("is here") + ", " if name in here else "" for name in (*NAMES, *DEMO_MODELS)}
    return _offered(((name, note + _(about(name))) for name, note in notes.items()), incomplete)


def catalog(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> Items:
    """Offer the models that can be fetched."""
    from gigaam_cli.engines.catalog import NAMES, about

    return _offered(((name, _(about(name))) for name in NAMES), incomplete)


def installed(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> Items:
    """Offer the models that were put on this machine."""
    return _offered(((name, "") for name in _installed()), incomplete)


def formats(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> Items:
    """Offer formats, also behind a comma."""
    from gigaam_cli.writers.registry import FORMATS

    named, comma, _last = incomplete.rpartition(",")
    rest = [name for name in FORMATS if name not in named.split(",")]
    return _offered(((f"{named}{comma}{name}", "") for name in rest), incomplete)


def devices(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> Items:
    """Offer devices, as far as the system shows them without a driver."""
    cards = sorted(file.name.removeprefix("nvidia") for file in Path("/dev").glob("nvidia[0-9]*"))
    names = ("auto", "cpu", "cuda", "all", *(f"cuda:{number}" for number in cards))
    return _offered(((name, "") for name in names), incomplete)


def profiles(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> Items:
    """Offer the profiles of the settings file."""
    from gigaam_cli.cli.profiles import names
    from gigaam_cli.core.settings_errors import SettingsError

    with contextlib.suppress(SettingsError):
        return _offered(((name, "") for name in names()), incomplete)
    return []


def folders(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> Items:
    """Let the shell offer folders."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="dir")]


def keys(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> Items:
    """Offer the settings."""
    from gigaam_cli.cli.settings import table

    rules = table()
    return _offered(((key, rules.option(key).help or "") for key in rules.known), incomplete)


def values(context: click.Context, _parameter: click.Parameter, incomplete: str) -> Items:
    """Offer what the setting may be that is named before."""
    from gigaam_cli.cli.settings import table

    rules, key = table(), context.params.get("key")
    if key not in rules.settings:
        return []
    option = rules.option(key)
    if option.is_flag:
        return _offered(((word, "") for word in ("true", "false")), incomplete)
    return option.shell_complete(context, incomplete)


def _offered(names: Iterable[tuple[str, str]], incomplete: str) -> Items:
    from click.shell_completion import CompletionItem

    return [CompletionItem(name, help=note or None) for name, note in names if name.startswith(incomplete)]


def _installed() -> Iterator[str]:
    from gigaam_cli.core.paths import models_folder
    from gigaam_cli.engines.catalog import NAMES

    folder = models_folder()
    return (name for name in NAMES if (folder / name).is_dir())
