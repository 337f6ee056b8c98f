"""Every foreseeable failure can be shown, told apart, sent to another process and acted upon."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from gigaam_cli.core import errors, model_errors, text_errors, watch_errors
from gigaam_cli.core.errors import GigaamError

BRANCHES = {"GigaamError", "MediaError", "EnvironmentFailure"}


def all_kinds(kind: type[GigaamError] = GigaamError) -> Iterator[type[GigaamError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from all_kinds(child)


MODULES = {module.__name__ for module in (errors, model_errors, text_errors, watch_errors)}
KINDS = [kind for kind in all_kinds() if kind.__module__ in MODULES]
LEAVES = [kind for kind in KINDS if kind.__name__ not in BRANCHES]


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def example(kind: type[GigaamError]) -> GigaamError:
    return kind(**{name: f"<{name}>" for name in fields(kind.template) | fields(kind.advice)})


def test_codes_are_unique_and_stable_words() -> None:
    codes = [kind.code for kind in KINDS]
    assert sorted(codes) == sorted(set(codes))
    assert all(code.isidentifier() and code.islower() for code in codes)


@pytest.mark.parametrize("kind", LEAVES, ids=lambda kind: kind.code)
def test_a_failure_says_what_happened_and_what_to_do(kind: type[GigaamError]) -> None:
    error = example(kind)
    assert all(f"<{name}>" in error.message() for name in fields(kind.template))
    assert all(f"<{name}>" in error.hint() for name in fields(kind.advice))
    assert str(error) == error.message()
    assert error.hint().endswith(".")
    assert not error.message().endswith("."), "front ends add what comes behind"


@pytest.mark.parametrize("kind", LEAVES, ids=lambda kind: kind.code)
def test_a_failure_survives_the_way_to_another_process(kind: type[GigaamError]) -> None:
    error = example(kind)
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is kind
    assert copy.values == error.values
    assert copy.message() == error.message()


def test_values_with_braces_are_not_templates() -> None:
    error = errors.DamagedMediaError(detail="{detail} {0} %s")
    assert error.message() == "FFmpeg cannot decode the file: {detail} {0} %s"


def test_messages_are_translated_before_their_values_are_filled_in() -> None:
    error = errors.InputMissingError(path=Path("/запись.mp3"))
    asked: list[str] = []

    def translate(template: str) -> str:
        asked.append(template)
        return "нет такого: {path}"

    assert error.message(translate) == f"нет такого: {Path('/запись.mp3')}"
    assert asked == [errors.InputMissingError.template]


def test_a_detail_that_is_a_message_of_ours_is_translated_too() -> None:
    russian = {
        "no reason given": "причина не названа",
        errors.DamagedMediaError.template: "сломано: {detail}",
    }
    error = errors.DamagedMediaError(detail="no reason given")
    assert error.message(lambda message: russian.get(message, message)) == "сломано: причина не названа"
    assert error.values == {"detail": "no reason given"}


def test_the_codes_that_others_rely_on() -> None:
    """Reports, tests of faults and users' scripts name these; see shared/faults.md."""
    codes = {kind.code for kind in KINDS}
    relied_on = {"empty_file", "not_media", "truncated_media", "no_audio_stream", "changed_while_reading"}
    assert codes >= relied_on | {"model_missing"}
