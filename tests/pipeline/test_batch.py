"""Batches: full of segments of one length, and never without the oldest."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from gigaam_cli.pipeline.batch import choose_batch, choose_last_batch

LENGTHS = st.lists(st.floats(0.01, 25), min_size=1, max_size=40)
SIZES = st.integers(1, 16)


def test_segments_of_one_length_fill_a_batch_in_order() -> None:
    assert choose_batch([5.0] * 6, 4) == [0, 1, 2, 3]


def test_one_at_a_time_is_the_oldest() -> None:
    assert choose_batch([1.0, 20.0], 1) == [0]


def test_a_much_longer_or_shorter_one_waits() -> None:
    assert choose_batch([10.0, 20.0, 9.0, 1.0, 11.0], 4) == [0, 2, 4]


def test_the_nearest_in_length_are_preferred() -> None:
    assert choose_batch([10.0, 8.0, 12.0, 10.1, 9.9], 3) == [0, 3, 4]


@given(LENGTHS, SIZES)
def test_a_batch_holds_the_oldest_and_no_more_than_asked_for(seconds: list[float], size: int) -> None:
    chosen = choose_batch(seconds, size)
    assert chosen[0] == 0
    assert len(chosen) <= size
    assert chosen == sorted(set(chosen))
    assert max(chosen) < len(seconds)


@given(LENGTHS, SIZES)
def test_padding_is_less_than_a_third_of_anything_in_a_batch(seconds: list[float], size: int) -> None:
    first, *others = [seconds[index] for index in choose_batch(seconds, size)]
    assert all(0.69 < other / first < 1.44 for other in others)


@given(LENGTHS, SIZES)
def test_taking_batches_until_nothing_is_left_takes_each_once(seconds: list[float], size: int) -> None:
    left, taken = list(enumerate(seconds)), []
    while left:
        chosen = choose_batch([length for _, length in left], size)
        taken += [left[index][0] for index in chosen]
        left = [item for index, item in enumerate(left) if index not in chosen]
    assert sorted(taken) == list(range(len(seconds)))


def ends(seconds: list[float], size: int, devices: int) -> list[float]:
    """Return when each of some equal devices ends, which take of the last segments whenever they are free."""
    times, left = [0.0] * devices, list(seconds)
    while left:
        chosen = choose_last_batch(left, size, devices)
        free = times.index(min(times))
        times[free] += sum(left[index] for index in chosen)
        left = [length for index, length in enumerate(left) if index not in chosen]
    return times


def test_at_the_end_the_longest_are_shared_out_first() -> None:
    assert choose_last_batch([1.0, 20.0, 19.0, 18.0, 20.0], 8, 2) == [1]
    assert choose_last_batch([1.0, 20.0, 19.0, 18.0, 20.0], 8, 1) == [1, 2, 3, 4]
    assert choose_last_batch([1.0, 20.0, 19.0, 18.0, 20.0], 2, 1) == [1, 4]
    assert choose_last_batch([1.0], 8, 4) == [0]


@settings(deadline=None)
@given(LENGTHS, SIZES, st.integers(1, 8))
def test_the_last_batches_take_each_segment_once_and_are_of_one_length(
    seconds: list[float], size: int, takers: int
) -> None:
    left, taken = list(enumerate(seconds)), []
    while left:
        chosen = choose_last_batch([length for _, length in left], size, takers)
        lengths = [left[index][1] for index in chosen]
        assert 1 <= len(chosen) <= size
        assert min(lengths) >= 0.69 * max(lengths)
        taken += [left[index][0] for index in chosen]
        left = [item for index, item in enumerate(left) if index not in chosen]
    assert sorted(taken) == list(range(len(seconds)))


@settings(deadline=None)
@given(st.lists(st.floats(1, 22), min_size=1, max_size=200), SIZES, st.integers(2, 8))
def test_devices_end_within_one_segment_of_each_other(seconds: list[float], size: int, devices: int) -> None:
    times = ends(seconds, size, devices)
    assert max(times) - min(times) <= max(seconds) + 1e-6
