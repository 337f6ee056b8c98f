"""Random damage to containers and to what FFmpeg says and gives, for as long as one likes.

``GIGAAM_FUZZ_SECONDS`` is how long the long form goes on, half an hour unless it says otherwise, and
``GIGAAM_FUZZ_SEED`` what it begins with. A failure names its seed; the files are in the test's folder.
"""

from __future__ import annotations

import os
import random
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from gigaam_cli.media import ffmpeg
from tests.cli.drivers import BASE_TEXT
from tests.faults.corrupt import CONTAINERS, corrupted, garbled
from tests.faults.invariants import Ran, Scene
from tests.faults.test_corruptions import FORESEEN

# Read here: the tests themselves see no settings from outside.
LONG_SECONDS = float(os.environ.get("GIGAAM_FUZZ_SECONDS", "1800"))
LONG_SEED = int(os.environ.get("GIGAAM_FUZZ_SEED", time.time_ns() // 1000))
SHORT_SECONDS, SHORT_SEED = 1.0, 16
A_ROUND = 12
REPORTS = sorted((Path(__file__).parents[1] / "media" / "reports").glob("*.txt"))
SAYINGS = b"""[mp3float @ 0x5581] [error] Header missing
[in#0/mp3 @ 0x5581] [error] Error during demuxing: Invalid data found when processing input
[wav @ 0x5581] [warning] Estimating duration from bitrate, this may be inaccurate
[mov,mp4,m4a,3gp,3g2,mj2 @ 0x5581] [error] stream 0, offset 0x9d3: partial file
[aist#0:0/aac @ 0x5581] [error] [dec:aac @ 0x5582] Error submitting packet to decoder: Truncated
[fatal] Conversion failed!
"""
# Says and gives what lies in files of the recording's name; some of it with an end of its own.
FAKE = """#!/bin/sh
for word in "$@"; do case "$word" in file:*) name=$(basename "$word" .wav);; esac; done
case "$name" in good*) exec {real} "$@";; esac
case " $* " in *" f32le "*) kind=decode;; *) kind=probe;; esac
cat "{folder}/$name.$kind.err" >&2
[ $kind = decode ] && cat "{folder}/$name.out"
. "{folder}/$name.$kind.end"
"""
ENDS = ["exit 0", "exit 1", "exit 255", "kill -SEGV $$", "kill -9 $$", "exec 1>&- 2>&-; exit 0"]
PROBE_ENDS = ["exit 1", "exit 1", "exit 1", "exit 0", "kill -ABRT $$"]


def fuzz(seconds: float, seed: int, folder: Path, a_round: Callable[[Scene, int], Ran]) -> None:
    """Make rounds, each with a seed of its own, until the time is over; what was survived is not kept."""
    deadline, rng = time.monotonic() + seconds, random.Random(seed)
    while time.monotonic() < deadline:
        number = rng.randrange(1 << 30)
        scene = Scene(folder / str(number))
        scene.copy("good.wav")
        try:
            ran = a_round(scene, number)
            assert ran.code in (0, 1)
            assert set(ran.reasons().values()) <= FORESEEN, ran.reasons()
            assert scene.text("good.txt") == BASE_TEXT
        except Exception as error:
            raise AssertionError(f"with the seed {number}") from error
        shutil.rmtree(scene.home)


LIMITS = ("-F", "txt", "--stall-timeout", "20", "--max-duration", "30:00")
LENGTHS = [
    pytest.param(SHORT_SECONDS, SHORT_SEED, id="short"),
    pytest.param(
        LONG_SECONDS / 2,
        LONG_SEED,
        id="long",
        marks=[pytest.mark.slow, pytest.mark.timeout(LONG_SECONDS + 600)],
    ),
]


@pytest.mark.parametrize(("seconds", "seed"), LENGTHS)
def test_any_container_is_survived(seconds: float, seed: int, good: dict[str, bytes], tmp_path: Path) -> None:
    def a_round(scene: Scene, number: int) -> Ran:
        for index in range(A_ROUND):
            name = random.Random(number + index).choice(list(CONTAINERS))
            scene.put(f"{index}.{name}", corrupted(good[name], number + index))
        return scene.run(*LIMITS)

    fuzz(seconds, seed, tmp_path, a_round)


@pytest.mark.skipif(sys.platform == "win32", reason="the fake is a shell script")
@pytest.mark.parametrize(("seconds", "seed"), LENGTHS)
def test_any_word_of_ffmpeg_is_survived(seconds: float, seed: int, tmp_path: Path) -> None:
    real = ffmpeg.binary()

    def a_round(scene: Scene, number: int) -> Ran:
        words = scene.home / "words"
        words.mkdir()
        for index in range(A_ROUND):
            scene.copy(f"{index}.wav")
            say(words / str(index), number + index)
        script = scene.home / "ffmpeg"
        script.write_text(FAKE.format(real=real, folder=words))
        script.chmod(0o755)
        return scene.run(*LIMITS, GIGAAM_FFMPEG=str(script))

    fuzz(seconds, seed, tmp_path, a_round)


def say(where: Path, seed: int) -> None:
    """Write what the fake is to say and give for one recording."""
    rng = random.Random(seed)
    report = rng.choice(REPORTS).read_bytes()
    texts = {
        ".probe.err": report if rng.random() < 0.3 else garbled(report, seed),
        ".decode.err": garbled(SAYINGS, seed) if rng.random() < 0.7 else b"",
        ".out": samples(rng),
        ".probe.end": rng.choice(PROBE_ENDS).encode(),
        ".decode.end": rng.choice(ENDS).encode(),
    }
    for suffix, content in texts.items():
        where.with_name(where.name + suffix).write_bytes(content)


def samples(rng: random.Random) -> bytes:
    """Return samples, or bytes that are none, of any length."""
    count = rng.choice([0, 1, 3, 1000, 64_003, 400_000])
    if rng.random() < 0.5:
        return rng.randbytes(count)
    wild = np.random.default_rng(rng.randrange(1 << 30)).standard_normal(count // 4).astype("<f4")
    wild[::97] = rng.choice([np.nan, np.inf, -np.inf, 3e38, 0.0])
    return wild.tobytes()
