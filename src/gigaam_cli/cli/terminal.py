"""The terminal while a run is shown: what is typed arrives key by key and unseen, and everything is put back."""

from __future__ import annotations

import codecs
import contextlib
import os
import select
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

from gigaam_cli.cli.console import is_terminal

_entered: set[Terminal] = set()
_SHOW_CURSOR = b"\x1b[?25h"


def put_all_back() -> None:
    """Leave every terminal as it was found, with its cursor: for an end at once."""
    for entered in tuple(_entered):
        entered.put_back()
        with contextlib.suppress(OSError):
            os.write(sys.__stderr__.fileno() if sys.__stderr__ else 2, _SHOW_CURSOR)


class Terminal:
    """The terminal of this program; ``listens`` says whether keys are read from it.

    Where stdin is another one than stderr, or what was typed before is waiting in it (that is for the shell), no
    keys are read. From the background nothing is touched: that would stop the program.
    """

    def __init__(self, listen: bool) -> None:
        self.listens = listen and is_terminal(sys.stdin) and is_terminal(sys.stderr)
        self._lock = threading.RLock()

    def enter(self) -> None:
        """Have keys arrive one by one; do it again after a stop (Ctrl-Z) or where somebody changed that."""

    def put_back(self) -> None:
        """Leave the terminal as it was found."""

    def in_background(self) -> bool:
        """Whether another program has the terminal."""
        return False

    def typed(self, seconds: float) -> str:
        """Return what is typed within so many seconds, nothing where that is nothing or after ``wake``."""
        raise NotImplementedError

    def wake(self) -> None:
        """End the wait for keys."""
        raise NotImplementedError

    def close(self) -> None:
        """Put the terminal back, and use it no more."""
        self.put_back()
        _entered.discard(self)


class WindowsTerminal(Terminal):
    """A console: it has keys, and neither modes nor background."""

    _SLICE_SECONDS = 0.05

    def __init__(self, listen: bool) -> None:
        super().__init__(listen)
        self._woken = threading.Event()

    def typed(self, seconds: float) -> str:
        """Return the keys that are pressed within so many seconds; those without a letter come in two parts."""
        import msvcrt

        console: Any = msvcrt  # elsewhere mypy knows nothing in it
        deadline = time.monotonic() + seconds
        while not self._woken.is_set() and time.monotonic() < deadline:
            if self.listens and console.kbhit():
                key = str(console.getwch())
                if key not in "\0\xe0":
                    return key
                console.getwch()
            self._woken.wait(self._SLICE_SECONDS)
        return ""

    def wake(self) -> None:
        """End the wait for keys, for good."""
        self._woken.set()


class PosixTerminal(Terminal):
    """A terminal with modes, groups of processes, and a shell that may take it back at any time."""

    def __init__(self, listen: bool, hide: bool = False) -> None:
        super().__init__(listen)
        self._hide = hide
        self._there = is_terminal(sys.stderr)
        self._fd = sys.stderr.fileno() if self._there else -1
        self._found: list[Any] | None = None
        self._decoder = codecs.getincrementaldecoder("utf-8")("ignore")
        self._wakes, self._waker = os.pipe()
        self._keys = sys.stdin.fileno() if self.listens else -1
        if self.listens:
            self.listens = os.fstat(self._keys).st_rdev == os.fstat(self._fd).st_rdev
        if self.listens:
            self.listens = self._is_ours() and not self._waits()

    def enter(self) -> None:
        """Have keys arrive one by one and unseen, and ``^C`` not be written into what is drawn."""
        import termios

        if not self._there or self.in_background():
            return
        with self._lock, contextlib.suppress(termios.error):
            _entered.add(self)
            settings = termios.tcgetattr(self._fd)
            wanted = self._wanted(settings)
            if settings[3] == wanted[3]:
                return
            first = self._found is None
            self._found = settings
            termios.tcsetattr(self._fd, termios.TCSANOW, wanted)
            if first and self.listens and self._waits():  # half a line for the shell
                self.listens = False
                termios.tcsetattr(self._fd, termios.TCSANOW, self._wanted(settings))

    def put_back(self) -> None:
        """Leave the terminal as it was found, unless another program has it by now."""
        import termios

        with self._lock:
            found, self._found = self._found, None
            if found is not None and not self.in_background():
                with contextlib.suppress(termios.error, OSError):
                    termios.tcsetattr(self._fd, termios.TCSANOW, found)

    def in_background(self) -> bool:
        """Whether another program has the terminal; where there are no such groups, none has."""
        try:
            return self._there and os.tcgetpgrp(self._fd) != os.getpgrp()
        except OSError:
            return False

    def typed(self, seconds: float) -> str:
        """Return what is typed within so many seconds."""
        listens = self.listens and self._found is not None and not self.in_background()
        ready, _, _ = select.select([self._wakes, *([self._keys] if listens else [])], [], [], seconds)
        if self._keys not in ready or not self._is_ours():
            return ""
        try:
            typed = os.read(self._keys, 1024)
        except OSError:
            typed = b""
        if not typed:  # it hung up
            self.listens = False
        return self._decoder.decode(typed)

    def wake(self) -> None:
        """End the wait for keys, for good."""
        with contextlib.suppress(OSError):
            os.write(self._waker, b"\0")

    def close(self) -> None:
        """Put the terminal back, and use it no more."""
        super().close()
        for fd in (self._wakes, self._waker):
            os.close(fd)

    def _wanted(self, settings: list[Any]) -> list[Any]:
        import termios

        wanted = [*settings]
        wanted[3] &= ~(termios.ECHOCTL | (termios.ECHO if self._hide else 0))
        if self.listens:
            wanted[3] &= ~(termios.ICANON | termios.ECHO)
            wanted[6] = [*settings[6]]
            wanted[6][termios.VMIN], wanted[6][termios.VTIME] = 1, 0
        return wanted

    def _is_ours(self) -> bool:
        try:
            return os.tcgetpgrp(self._fd) == os.getpgrp()
        except OSError:
            return False

    def _waits(self) -> bool:
        """Whether something was typed already."""
        return bool(select.select([self._keys], [], [], 0)[0])


@contextlib.contextmanager
def unseen() -> Iterator[None]:
    """Let what is typed while the body lasts be unseen; it waits for whoever reads next."""
    here = Terminal(False) if sys.platform == "win32" else PosixTerminal(False, hide=True)
    here.enter()
    try:
        yield
    finally:
        here.close()


def terminal(listen: bool) -> Terminal:
    """Return the terminal of this program; ``listen``: keys are to be read from it, where that can be."""
    return WindowsTerminal(listen) if sys.platform == "win32" else PosixTerminal(listen)
