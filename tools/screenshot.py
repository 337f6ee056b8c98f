"""Makes the pictures in docs/images from real runs, in a real terminal.

    python -m tools.screenshot            all of them, in both languages
    python -m tools.screenshot status     one of them

Each command runs inside tmux (Debian's package) in a folder with recordings made of those of the tests; what the
terminal shows then is drawn by Rich.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

from gigaam_cli.media import ffmpeg

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
SESSION = "gigaam-screenshot"
LANGUAGES = {"en": "", "ru": ".ru"}
"""What stands before ``.svg`` in the names of each language's pictures."""
SPEECH = ROOT / "tests" / "data" / "joined.ogg"
MINUTES = {"interview.ogg": 7, "lecture/part_1.ogg": 12, "lecture/part_2.ogg": 10, "meeting.ogg": 3}


@dataclass(frozen=True, slots=True)
class Picture:
    """A command as it is shown, and when it is looked at; ``keys`` go to it one after another first."""

    name: str
    command: str
    height: int
    after: float = 4.0
    width: int = 96
    before: str = ""
    """What is run unseen, so that there is something to show."""
    keys: tuple[str, ...] = ()
    """In tmux's names: ``Enter``, ``Down``, ``C-c``; each is followed by half a second."""


PICTURES = (
    Picture("transcribe", "gigaam transcribe recordings -o texts", height=12, after=27.0),
    Picture(
        "dry-run",
        "gigaam transcribe recordings broken.mp3 -o texts -F txt --dry-run",
        height=12,
        width=112,
        before="gigaam transcribe short -o texts -q",
    ),
    Picture(
        "status",
        "gigaam status --all",
        height=7,
        before="gigaam transcribe short broken.mp3 -o texts -q",
    ),
    Picture("models", "gigaam models list", height=15, width=110),
    Picture("help", "gigaam --help", height=26),
    Picture("menu", "gigaam", height=16, after=3.0),
    Picture("plan", "gigaam", height=24, width=80, after=6.0, keys=("Enter", "Enter")),
)


def tmux(*arguments: str) -> str:
    done = subprocess.run(["tmux", "-L", SESSION, *arguments], capture_output=True, check=True)
    return done.stdout.decode("utf-8")


def screen(picture: Picture, home: Path, language: str) -> str:
    """Run a picture's command in a terminal of its own; return what is on it then, with its colours."""
    settings = {
        "HOME": str(home),
        "PATH": f"{home / '.bin'}{os.pathsep}{os.environ['PATH']}",
        "COLORTERM": "truecolor",
        "GIGAAM_LANG": language,
        "GIGAAM_MODEL": "demo",
        "GIGAAM_STATE_DIR": str(home / ".state"),
        "GIGAAM_MODELS_DIR": str(home / ".models"),
    }
    if picture.before:
        everything = {**os.environ, **settings}
        subprocess.run(picture.before, shell=True, check=False, cwd=home, env=everything, capture_output=True)
    variables = (f"{name}={value}" for name, value in settings.items())
    shell = shlex.join(["env", *variables, "sh", "-c", f"{picture.command}; sleep 60"])
    size = ("-x", str(picture.width), "-y", str(picture.height))
    tmux("-f", os.devnull, "new-session", "-d", "-s", SESSION, "-c", str(home), *size, shell)
    try:
        for key in picture.keys:
            time.sleep(0.5)
            tmux("send-keys", "-t", SESSION, key)
        time.sleep(picture.after)
        return tmux("capture-pane", "-t", SESSION, "-p", "-e").rstrip("\n")
    finally:
        tmux("kill-server")


def draw(shown: str, picture: Picture, target: Path) -> None:
    console = Console(record=True, width=picture.width, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(shown))
    # Rich's pictures fetch their font from the network; the reader's own monospace font does as well.
    drawing = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    drawing = drawing.replace("Fira Code, monospace", "monospace")
    text = console.export_svg(title=picture.command, code_format=drawing, unique_id=picture.name)
    target.write_text(text, encoding="utf-8")


@contextmanager
def furnished(home: Path) -> Iterator[Path]:
    """Make a folder, as short as the one that is shown, with the program and recordings in it."""
    home.mkdir()
    try:
        _furnish(home)
        yield home
    finally:
        shutil.rmtree(home)


def _furnish(home: Path) -> None:
    """Put the program and recordings there: long ones, short ones, a broken one."""
    launcher = home / ".bin" / "gigaam"
    launcher.parent.mkdir()
    python = f"PYTHONPATH={shlex.quote(str(ROOT / 'src'))} {shlex.quote(sys.executable)}"
    launcher.write_text(f'#!/bin/sh\n{python} -m gigaam_cli "$@"\n', encoding="utf-8")
    launcher.chmod(0o755)
    for name, minutes in MINUTES.items():
        target = home / "recordings" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        loop = ["-stream_loop", "-1", "-i", str(SPEECH), "-t", str(60 * minutes), "-c", "copy", str(target)]
        subprocess.run([ffmpeg.binary(), "-nostdin", "-v", "error", *loop], check=True)
    (home / "short").mkdir()
    for recording in (ROOT / "src" / "gigaam_cli" / "demo" / "recordings").iterdir():
        if recording.suffix in (".mp3", ".m4a", ".ogg"):
            shutil.copy(recording, home / "short")
    (home / "broken.mp3").touch()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", help="which pictures; all of them where none is named")
    names = parser.parse_args().names or [picture.name for picture in PICTURES]
    for picture in PICTURES:
        for language, ending in LANGUAGES.items() if picture.name in names else ():
            with furnished(Path(tempfile.gettempdir()) / "anna") as home:
                shown = screen(picture, home, language).replace(str(home), "/home/anna")
                draw(shown, picture, IMAGES / f"{picture.name}{ending}.svg")


if __name__ == "__main__":
    main()
