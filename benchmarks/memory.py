"""The most memory that a run takes, for recordings of different lengths.

    python -m benchmarks.memory WORK [--hours 1 10] [--model demo]

The speech is kept in WORK: one hour of it, which longer recordings repeat.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from gigaam_cli.media import ffmpeg

from . import speech
from .timing import machine

HOUR = 3600.0
# A process that is small itself: what it holds when it starts another one counts for that one, too.
_WATCH = (
    "import os, subprocess, sys; process = subprocess.Popen(sys.argv[1:]);"
    "_, status, usage = os.wait4(process.pid, 0); assert status == 0, status; print(usage.ru_maxrss)"
)


def make(work: Path, hours: int) -> Path:
    """Make a recording of so many hours."""
    (hour,) = speech.files(work / "hour", [HOUR])
    long = work / f"hours_{hours}.mp3"
    if not long.exists():
        repeated = ["-stream_loop", str(hours - 1), "-i", f"file:{hour}", "-c", "copy", f"file:{long}"]
        subprocess.run([ffmpeg.binary(), "-nostdin", "-v", "error", *repeated], check=True)
    return long


def peak(recording: Path, model: str) -> dict[str, float]:
    """Transcribe a recording; return the most memory in MiB that gigaam's process held, and the seconds."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "gigaam_cli", "transcribe", str(recording), "-m", model]
        options = ["-o", folder, "-n", "--progress", "none", "--json"]
        environment = {**os.environ, "GIGAAM_STATE_DIR": folder}
        watched = [sys.executable, "-c", _WATCH, *command, *options]
        done = subprocess.run(watched, stdout=subprocess.PIPE, env=environment, check=True)
    summary, _, kibibytes = done.stdout.decode().rpartition("\n}\n")
    return {"mib": int(kibibytes) / 1024, "seconds": json.loads(summary + "}")["wall_seconds"]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("--hours", type=int, nargs="+", default=[1, 10])
    parser.add_argument("--model", default="demo")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    found = {str(hours): peak(make(args.work, hours), args.model) for hours in args.hours}
    print(json.dumps(found, indent=1))
    if args.json:
        args.json.write_text(json.dumps({"machine": machine(), "hours": found}, indent=1))


if __name__ == "__main__":
    main()
