"""Writing the settings file: one value at a time, with the comments and the order of its owner."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, MutableMapping
from pathlib import Path
from typing import Any

from gigaam_cli.core.errors import OutputError
from gigaam_cli.core.files import replace_whole
from gigaam_cli.core.i18n import mark
from gigaam_cli.core.paths import settings_file
from gigaam_cli.core.settings import PROFILES, Document, parse, read
from gigaam_cli.core.settings_errors import (
    ProfileNameError,
    SettingsMalformedError,
    SettingsUnwritableError,
)
from gigaam_cli.writers.publish import explained, sync_folder, temporary_in

_NAME = re.compile(r"\w[\w-]*")
Container = MutableMapping[str, Any]
NewTable = Callable[[bool], Container]
"""Makes a table; True for one that only holds others and has no header of its own."""
Change = Callable[[Container, NewTable], None]


def put(key: str, value: object, profile: str | None = None) -> Path:
    """Set one value; return the file.

    Raises:
        SettingsError: the file is no TOML, or no profile can be called so.
        SettingsUnwritableError: it cannot be written.
    """

    def change(document: Container, new: NewTable) -> None:
        _table(document, profile, new)[key] = value

    return _edit(change)


def take_out(key: str, profile: str | None = None) -> Path:
    """Take out one value that is there; return the file.

    Raises:
        SettingsError: the file is no TOML.
        SettingsUnwritableError: it cannot be written.
    """

    def change(document: Container, new: NewTable) -> None:
        del _table(document, profile, new)[key]

    return _edit(change)


def replace_profile(name: str, values: Mapping[str, object]) -> Path:
    """Let a profile say ``values`` and nothing else; return the file.

    Raises:
        SettingsError: the file is no TOML, or no profile can be called so.
        SettingsUnwritableError: it cannot be written.
    """

    def change(document: Container, new: NewTable) -> None:
        table = _table(document, name, new)
        for key in [key for key in table if key not in values]:
            del table[key]
        for key, value in values.items():
            if key not in table or table[key] != value:  # an equal one keeps its spelling
                table[key] = value

    return _edit(change)


def _table(document: Container, profile: str | None, new: NewTable) -> Container:
    """Return the table of a profile, made where it is not there; the top of the file for None."""
    if profile is None:
        return document
    profiles = document.setdefault(PROFILES, new(True))
    if profile not in profiles:
        if not _NAME.fullmatch(profile):
            raise ProfileNameError(name=profile)
        profiles[profile] = new(False)
    table: Container = profiles[profile]
    return table


def _edit(change: Change) -> Path:
    file = settings_file()
    before = read(file)
    text = _changed(before, change)
    _write(file, before, text)
    return file


def _changed(before: Document, change: Change) -> str:
    """Return the text of a file after a change.

    Raises:
        SettingsUnwritableError: tomlkit loses its way in it, as among dotted keys between tables.
    """
    from tomlkit.exceptions import TOMLKitError

    try:
        changed = _edited(before, change)
    except (TOMLKitError, SettingsMalformedError):
        changed = None
    if changed is None:
        detail = mark("it is laid out in a way that only you can change")
        raise SettingsUnwritableError(path=before.path, detail=detail)
    return changed.replace("\n", "\r\n") if "\r\n" in before.text else changed


def _edited(before: Document, change: Change) -> str | None:
    """Return the new text, None where it does not say what it is to say.

    A profile that is nothing but dotted keys goes with the last of them.
    """
    import tomlkit

    document = tomlkit.parse(before.text.replace("\r\n", "\n"))
    wanted = document.unwrap()
    change(document, tomlkit.table)
    change(wanted, lambda _super: {})
    changed = tomlkit.dumps(document)
    after = parse(before.path, changed.encode())
    profiles = wanted.pop(PROFILES, {})
    return changed if (after.values, _said(after.profiles)) == (wanted, _said(profiles)) else None


def _said(profiles: Mapping[str, Mapping[str, object]]) -> dict[str, Mapping[str, object]]:
    return {name: values for name, values in profiles.items() if values}


def _write(file: Path, before: Document, text: str) -> None:
    """Put the new contents in the place of the old ones at once, also behind a link."""
    target = Path(os.path.realpath(file))
    data = text.encode("utf-8-sig" if before.marked else "utf-8")
    try:
        with explained(target, len(data)):
            _replace(target, data)
    except OutputError as error:
        raise SettingsUnwritableError(path=file, detail=error.values["detail"]) from error
    sync_folder(target.parent)


def _replace(target: Path, data: bytes) -> None:
    if target.exists() and not target.is_file():
        raise OSError(mark("not a regular file"))
    target.parent.mkdir(parents=True, exist_ok=True)
    replace_whole(target, data, temporary_in(target.parent))
