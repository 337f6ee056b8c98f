"""Settings from a file: read, checked, and laid over each other, each value with the place that it came from.

The file is TOML: keys at its top, and tables ``[profiles.NAME]`` with the same keys. Which keys there are, and
which values make sense, is known to whoever asks (``Rules``).
"""

from __future__ import annotations

import json
import re
import sys
from codecs import BOM_UTF8
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from gigaam_cli.core.i18n import mark as _
from gigaam_cli.core.nearest import nearest
from gigaam_cli.core.paths import settings_file, settings_file_is_named
from gigaam_cli.core.settings_errors import (
    NotASettingError,
    ProfileUnknownError,
    SettingsMalformedError,
    SettingsUnreadableError,
    SettingUnknownError,
    SettingWrongError,
)

PROFILES = "profiles"
Values = Mapping[str, object]
_EXAMPLE = 'model = "v3_e2e_rnnt"'
_PLACE = re.compile(r"\(at (?:line (\d+), column (\d+)|end of document)\)$")


@dataclass(frozen=True, slots=True)
class Layer:
    """The values that one place gives: the top of a file, or one of its profiles."""

    values: Values
    profile: str | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """A value and the profile that it came from, None for the top of the file."""

    value: object
    profile: str | None


@dataclass(frozen=True, slots=True)
class Document:
    """What a settings file says."""

    path: Path
    text: str = ""
    marked: bool = False
    """A mark of byte order stands in front."""
    values: Values = field(default_factory=dict)
    profiles: Mapping[str, Values] = field(default_factory=dict)

    def layers(self, profile: str | None = None) -> Iterator[Layer]:
        """Yield the layers that hold where ``profile`` is chosen, what wins first.

        Raises:
            ProfileUnknownError: there is no such profile.
        """
        if profile is not None:
            yield Layer(self._profile(profile), profile)
        yield Layer(self.values)

    def all_layers(self) -> Iterator[Layer]:
        """Yield the top and all profiles, in the order of the file."""
        yield Layer(self.values)
        yield from (Layer(values, name) for name, values in self.profiles.items())

    def place(self, key: str, profile: str | None = None) -> str:
        """Return where a key stands, as far as can be told: file, line, profile."""
        line = _line_of(self.text, key, None if profile is None else f"{PROFILES}.{profile}")
        where = f"{self.path}:{line}" if line else str(self.path)
        return f"{where} [{PROFILES}.{profile}]" if profile is not None else where

    def _profile(self, name: str) -> Values:
        if name not in self.profiles:
            known = ", ".join(self.profiles) or "-"
            raise ProfileUnknownError(
                path=self.path, name=name, known=known, nearest=nearest(name, self.profiles)
            )
        return self.profiles[name]


class Rules(Protocol):
    """Which settings there are and what they may be."""

    @property
    def known(self) -> Collection[str]:
        """The keys."""

    @property
    def refused(self) -> Mapping[str, str]:
        """Names of options that are no settings, each with the reason, as a marked message."""

    def problem(self, key: str, value: object) -> str | None:
        """Return what is wrong with a value, None for nothing."""


def merged(layers: Iterable[Layer]) -> dict[str, Given]:
    """Return each value of the first layer that has one."""
    found: dict[str, Given] = {}
    for layer in layers:
        for key, value in layer.values.items():
            found.setdefault(key, Given(value, layer.profile))
    return found


def check(document: Document, rules: Rules) -> None:
    """Check all that a file says, in the order of its lines.

    Raises:
        SettingUnknownError, NotASettingError, SettingWrongError: something in it makes no sense.
    """
    for layer in document.all_layers():
        for key, value in layer.values.items():
            check_one(key, value, rules, document.place(key, layer.profile))


def check_one(key: str, value: object, rules: Rules, place: str) -> None:
    """Check a key and its value, which stand at ``place``.

    Raises:
        SettingUnknownError, NotASettingError, SettingWrongError: they make no sense.
    """
    check_key(key, rules, place)
    if problem := rules.problem(key, value):
        raise SettingWrongError(place=place, key=key, value=shown(value), detail=problem)


