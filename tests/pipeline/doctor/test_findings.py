"""What a check found, in words."""

from __future__ import annotations

from gigaam_cli.core.i18n import choose_language, translate
from gigaam_cli.core.sizes import Bytes
from gigaam_cli.pipeline.doctor.findings import Finding


def test_sizes_are_in_the_language_of_the_message() -> None:
    found = Finding("ok", "{free} free of {total}", {"free": Bytes(46 * 10**9), "total": Bytes(10**11)})
    choose_language("ru")
    try:
        assert found.message(translate) == "свободно 46,0 ГБ из 100,0 ГБ"
        assert found.message() == "46.0 GB free of 100.0 GB"
    finally:
        choose_language("en")
