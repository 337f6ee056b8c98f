"""FFmpegs that hang after any number of bytes, go on slowly, or are killed: it costs one recording."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from gigaam_cli.media import ffmpeg
from tests.cli.drivers import BASE_TEXT
from tests.faults.invariants import Scene

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the fakes are shell scripts")

# What it does when it decodes depends on the recording's name; probing is as ever, but for one of them.
FAKE = """#!/bin/sh
for word in "$@"; do case "$word" in file:*) name=$(basename "$word" .wav);; esac; done
case " $* " in
    *" f32le "*) ;;
    *) [ "$name" = mute ] && exec sleep 600; exec {real} "$@";;
esac
case "$name" in
    hangs_*) {real} "$@" | head -c "${{name#hangs_}}"; exec sleep 600;;
    slow) {real} "$@" | {{ for part in 1 2 3 4 5 6; do sleep 0.4; head -c 46000; done; cat; }}; exit;;
    killed_*) {real} "$@" | head -c "${{name#killed_}}"; kill -9 $$;;
esac
exec {real} "$@"
"""
STALL_SECONDS = 1.5
# Of 367 964 bytes in all: none, half a sample, more than two blocks, all of it.
BYTES = [0, 2, 256_001, 400_000]


@pytest.fixture
def fake(tmp_path: Path) -> str:
    """Return the path of a fake FFmpeg."""
    script = tmp_path / "ffmpeg"
    script.write_text(FAKE.format(real=ffmpeg.binary()))
    script.chmod(0o755)
    return str(script)


def test_a_decoder_that_hangs_after_any_number_of_bytes_is_killed(scene: Scene, fake: str) -> None:
    """The slow one takes longer than may pass without progress, and is left alone."""
    hanging = [f"hangs_{count}.wav" for count in BYTES]
    scene.copy("good.wav", "mute.wav", "slow.wav", *hanging)
    ran = scene.run("--stall-timeout", str(STALL_SECONDS), "-F", "txt", GIGAAM_FFMPEG=fake)
    assert ran.code == 1
    assert ran.reasons() == dict.fromkeys((*hanging, "mute.wav"), "decoder_stalled")
    assert scene.text("good.txt") == scene.text("slow.txt") == BASE_TEXT
    assert ran.seconds < STALL_SECONDS * (len(BYTES) + 8)
    assert scene.run("-F", "txt").names("done") == sorted((*hanging, "mute.wav"))


def test_a_decoder_that_is_killed_costs_its_recording_alone(scene: Scene, fake: str) -> None:
    killed = [f"killed_{count}.wav" for count in BYTES]
    scene.copy("good.wav", *killed)
    ran = scene.run("-F", "txt", GIGAAM_FFMPEG=fake)
    assert ran.code == 1
    assert ran.reasons() == dict.fromkeys(killed, "decoder_killed")
    assert scene.text("good.txt") == BASE_TEXT
    assert scene.run("-F", "txt").names("done") == sorted(killed)
