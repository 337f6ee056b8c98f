"""A home of its own in which the commands of a page are run, with the recordings that the pages speak of."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from gigaam_cli.core.paths import demo_folder
from tests.conftest import encode
from tests.docs.pages import ROOT, Block, Command, commands

HOME = "/home/anna"
"""What the pages call the folder in which the commands run."""
TIMEOUT = 240.0

NOT_RUN = {
    "watch": "never ends",
}
"""Commands of gigaam that are only parsed."""

STAND_INS = {
    "pip": "needs the network",
    "pipx": "needs the network",
    "ssh": "needs another machine",
}
"""Other programs that do nothing here. Blocks in which gigaam is not called are not run."""

_STAND_IN = "#!/bin/sh\nexec cat > /dev/null\n"  # what is sent to it is read
_LAUNCHER = """#!/bin/sh
case "$1" in
  {not_run}) exec "{python}" -m tests.docs.understood "$@" ;;
  *) exec "{python}" -m gigaam_cli "$@" ;;
esac
"""
_EXAMPLES = ROOT / "examples" / "recordings"
_RECORDINGS = {
    "talk.mp3": _EXAMPLES / "human_learnt_sentence.mp3",
    "memo.ogg": demo_folder() / "recordings" / "person.ogg",
    "recordings/call.mp3": demo_folder() / "recordings" / "dates.mp3",
    "recordings/meeting.m4a": demo_folder() / "recordings" / "numbers.m4a",
    "calls/monday.mp3": demo_folder() / "recordings" / "dates.mp3",
}
# What differs from run to run and from machine to machine.
_MASKS = (
    (r"(?m)^(Time|Время)( +)\S.*$", r"\1\2T"),
    (r"(?m)^(Speed|Скорость)( +)\S.*$", r"\1\2N"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?", "DATE"),
    (r"(?m)^DATE\t\S+", "DATE\tT"),
    (r"\d+\.\d+ RTFx", "N RTFx"),
    (r"\b3 files|\b4 files", "N files"),
    (r"файлов [34]\b", "файлов N"),
    (r"\bcpu \(.*?\)", "cpu (…)"),
    (r"(?:\d[\d  ,.]*) ?(kB|KB|MB|GB|TB|КБ|МБ|ГБ|ТБ)\b", r"N \1"),
    (r"\b(in|за|after|через) \d+(\.\d+)? ?(s|с)\b", r"\1 N \3"),
    (r"\"(wall_seconds|rtfx)\": [\d.]+", r'"\1": N'),
)
_EVENT = re.compile(r"(done|failed|skipped|suspect|готово|ошибка|пропущено): |\t")


@dataclass(frozen=True, slots=True)
class Sandbox:
    """The folder, and the language in which the program speaks there."""

    folder: Path
    russian: bool
    hub: str

    @classmethod
    def made(cls, folder: Path, russian: bool, hub: str) -> Sandbox:
        """Make the folder with its recordings and programs; ``hub`` is the address of a stand-in."""
        programs = folder / ".bin"
        programs.mkdir(parents=True)
        launcher = _LAUNCHER.format(not_run="|".join(NOT_RUN), python=sys.executable)
        for name, text in {"gigaam": launcher, **dict.fromkeys(STAND_INS, _STAND_IN)}.items():
            (programs / name).write_text(text, encoding="utf-8")
            (programs / name).chmod(0o755)
        for name, source in _RECORDINGS.items():
            (folder / name).parent.mkdir(exist_ok=True)
            shutil.copy(source, folder / name)
        (folder / "calls" / "broken.mp3").touch()
        (folder / ".venv" / "bin").mkdir(parents=True)  # as after make try
        (folder / ".venv" / "bin" / "gigaam").symlink_to(programs / "gigaam")
        (folder / "inbox").mkdir()
        encode(_EXAMPLES / "synthetic_dates.mp4", folder / "film.mkv", "-c", "copy")
        shutil.copytree(ROOT / "examples", folder / "examples")
        return cls(folder, russian, hub)

    @property
    def models(self) -> Path:
        """Where models are installed."""
        return self.folder / ".cache" / "gigaam" / "models"

    def run(self, script: str, *, strict: bool = False) -> subprocess.CompletedProcess[str]:
        """Run a script of bash with both its outputs together; ``strict`` ends it where a command fails."""
        options = ["-e", "-u", "-o", "pipefail"] if strict else []
        return subprocess.run(
            ["bash", *options, "-c", script],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            cwd=self.folder,
            env=self._environment(),
            timeout=TIMEOUT,
        )

    def printed(self, block: Block) -> list[tuple[Command, str]]:
        """Run a block of a terminal; return its commands with what they really printed."""
        known = commands(block)
        script = "\n".join(f"(exit $before)\n{one.line}\nbefore=$?; printf '\\036'" for one in known)
        parts = self.run(f"before=0\n{script}").stdout.split("\x1e")
        return list(zip(known, parts, strict=False))

    def masked(self, text: str) -> list[str]:
        """Return lines without what no two runs share, those that come in any order in one."""
        text = text.replace(str(self.folder), HOME)
        for pattern, replacement in _MASKS:
            text = re.sub(pattern, replacement, text)
        lines = [line.rstrip() for line in text.strip("\n").splitlines()]
        return _in_order(lines)

    def _environment(self) -> dict[str, str]:
        ours = {name: value for name, value in os.environ.items() if not name.startswith(("GIGAAM_", "XDG_"))}
        return ours | {
            "PATH": f"{self.folder / '.bin'}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
            "HOME": str(self.folder),
            "LC_ALL": "C.UTF-8",
            "GIGAAM_LANG": "ru" if self.russian else "en",
            "GIGAAM_MODEL": "demo",
            "HF_ENDPOINT": self.hub,
            "HF_HUB_DISABLE_XET": "1",
        }


def _in_order(lines: list[str]) -> list[str]:
    """Return lines with those about recordings, which end in any order, sorted where they follow each other."""
    ordered: list[str] = []
    told: list[str] = []
    for line in [*lines, ""]:
        if _EVENT.search(line):
            told.append(line)
        else:
            ordered += [*sorted(told), line]
            told = []
    return ordered[:-1]
