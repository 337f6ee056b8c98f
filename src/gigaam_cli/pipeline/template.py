"""How a user wants outputs to be called: ``{folder}/{name}`` and the like. Pure."""

from __future__ import annotations

import string
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

from gigaam_cli.core.i18n import mark as _

FIELDS = ("folder", "parent", "name", "ext")
"""The recording's folder below the input that was named, its folder's name, its own name, and its extension."""


class TemplateError(ValueError):
    """A template that cannot be used; the message is marked for translation, with ``{template}`` in it."""


@dataclass(frozen=True, slots=True)
class Template:
    """Where the outputs of a recording go, without their endings: folders below that of the outputs, and a name.

    Raises:
        TemplateError: it would lead elsewhere, or give all recordings one name.
    """

    text: str

    def __post_init__(self) -> None:
        fields = self._fields(self.text)
        if any(name not in FIELDS for name in fields):
            raise TemplateError(_("{template}: there are {fields}, and braces for nothing else"))
        if "name" not in self._fields(self._parts[-1]) or "folder" in self._fields(self._parts[-1]):
            raise TemplateError(
                _("{template} must end with a name in which {{name}} is, and {{folder}} is not")
            )
        as_path = PureWindowsPath(self.text)  # which takes both slashes, and drives
        if ".." in as_path.parts or as_path.anchor or "\0" in self.text:
            raise TemplateError(_("{template} leads out of the folder of the texts"))

    def folder(self, path: Path, root: Path) -> Path:
        """Return the folder, relative to that of the outputs, of a recording that was found below ``root``."""
        values = self._values(path) | {"folder": path.parent.relative_to(root).as_posix()}
        rendered = "/".join(part.format_map(values) for part in self._parts[:-1])
        return Path(*(_harmless(part) for part in rendered.split("/") if part not in ("", ".")))

    def stem(self, path: Path) -> str:
        """Return the name of a recording's outputs, without their endings."""
        return self._parts[-1].format_map(self._values(path))

    @property
    def _parts(self) -> list[str]:
        return self.text.split("/")

    @staticmethod
    def _values(path: Path) -> dict[str, str]:
        return {"parent": path.parent.name, "name": path.stem, "ext": path.suffix[1:]}

    @staticmethod
    def _fields(text: str) -> list[str]:
        """Return the names in braces; with a conversion or a format they are nobody's names."""
        try:
            parts = list(string.Formatter().parse(text))
        except ValueError:
            return [text]
        return [f"{name}{form}{how or ''}" for _text, name, form, how in parts if name is not None]


def _harmless(part: str) -> str:
    """Return a folder's name that leads nowhere else, whatever the recordings are called."""
    return part.replace(".", "_") if part == ".." else part
