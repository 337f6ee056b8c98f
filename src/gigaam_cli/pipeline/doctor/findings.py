"""What a check is, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from gigaam_cli.core.sizes import Bytes, size_text

State = Literal["ok", "note", "warning", "failed"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: ``failed`` keeps recordings from being transcribed, a ``warning`` does not.

    ``template`` and ``advice`` are marked messages; ``remedies`` are commands for this machine, to be copied.
    """

    state: State
    template: str
    values: Mapping[str, object] = field(default_factory=dict)
    advice: str = ""
    remedies: tuple[str, ...] = ()

    def message(self, translate: Callable[[str], str] = str) -> str:
        """What was found, through ``translate``."""
        return translate(self.template).format(**self._shown(translate))

    def hint(self, translate: Callable[[str], str] = str) -> str:
        """What to do about it, through ``translate``; may be empty."""
        return translate(self.advice).format(**self._shown(translate))

    def _shown(self, translate: Callable[[str], str]) -> dict[str, object]:
        """The values; a ``detail`` may be a marked message itself, and sizes have words in them, too."""
        detail = self.values.get("detail")
        shown = translate(detail) if isinstance(detail, str) else detail
        sizes = {
            name: size_text(value, translate)
            for name, value in self.values.items()
            if isinstance(value, Bytes)
        }
        return {**self.values, **sizes, "detail": shown}


@dataclass(frozen=True, slots=True)
class Check:
    """Something to look at, within so many ``seconds``; ``about`` is a name, where there are several of a kind."""

    name: str
    title: str
    """A marked message, with ``{about}`` where that belongs into it."""
    look: Callable[[], Finding]
    about: str = ""
    seconds: float = 20.0
    needed: bool = True
    """Nothing can be transcribed where this cannot be looked at."""


@dataclass(frozen=True, slots=True)
class Section:
    """Checks of a kind; finding out which there are may fail or hang, too."""

    name: str
    title: str
    checks: Callable[[], Sequence[Check]]
    seconds: float = 20.0
    needed: bool = True


@dataclass(frozen=True, slots=True)
class Checked:
    """A check, what it found, and how long that took."""

    check: Check
    finding: Finding
    seconds: float


def one(check: Check) -> Section:
    """Return a section of a single check."""
    return Section(check.name, check.title, lambda: (check,))
