"""Forced alignment, compared with trying out every path."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.demo_model.align import MOST_AT_ONCE, align, greedy_decisions
from tools.demo_model.alphabet import BLANK, CHARACTERS, decode_greedily, encode

CLASSES = BLANK + 1


def collapse(path: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(label for label, _ in itertools.groupby(path) if label != BLANK)


def best_score(log_probs: np.ndarray, labels: tuple[int, ...]) -> float:
    """Return the score of the best path that says ``labels``, by trying all."""
    alphabet = sorted({*labels, BLANK})
    paths = itertools.product(alphabet, repeat=len(log_probs))
    fitting = (path for path in paths if collapse(path) == labels)
    return float(max(sum(log_probs[frame, label] for frame, label in enumerate(path)) for path in fitting))


def score_of(log_probs: np.ndarray, labels: tuple[int, ...], firsts: list[int]) -> float:
    """Return the best score among paths whose labels begin at ``firsts``."""
    alphabet = sorted({*labels, BLANK})
    best = -np.inf
    for path in itertools.product(alphabet, repeat=len(log_probs)):
        begins = [
            frame
            for frame, label in enumerate(path)
            if label != BLANK and (frame == 0 or path[frame - 1] != label)
        ]
        if collapse(path) == labels and begins == firsts:
            best = max(best, sum(log_probs[frame, label] for frame, label in enumerate(path)))
    return float(best)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 2), min_size=1, max_size=3), st.integers(0, 1000))
def test_the_alignment_is_the_best_path(labels: list[int], seed: int) -> None:
    frames = 6
    log_probs = np.log(np.random.default_rng(seed).dirichlet(np.ones(CLASSES), frames)).astype(np.float32)
    firsts = align(log_probs, np.array(labels)).tolist()
    assert firsts == sorted(set(firsts))
    wanted = best_score(log_probs, tuple(labels))
    assert score_of(log_probs, tuple(labels), firsts) == pytest.approx(wanted, abs=1e-4)


def test_a_text_without_characters_has_no_frames() -> None:
    assert align(np.zeros((4, CLASSES), np.float32), np.array([], np.int64)).tolist() == []


def test_a_text_that_is_too_long_is_an_error() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        align(np.zeros((3, CLASSES), np.float32), np.array([1, 1, 1]))


@given(st.text(CHARACTERS, max_size=30))
def test_what_is_encoded_decodes_to_the_same(text: str) -> None:
    text = " ".join(text.split())
    labels = encode(text)
    frames = np.stack([labels, np.full(len(labels), BLANK)], axis=1).reshape(-1)
    assert decode_greedily(frames) == text


@given(st.lists(st.integers(0, 5), max_size=12), st.integers(10, 20))
def test_the_decisions_of_a_transducer_say_the_text(begins: list[int], frames: int) -> None:
    firsts = sorted(begins)
    labels = list(range(len(firsts)))
    rows = list(greedy_decisions(firsts, labels, frames))
    assert [label for _, _, label in rows if label != BLANK] == labels
    assert [frame for frame, _, _ in rows] == sorted(frame for frame, _, _ in rows)
    assert {frame for frame, _, _ in rows} == set(range(frames))
    for _, group in itertools.groupby(rows, key=lambda row: row[0]):
        *said, last = [label for _, _, label in group]
        assert BLANK not in said
        assert last == BLANK or len(said) + 1 == MOST_AT_ONCE


def test_a_long_text_is_aligned_to_where_it_is_said() -> None:
    labels = np.random.default_rng(1).integers(0, BLANK, 300)
    log_probs = np.full((1200, CLASSES), -10.0, np.float32)
    log_probs[:, BLANK] = 0
    frames = np.arange(300) * 4 + 2
    log_probs[frames, BLANK], log_probs[frames, labels] = -10, 0
    assert align(log_probs, labels).tolist() == frames.tolist()
