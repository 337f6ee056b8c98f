"""Speed and time left: of late, without pauses, without jumps, and nothing before they mean something."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gigaam_cli.cli.speed import Speed, rounded


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def steps(speed: Speed, clock: Clock, number: int, seconds: float, size: float, heard: float = 0.0) -> float:
    """Recognise ``size`` seconds of audio every so many ``seconds``; return how much that is in all."""
    for _ in range(number):
        clock.now += seconds
        heard += size
        speed.note(heard)
    return heard


def test_there_is_none_before_it_means_something(clock: Clock) -> None:
    speed = Speed(clock)
    assert speed.current is None
    steps(speed, clock, 3, 5.0, 20.0)
    assert speed.current is None, "a few steps"
    quick = Speed(clock)
    steps(quick, clock, 20, 0.1, 20.0)
    assert quick.current is None, "a moment"
    assert quick.time_for(100.0) is None


@pytest.mark.parametrize(("seconds", "size"), [(0.2, 4.0), (1.0, 20.0), (11.0, 220.0)])
def test_it_is_exact_however_large_the_steps_are(clock: Clock, seconds: float, size: float) -> None:
    speed = Speed(clock)
    heard = 0.0
    for _ in range(60):
        heard = steps(speed, clock, 1, seconds, size, heard)
        clock.now += seconds * 0.9  # in the middle of a step
        shown = speed.current
        clock.now -= seconds * 0.9
    assert shown == pytest.approx(20.0)


def test_it_is_that_of_late(clock: Clock) -> None:
    speed = Speed(clock)
    heard = steps(speed, clock, 100, 1.0, 10.0)
    steps(speed, clock, 100, 1.0, 40.0, heard)
    assert speed.current == pytest.approx(40.0, rel=0.05)


def test_a_run_that_hangs_grows_slower(clock: Clock) -> None:
    speed = Speed(clock)
    steps(speed, clock, 30, 1.0, 10.0)
    clock.now += 300
    assert speed.current is not None
    assert speed.current < 1.5


def test_pauses_do_not_count(clock: Clock) -> None:
    speed = Speed(clock)
    heard = steps(speed, clock, 30, 1.0, 10.0)
    before = speed.time_for(1000.0)
    speed.pause()
    clock.now += 3600
    assert speed.current == pytest.approx(10.0)
    assert speed.time_for(1000.0) == before
    speed.resume()
    steps(speed, clock, 30, 1.0, 10.0, heard)
    assert speed.current == pytest.approx(10.0)


def test_time_runs_down(clock: Clock) -> None:
    speed = Speed(clock)
    heard, times = steps(speed, clock, 10, 1.0, 10.0), list[float]()
    while heard < 600:
        heard = steps(speed, clock, 1, 1.0, 10.0, heard)
        times.append(speed.time_for(600 - heard) or 0.0)
    assert times[0] == pytest.approx(49.0)
    assert times[-1] == pytest.approx(0.0)
    assert all(before - after == pytest.approx(1.0) for before, after in pairwise(times))


def test_what_is_new_is_believed_by_and_by(clock: Clock) -> None:
    speed = Speed(clock)
    heard = steps(speed, clock, 20, 1.0, 10.0)
    told = speed.time_for(1000.0)
    assert told == pytest.approx(100.0)
    times = []
    for _ in range(40):
        heard = steps(speed, clock, 1, 1.0, 10.0, heard)
        times.append(speed.time_for(3000.0) or 0.0)  # more audio was found
    assert times[0] < 160, "no jump"
    assert times[-1] == pytest.approx(300.0, rel=0.05)


@given(st.floats(0, 1e6))
def test_times_are_told_as_exactly_as_they_are_known(seconds: float) -> None:
    assert abs(rounded(seconds) - seconds) <= max(0.51, seconds * 0.05)
