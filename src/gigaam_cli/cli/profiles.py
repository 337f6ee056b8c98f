"""Profiles: sets of settings with a name, in the settings file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gigaam_cli.core.settings import check_one, load


def names() -> tuple[str, ...]:
    """Return the names of all profiles, in the order of the file.

    Raises:
        SettingsError: the file cannot be read, or is no TOML.
    """
    return tuple(load().profiles)


def save(name: str, values: Mapping[str, object]) -> Path:
    """Let a profile say ``values``, by long flags without dashes in front; return the settings file.

    A profile of that name says nothing else afterwards. Comments and all other settings stay.

    Raises:
        SettingsError: a value makes no sense, the file is no TOML, or no profile can be called so.
        SettingsUnwritableError: the file cannot be written.
    """
    from gigaam_cli.cli.settings import as_toml, table
    from gigaam_cli.cli.settings_file import replace_profile

    rules = table()
    spelled = {}
    for key, value in values.items():
        spelled[key] = as_toml(key, value, rules)
        check_one(key, spelled[key], rules, f"[profiles.{name}]")
    return replace_profile(name, spelled)
