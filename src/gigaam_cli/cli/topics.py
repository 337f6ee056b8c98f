"""The pages of ``gigaam help``: Markdown files in both languages, and a page for each stable code."""

from __future__ import annotations

import pkgutil
from collections import defaultdict
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import gigaam_cli.core
from gigaam_cli.cli.errors import exit_code
from gigaam_cli.core.errors import GigaamError
from gigaam_cli.core.i18n import chosen_language
from gigaam_cli.core.i18n import translate as _

FOLDER = Path(__file__).parent.parent / "help"
TOPICS = (
    "quick-start",
    "formats",
    "models",
    "automation",
    "settings",
    "exit-codes",
    "errors",
    "troubleshooting",
)
_ERRORS = "errors"


def page(topic: str) -> str:
    """Return the Markdown of a topic; that on errors ends with all codes."""
    text = _file(topic).read_text(encoding="utf-8")
    if topic != _ERRORS:
        return text
    listed = (f"- `{code}`: {_message(kind)}\n" for code, kind in codes().items())
    return text + "\n" + "".join(listed)


def title(topic: str) -> str:
    """Return the heading of a topic."""
    with _file(topic).open(encoding="utf-8") as stream:
        return stream.readline().strip("# \n")


def codes() -> dict[str, type[GigaamError]]:
    """Return every error that can be met, by its stable code, in the order of the exit codes."""
    for module in pkgutil.iter_modules(gigaam_cli.core.__path__, "gigaam_cli.core."):
        if module.name.endswith("errors"):
            import_module(module.name)
    found = {kind.code: kind for kind in _below(GigaamError) if kind.template}
    return dict(sorted(found.items(), key=lambda item: (_exit_code(item[1]), item[0])))


def code_page(code: str) -> str:
    """Return what a code means and what to do, as Markdown."""
    kind = codes()[code]
    advice = kind().hint(_unfilled)
    ending = _("Exit code: {code}").format(code=_exit_code(kind))
    said = _message(kind)
    what = said[:1].upper() + said[1:] + ("" if said.endswith("…") else ".")
    return "\n\n".join(filter(None, [f"# {code}", what, advice, ending])) + "\n"


def reason_page(code: str, meaning: str) -> str:
    """Return why an input is skipped, as Markdown."""
    return f"# {code}\n\n" + _("Why an input is skipped: {reason}.").format(reason=meaning) + "\n"


def _message(kind: type[GigaamError]) -> str:
    return kind().message(_unfilled)


def _exit_code(kind: type[GigaamError]) -> int:
    return exit_code(kind())


def _below(kind: type[GigaamError]) -> Iterator[type[GigaamError]]:
    for inner in kind.__subclasses__():
        yield inner
        yield from _below(inner)


def _unfilled(template: str) -> str:
    """Return a message in the reader's language with dots for what it would name."""
    return _(template).format_map(defaultdict(lambda: "…"))


def _file(topic: str) -> Path:
    return FOLDER / chosen_language() / f"{topic}.md"
