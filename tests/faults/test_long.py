"""Ten hours of speech in the memory of one. The short form: integration/test_long_recordings.py."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from gigaam_cli.media import ffmpeg
from tests.conftest import DATA
from tests.faults.invariants import Ran, Scene

HOURS = 10


def lasting(hours: int, path: Path) -> None:
    """Write the joined phrases again and again."""
    arguments = [
        "-y",
        "-v",
        "error",
        "-stream_loop",
        "-1",
        "-i",
        str(DATA / "joined.ogg"),
        "-t",
        str(3600 * hours),
    ]
    subprocess.run(
        [ffmpeg.binary(), "-nostdin", *arguments, "-b:a", "48k", str(path)], check=True, timeout=600
    )


def positions(ran: Ran) -> list[float]:
    events = [json.loads(line) for line in ran.err.splitlines()]
    return [event["position"] for event in events if event["event"] == "stage_progress"]


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_ten_hours_take_the_memory_of_one(scene: Scene, tmp_path: Path) -> None:
    scene.patience = 3000
    peaks = []
    for hours in (1, HOURS):
        path = tmp_path / f"{hours}.mp3"
        lasting(hours, path)
        ran = scene.run("-F", "txt,json", "--progress", "json", inputs=[path])
        assert ran.code == 0
        assert ran.entry(path)["seconds"] == pytest.approx(3600 * hours, abs=1)
        reached = positions(ran)
        assert reached == sorted(set(reached))
        assert reached[-1] > 3600 * hours - 30
        peaks.append(ran.peak)
    assert peaks[1] <= 1.1 * peaks[0], peaks
