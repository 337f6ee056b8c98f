"""Messages in the language of the person who reads them: gettext catalogues, English in the source.

Logs and JSON stay English; only front ends translate.
"""

from __future__ import annotations

import gettext as _gettext
import locale
import os
from pathlib import Path

LANGUAGES = ("en", "ru")
LOCALE_FOLDER = Path(__file__).parent.parent / "locale"

_catalog: _gettext.NullTranslations = _gettext.NullTranslations()
_chosen = LANGUAGES[0]


def mark(message: str) -> str:
    """Return ``message`` as it is: it is translated where it is shown, and extracted from here."""
    return message


def translate(message: str) -> str:
    """Return ``message`` in the chosen language, or as it is where there is no translation."""
    return _catalog.gettext(message) if message else message


def translate_plural(singular: str, plural: str, number: int) -> str:
    """Return the form that fits ``number`` in the chosen language."""
    return _catalog.ngettext(singular, plural, number)


def choose_language(language: str | None = None) -> str:
    """Use ``language``, or the locale's when None, from now on; return what was chosen."""
    global _catalog, _chosen  # noqa: PLW0603 - one program, one reader, one language
    _chosen = language if language in LANGUAGES else _language_of_locale()
    _catalog = _gettext.translation("gigaam", LOCALE_FOLDER, [_chosen], fallback=True)
    return _chosen


def chosen_language() -> str:
    """Return the language that messages are in."""
    return _chosen


def _language_of_locale() -> str:
    names = [os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG")]
    name = next((value for value in names if value), "") or (locale.getlocale()[0] or "")
    return "ru" if name.lower().startswith(("ru", "russian")) else "en"
