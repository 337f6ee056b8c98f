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
    *)
        [ "$name" = mute ] && exec sleep 600
        [ "$name" = unlucky ] && [ ! -e "$0.unlucky" ] && touch "$0.unlucky" && kill -9 $$
        exec {real} "$@";;
esac
case "$name" in
    hangs_*) {real} "$@" | head -c "${{name#hangs_}}"; exec sleep 600;;
    slow) {real} "$@" | {{ for part in 1 2 3 4 5 6; do sleep 0.4; head -c 46000; done; cat; }}; exit;;
    killed_*) {real} "$@" | head -c "${{name#killed_}}"; kill -9 $$;;
    once_*) [ -e "$0.$name" ] || {{ touch "$0.$name"; {real} "$@" | head -c "${{name#once_}}"; kill -9 $$; }};;
esac
exec {real} "$@"
"""
STALL_SECONDS = 1.5
# Of 367 964 bytes in all: none, two blocks and a part of a sample, all of it.
BYTES = [0, 256_001, 400_000]


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


def test_a_decoder_that_is_killed_is_started_once_more_and_then_costs_its_recording(
    scene: Scene, fake: str
) -> None:
    killed, once = ([f"{how}_{count}.wav" for count in BYTES] for how in ("killed", "once"))
    scene.copy("good.wav", "unlucky.wav", *killed, *once)
    ran = scene.run("-F", "txt,json", GIGAAM_FFMPEG=fake)
    assert ran.code == 1
    assert ran.reasons() == dict.fromkeys(killed, "decoder_killed")
    whole = scene.words("good.json")
    for name in (*once, "unlucky.wav"):
        assert scene.words(name.replace(".wav", ".json")) == whole, "nothing is lost, nothing is there twice"
    assert scene.run("-F", "txt").names("done") == sorted(killed)