def check_key(key: str, rules: Rules, place: str) -> None:
    """Check that a key is one of a setting.

    Raises:
        SettingUnknownError, NotASettingError: it is not.
    """
    if key in rules.refused:
        raise NotASettingError(place=place, key=key, detail=rules.refused[key])
    if key not in rules.known:
        raise SettingUnknownError(place=place, key=key, nearest=nearest(key, rules.known))


def load() -> Document:
    """Read the settings file of this user, or the one that ``GIGAAM_CONFIG`` names.

    Raises:
        SettingsUnreadableError, SettingsMalformedError: it cannot be read, or is no TOML.
    """
    return read(settings_file(), named=settings_file_is_named())


def read(path: Path, named: bool = False) -> Document:
    """Read a settings file; one that is not there says nothing, unless it was ``named``.

    Raises:
        SettingsUnreadableError, SettingsMalformedError: it cannot be read, or is no TOML.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        if not named and not _is_there(path):
            return Document(path)
        raise SettingsUnreadableError(path=path, detail=error.strerror or str(error)) from error
    return parse(path, data)


def parse(path: Path, data: bytes) -> Document:
    """Return what the contents of a settings file say.

    Raises:
        SettingsMalformedError: they are no TOML in UTF-8, or their profiles are no tables.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line, column = _position(data[: error.start].decode("utf-8", "replace"))
        detail = _("the text is not in UTF-8")
        raise SettingsMalformedError(
            path=path, line=line, column=column, detail=detail, example=_EXAMPLE
        ) from error
    values = _loaded(path, text)
    profiles = values.pop(PROFILES, {})
    _check_tables(path, text, profiles)
    return Document(path, text, data.startswith(BOM_UTF8), values, profiles)


def shown(value: object) -> str:
    """Return a value as TOML spells it."""
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(shown, value)) + "]"
    if isinstance(value, bool | str):
        return json.dumps(value, ensure_ascii=False)
    return "{...}" if isinstance(value, dict) else str(value)


def _is_there(path: Path) -> bool:
    """Whether there is a file; none can be seen in a home that is closed to us."""
    try:
        path.stat()
    except OSError:
        return False
    return True


def _check_tables(path: Path, text: str, profiles: object) -> None:
    line: int | None = None
    if not isinstance(profiles, dict):
        line = _line_of(text, PROFILES, None)
    elif wrong := [name for name, table in profiles.items() if not isinstance(table, dict)]:
        line = _line_of(text, wrong[0], PROFILES)
    else:
        return
    detail = _("profiles are tables, each under a line [profiles.NAME]")
    raise SettingsMalformedError(path=path, line=line or 1, column=1, detail=detail, example=_EXAMPLE)


def _loaded(path: Path, text: str) -> dict[str, Any]:
    try:
        return _load(text)
    except (ValueError, RecursionError) as error:
        detail = str(error)
        line, column = _position(text)
        if place := _PLACE.search(detail):
            detail = detail[: place.start()].strip()
            if place[1]:
                line, column = int(place[1]), int(place[2])
        raise SettingsMalformedError(
            path=path, line=line, column=column, detail=detail, example=_EXAMPLE
        ) from error


def _load(text: str) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    values: dict[str, Any] = tomllib.loads(text)
    return values


def _position(text: str) -> tuple[int, int]:
    """Return the line and the column behind the end of ``text``, counted from 1."""
    lines = text.split("\n")
    return len(lines), len(lines[-1]) + 1


def _line_of(text: str, key: str, header: str | None) -> int | None:
    """Return the line that sets a key below a header, None where TOML's less plain ways hide it."""
    below = None
    wanted = re.compile(rf"""\s*(["']?){re.escape(key)}\1\s*=""")
    for number, line in enumerate(text.splitlines(), 1):
        if table := re.match(r"\s*\[\s*([^\[\]]+?)\s*\]", line):
            below = re.sub(r"""["']""", "", re.sub(r"\s*\.\s*", ".", table[1]))
        elif below == header and wanted.match(line):
            return number
    return None
