"""Greedy decoding: what one recording says does not depend on those beside it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gigaam_cli.engines.greedy import (
    CHUNK,
    MOST_IN_A_FRAME,
    Floats,
    Integers,
    Path,
    ctc,
    transducer,
)

BLANK = 3
WORDLESS = [BLANK] * 5


def spelled(*classes: int) -> Floats:
    """Frames that are sure of their classes."""
    probabilities = np.full((len(classes), BLANK + 1), 0.1, np.float32)
    probabilities[np.arange(len(classes)), classes] = 0.7
    return np.log(probabilities)


@pytest.mark.parametrize(
    ("frames", "classes", "starts"),
    [
        ((), [], []),
        (WORDLESS, [], []),
        ((0, 0, 0), [0], [0]),
        ((0, BLANK, 0), [0, 0], [0, 2]),
        ((BLANK, 0, 1, 1, BLANK, 2), [0, 1, 2], [1, 2, 5]),
    ],
)
def test_ctc_leaves_out_blanks_and_repetitions(
    frames: list[int], classes: list[int], starts: list[int]
) -> None:
    path = ctc(spelled(*frames), BLANK)
    assert (path.classes, path.frames) == (classes, starts)


def test_a_token_is_as_probable_as_all_its_frames() -> None:
    path = ctc(spelled(0, 0, BLANK, 1), BLANK)
    assert np.exp(path.log_probs) == pytest.approx([0.49, 0.7])


class Script:
    """Networks that say in each frame the classes of a list, one after another, and then the blank.

    A frame's first number says where its list is; the state counts what was said of it, so that a state that got
    lost shows at once.
    """

    width = 2

    def __init__(self, lists: list[list[int]]) -> None:
        self._lists = lists

    def predict(self, classes: Integers, hidden: Floats, cell: Floats) -> tuple[Floats, Floats, Floats]:
        """Count, and remember the last class."""
        said = classes != BLANK
        count = hidden + said[:, None].astype(np.float32)
        return np.stack([count[:, 0], classes.astype(np.float32)], axis=1), count, cell

    def join(self, heard: Floats, said: Floats) -> tuple[Integers, Floats]:
        """Say what the script wants next."""
        before = heard[:, :, 1]
        place = (said[:, :1] - before).astype(int)
        best = np.array(
            [
                [self._next(int(frame), at) for frame, at in zip(frames, places, strict=True)]
                for frames, places in zip(heard[:, :, 0], place, strict=True)
            ]
        )
        return best, np.full(best.shape, -0.5, np.float32)

    def _next(self, frame: int, place: int) -> int:
        said = self._lists[frame]
        return said[place] if 0 <= place < len(said) else BLANK


scripts = st.lists(st.lists(st.integers(0, BLANK - 1), max_size=4), min_size=1, max_size=3 * CHUNK)


def frames_of(recordings: list[list[list[int]]]) -> tuple[Floats, Integers, Script]:
    """Number all lists of all recordings, and how much was said before each."""
    longest = max(len(lists) for lists in recordings)
    frames = np.zeros((len(recordings), longest, 2), np.float32)
    flat: list[list[int]] = []
    for row, lists in enumerate(recordings):
        before = 0
        for at in range(longest):
            frames[row, at] = (len(flat), before)
            flat.append(lists[at] if at < len(lists) else [0])
            before += len(flat[-1])
    return frames, np.array([len(lists) for lists in recordings]), Script(flat)


@given(st.lists(scripts, min_size=1, max_size=4))
def test_a_transducer_says_what_each_frame_wants(recordings: list[list[list[int]]]) -> None:
    frames, lengths, script = frames_of(recordings)
    found = transducer(frames, lengths, script, BLANK)
    for path, lists in zip(found, recordings, strict=True):
        wanted = [(number, at) for at, said in enumerate(lists) for number in said]
        assert list(zip(path.classes, path.frames, strict=True)) == wanted
        assert path.log_probs == [-0.5] * len(wanted)


def test_a_frame_says_ten_tokens_at_most() -> None:
    endless = [[0] * 100, [1]]
    frames, lengths, script = frames_of([endless])
    frames[0, 1, 1] = MOST_IN_A_FRAME
    (path,) = transducer(frames, lengths, script, BLANK)
    assert path.frames == [0] * MOST_IN_A_FRAME + [1]
    assert path.classes == [0] * MOST_IN_A_FRAME + [1]


def test_nothing_to_decode() -> None:
    frames, lengths, script = frames_of([[[0]]])
    assert transducer(frames, np.zeros_like(lengths), script, BLANK) == [Path()]
