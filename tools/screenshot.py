"""Makes the pictures in docs/images from real runs, in a real terminal.

    python tools/screenshot.py RECORDINGS OUT.svg [--after SECONDS] [--lang en|ru]

Runs ``gigaam transcribe`` on a folder inside tmux (Debian's package), waits, and draws what the terminal shows.
"""

from __future__ import annotations

import argparse
import io
import re
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

WIDTH, HEIGHT = 96, 14
SESSION = "gigaam-screenshot"


def tmux(*arguments: str) -> str:
    done = subprocess.run(["tmux", *arguments], capture_output=True, check=True)
    return done.stdout.decode("utf-8")


def screen_after(command: str, seconds: float) -> str:
    """Run ``command`` in a terminal of its own; return what is on it after a while, with its colours."""
    tmux("new-session", "-d", "-s", SESSION, "-x", str(WIDTH), "-y", str(HEIGHT), f"{command}; sleep 60")
    try:
        time.sleep(seconds)
        return tmux("capture-pane", "-t", SESSION, "-p", "-e").rstrip("\n")
    finally:
        tmux("kill-session", "-t", SESSION)


def draw(screen: str, title: str, target: Path) -> None:
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(screen))
    # Rich's pictures fetch their font from the network; the reader's own monospace font does as well.
    drawing = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    target.write_text(console.export_svg(title=title, code_format=drawing), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("recordings", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--after", type=float, default=6.0)
    parser.add_argument("--lang", default="en")
    arguments = parser.parse_args()
    shown = f"gigaam transcribe -m demo {arguments.recordings.name} -o texts"
    with tempfile.TemporaryDirectory() as home:
        program = f"{shlex.quote(sys.executable)} -m gigaam_cli transcribe -m demo --lang {arguments.lang}"
        folders = f"{shlex.quote(str(arguments.recordings))} -o {shlex.quote(home)}/texts"
        command = f"COLORTERM=truecolor GIGAAM_STATE_DIR={shlex.quote(home)} {program} {folders}"
        draw(screen_after(command, arguments.after), shown, arguments.target)


if __name__ == "__main__":
    main()
