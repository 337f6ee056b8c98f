"""Checks run one after the other, and none of them can end the others."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from gigaam_cli.core.errors import FfmpegMissingError
from gigaam_cli.pipeline.doctor.findings import Check, Finding, Section, one
from gigaam_cli.pipeline.doctor.runner import examine

FINE = Finding("ok", "fine")


@pytest.fixture
def hang() -> Iterator[Callable[[], Finding]]:
    """Return a check that hangs until the test is over."""
    over = threading.Event()

    def hanging() -> Finding:
        over.wait(60)
        return FINE

    yield hanging
    over.set()


def breaks() -> Finding:
    raise ZeroDivisionError("by nothing")


def exits() -> Finding:
    raise SystemExit(3)


def lacks_ffmpeg() -> Finding:
    raise FfmpegMissingError(detail="nowhere")


def check(look: Callable[[], Finding], *, seconds: float = 20.0, needed: bool = True) -> Section:
    return one(Check("it", "It", look, seconds=seconds, needed=needed))


def test_every_check_is_told_before_it_begins_and_found_in_its_order() -> None:
    begun: list[str] = []
    sections = [one(Check(name, name, lambda: FINE)) for name in "abc"]
    found = [each.check.name for each in examine(sections, lambda check: begun.append(check.name))]
    assert found == begun == ["a", "b", "c"]


@pytest.mark.parametrize(("needed", "state"), [(True, "failed"), (False, "warning")])
@pytest.mark.parametrize(
    ("look", "told"), [(breaks, "this check broke: ZeroDivisionError: by nothing"), (exits, "SystemExit: 3")]
)
def test_a_check_that_breaks_says_so(
    look: Callable[[], Finding], told: str, needed: bool, state: str
) -> None:
    broken, after = examine([check(look, needed=needed), check(lambda: FINE)])
    assert broken.finding.state == state
    assert told in broken.finding.message()
    assert after.finding is FINE


def test_a_foreseen_error_is_told_with_its_advice() -> None:
    (found,) = examine([check(lacks_ffmpeg)])
    assert found.finding.message() == "FFmpeg was not found (nowhere)"
    assert "GIGAAM_FFMPEG" in found.finding.hint()


@pytest.mark.parametrize(("needed", "state"), [(True, "failed"), (False, "warning")])
def test_a_check_that_hangs_is_left_to_itself(hang: Callable[[], Finding], needed: bool, state: str) -> None:
    hanging, after = examine([check(hang, seconds=0.2, needed=needed), check(lambda: FINE)])
    assert hanging.finding.state == state
    assert "no answer" in hanging.finding.message()
    assert after.finding is FINE


def test_what_there_is_to_check_may_break_or_hang_too(hang: Callable[[], Finding]) -> None:
    def unlisted() -> list[Check]:
        hang()
        return []

    def broken() -> list[Check]:
        raise OSError("gone")

    sections = [
        Section("a", "A", unlisted, seconds=0.2),
        Section("b", "B", broken, needed=False),
        check(lambda: FINE),
    ]
    first, second, third = examine(sections)
    assert (first.check.name, first.finding.state) == ("a", "failed")
    assert (second.check.name, second.finding.state) == ("b", "warning")
    assert "gone" in second.finding.message()
    assert third.finding is FINE


def test_a_section_may_have_no_checks_and_several() -> None:
    some = Section("some", "Some", lambda: [Check("x", "X", lambda: FINE, about=name) for name in "12"])
    none = Section("none", "None", lambda: [])
    assert [each.check.about for each in examine([none, some])] == ["1", "2"]
