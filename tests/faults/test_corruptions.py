"""Corruptions of good files, each by its seed: never a hang, never the end of the run, never a bug shown."""

from __future__ import annotations

import pytest

from tests.cli.drivers import BASE_TEXT
from tests.faults.corrupt import CONTAINERS, corrupted
from tests.faults.invariants import Scene

FORESEEN = {
    "damaged_media",
    "truncated_media",
    "not_media",
    "no_audio_stream",
    "too_long",
    "decoder_killed",
}
"""A crash of FFmpeg is its own affair; a hang would be ``decoder_stalled``, a bug of ours ``internal_error``."""


@pytest.mark.parametrize("count", [20, pytest.param(100, marks=pytest.mark.slow)])
def test_corrupted_files_fail_or_are_done_and_the_rest_goes_on(
    count: int, good: dict[str, bytes], scene: Scene
) -> None:
    scene.copy("good.wav", "zz_good.wav")
    for seed in range(count):
        name = list(CONTAINERS)[seed % len(CONTAINERS)]
        scene.put(f"{seed:03}.{name}", corrupted(good[name], seed))
    ran = scene.run("-F", "txt,json", "--stall-timeout", "20", "--max-duration", "30:00")
    assert ran.code == 1
    assert set(ran.reasons().values()) <= FORESEEN, ran.reasons()
    assert len(ran.of("done")) + len(ran.of("failed")) == count + 2
    assert ran.of("done"), "damage that leaves nothing to hear proves little"
    assert scene.text("good.txt") == scene.text("zz_good.txt") == BASE_TEXT
