"""The program on a terminal, read as a person reads it: by what is on the screen."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pexpect
import pyte

from tests.cli.drivers import COMMAND, environment

ENTER, ESCAPE, INTERRUPT, BACKSPACE, TAB = "\r", "\x1b", "\x03", "\x7f", "\t"
UP, DOWN, RIGHT, LEFT = "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D"
PATIENCE = 60.0


class Terminal:
    """A program, and the screen that it draws on."""

    def __init__(self, child: pexpect.spawn, columns: int, rows: int) -> None:
        self._child = child
        self._screen = pyte.HistoryScreen(columns, rows, history=1000)
        self._stream = pyte.Stream(self._screen)
        self.raw = ""
        self.pressed = 0

    @property
    def text(self) -> str:
        """What is on the screen."""
        return "\n".join(line.rstrip() for line in self._screen.display).rstrip()

    @property
    def pointed(self) -> str:
        """The row with the pointer."""
        return next((line.strip()[2:] for line in self._screen.display if line.strip().startswith(">")), "")

    def see(self, pattern: str) -> str:
        """Wait until the screen has ``pattern``; return what it matched."""
        deadline = time.monotonic() + PATIENCE
        while True:
            found = re.search(pattern, self.text)
            if found:
                return found[0]
            assert time.monotonic() < deadline, f"no {pattern!r} on the screen:\n{self.text}"
            if not self._read():
                raise AssertionError(f"ended without {pattern!r}:\n{self.text}")

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self.pressed += 1
            self._child.send(key)

    def type(self, text: str) -> None:
        """Type a text; that is not counted."""
        self._child.send(text)

    def point_at(self, title: str) -> None:
        """Go down until the pointer is at ``title``."""
        self.see(rf"(?m)^ [> ] {re.escape(title)}")
        for _ in range(40):
            self.settle()
            before = self.pointed
            if before.startswith(title):
                return
            self.press(DOWN)
            deadline = time.monotonic() + 2.0
            while self.pointed == before and time.monotonic() < deadline:
                self._read(0.05)
        raise AssertionError(f"no row {title!r}:\n{self.text}")

    def choose(self, title: str) -> None:
        """Go to a row and press Enter."""
        self.point_at(title)
        self.press(ENTER)

    def settle(self, quiet: float = 0.05) -> None:
        """Read until nothing has come for a moment."""
        while self._read(quiet):
            continue

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the program."""
        self._child.kill(number)

    def end(self) -> int:
        """Wait for the end; return the exit code."""
        deadline = time.monotonic() + PATIENCE
        while self._read():
            assert time.monotonic() < deadline, self.text
        self._child.wait()
        return int(self._child.exitstatus if self._child.signalstatus is None else -self._child.signalstatus)

    def _read(self, timeout: float = 1.0) -> bool:
        """Read what there is; return False at the end, and where nothing came in less than a second."""
        try:
            data = self._child.read_nonblocking(1 << 16, timeout)
        except pexpect.TIMEOUT:
            return timeout >= 1.0
        except pexpect.EOF:
            return False
        self.raw += data
        self._stream.feed(data)
        return True


@contextmanager
def on_a_terminal(
    *arguments: str | Path,
    cwd: Path | None = None,
    size: tuple[int, int] = (80, 24),
    command: Sequence[str] = COMMAND,
    **variables: str | None,
) -> Iterator[Terminal]:
    """Start the program, or ``command``, on a terminal of ``size`` columns and rows."""
    columns, rows = size
    child = pexpect.spawn(
        command[0],
        [*command[1:], *map(str, arguments)],
        cwd=None if cwd is None else str(cwd),
        env=environment(**{"TERM": "xterm-256color", **variables}),
        dimensions=(rows, columns),
        encoding="utf-8",
        codec_errors="replace",
    )
    try:
        yield Terminal(child, columns, rows)
    finally:
        child.close(force=True)
