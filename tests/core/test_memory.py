"""The garbage collector is out of the way where it is to be, and back afterwards."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from gigaam_cli.core.memory import uncollected


@pytest.fixture(autouse=True)
def _collector_is_on_again() -> Iterator[None]:
    yield
    gc.enable()


def test_the_collector_is_off_meanwhile() -> None:
    assert gc.isenabled()
    assert uncollected(gc.isenabled)() is False
    assert gc.isenabled()


def test_it_is_on_again_after_an_error() -> None:
    def fail() -> None:
        raise ValueError("planned")

    with pytest.raises(ValueError, match="planned"):
        uncollected(fail)()
    assert gc.isenabled()


def test_who_turned_it_off_finds_it_off() -> None:
    gc.disable()
    uncollected(gc.isenabled)()
    assert not gc.isenabled()
