"""The name that somebody probably meant."""

from __future__ import annotations

from gigaam_cli.core.nearest import nearest

KEYS = ("model", "max-segment", "format")


def test_the_nearest_word() -> None:
    assert nearest("modle", KEYS) == "model"
    assert nearest("recursive", KEYS) is None


def test_the_beginning_of_a_word_is_enough_the_first_of_several_wins() -> None:
    assert nearest("V3", ("v2_ctc", "v3_e2e_rnnt", "v3_ctc")) == "v3_e2e_rnnt"
    assert nearest("modle", ("modle_of_something_else", "model")) == "model"
    assert nearest("v", ("v2_ctc",)) is None
    assert nearest("", KEYS) is None
