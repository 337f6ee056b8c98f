"""Seconds as people read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gigaam_cli.core.timecode import clock


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "0:00"),
        (-3.0, "0:00"),
        (0.999, "0:00"),
        (59.999, "0:59"),
        (60, "1:00"),
        (61.5, "1:01"),
        (3599.9, "59:59"),
        (3600, "1:00:00"),
        (36_061, "10:01:01"),
        (360_000, "100:00:00"),
    ],
)
def test_clock(seconds: float, expected: str) -> None:
    assert clock(seconds) == expected


@given(st.floats(0, 1e7))
def test_a_clock_reads_back_to_the_whole_second(seconds: float) -> None:
    total = 0
    for part in clock(seconds).split(":"):
        total = total * 60 + int(part)
    assert total == int(seconds)
