"""``kill -9`` at any moment: the next run goes on, nothing is recognised twice, and the texts are the same."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.conftest import DATA

pytestmark = pytest.mark.heavy

FORMATS = ("-F", "txt,timecodes,srt,json")
EXAMPLES = DATA.parents[1] / "examples" / "recordings"


def make_folder(folder: Path, long: int) -> None:
    """Fill a folder with long and short recordings, one of them broken."""
    folder.mkdir()
    for number in range(long):
        shutil.copy(DATA / "joined.ogg", folder / f"long_{number}.ogg")
    for source in (*DATA.glob("ru_*"), *EXAMPLES.glob("*.m4a")):
        shutil.copy(source, folder)
    (folder / "broken.mp3").write_bytes(b"no sound at all" * 100)


def start(folder: Path, out: Path, state: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "gigaam_cli", "transcribe", str(folder), "-o", str(out), *FORMATS]
    environment = {**os.environ, "GIGAAM_MODEL": "demo", "GIGAAM_STATE_DIR": str(state)}
    return subprocess.Popen([*command, "--progress", "json"], env=environment, stderr=subprocess.PIPE)


def finish(process: subprocess.Popen[bytes], after: float | None = None) -> list[tuple[str, float]]:
    """Kill a run after so many seconds, or let it end; return the segments that it said it recognised."""
    if after is not None:
        time.sleep(after)
        process.kill()
    _, told = process.communicate(timeout=120)
    whole = [line for line in told.decode().splitlines() if line.endswith("}")]
    events = [json.loads(line) for line in whole]
    return [(event["path"], event["start"]) for event in events if event["event"] == "segment_done"]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def ffmpegs(folder: Path) -> list[str]:
    """Return the FFmpegs that read from a folder, as Linux shows them."""
    lines = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            lines.append(file.read_bytes().decode("utf-8", "replace"))
    return [line for line in lines if "ffmpeg" in line and str(folder) in line]


def test_two_runs_share_a_folder_and_one_survives_the_other(tmp_path: Path) -> None:
    """Row 28: nothing is recognised twice but what was in work when one was killed, and all is done."""
    folder, out, state = tmp_path / "in", tmp_path / "out", tmp_path / "state"
    make_folder(folder, long=6)
    killed, other = start(folder, out, state), start(folder, out, state)
    seen = Counter(finish(killed, after=3.0)) + Counter(finish(other))
    assert killed.returncode == -signal.SIGKILL
    assert other.returncode == 1
    twice = [each for each, count in seen.items() if count > 1]
    assert len(twice) <= 2, "the calls under way at the kill were not in the store yet"
    alone = start(folder, tmp_path / "alone", tmp_path / "another state")
    assert set(finish(alone)) == set(seen)
    assert contents(out) == contents(tmp_path / "alone")


@pytest.mark.parametrize("kills", [6, pytest.param(50, marks=pytest.mark.slow)])
@pytest.mark.timeout(1200)
def test_a_run_that_is_killed_again_and_again_ends_with_the_same_texts(kills: int, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    make_folder(folder, long=kills // 2)
    before, began = contents(folder), time.monotonic()
    undisturbed = start(folder, tmp_path / "wanted", tmp_path / "one")
    all_segments = finish(undisturbed)
    seconds = time.monotonic() - began
    assert undisturbed.returncode == 1, "one recording is broken"

    rng, out, state, seen = (
        random.Random(kills),
        tmp_path / "out",
        tmp_path / "two",
        list[tuple[str, float]](),
    )
    for _ in range(kills):
        process = start(folder, out, state)
        seen += finish(process, after=rng.uniform(0.2, seconds))
        assert process.returncode in (-signal.SIGKILL, 1)
    last = start(folder, out, state)
    seen += finish(last)

    assert last.returncode == 1
    assert contents(out) == contents(tmp_path / "wanted")
    assert [each for each, count in Counter(seen).items() if count > 1] == []
    assert set(seen) <= set(all_segments)
    assert contents(folder) == before
    deadline = time.monotonic() + 10
    while left := ffmpegs(folder):
        assert time.monotonic() < deadline, left
        time.sleep(0.1)
