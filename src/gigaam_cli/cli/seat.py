"""Somebody sits at the terminal: a thread that reads their keys and draws; what is to be done on Ctrl-Z."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator

from gigaam_cli.cli.keys import Keys
from gigaam_cli.cli.picture import Picture
from gigaam_cli.cli.terminal import Terminal, put_all_back, terminal

_PICTURES_A_SECOND = 6
_MOST_AT_ONCE = 4


class Seat:
    """Within ``with``, a thread reads ``keys``, where there are any, and draws pictures again and again.

    Ctrl-Z leaves the terminal to the shell in good order, and whatever way the
    program comes back to it, keys and pictures are there again.
    """

    def __init__(self, keys: Keys | None = None) -> None:
        self.keys = keys
        self._terminal: Terminal = terminal(keys is not None)
        self._pictures: list[Picture] = []
        self._over = self._stopping = self._was_away = False
        self._handlers: dict[int, object] = {}
        self._thread = threading.Thread(target=self._run, name="terminal", daemon=True)

    def __enter__(self) -> Seat:
        self._terminal.enter()
        if threading.current_thread() is threading.main_thread():
            self._handle()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over = True
        self._terminal.wake()
        self._thread.join()
        for number, handler in self._handlers.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        self._terminal.close()

    @property
    def listens(self) -> bool:
        """Whether keys are read."""
        return self._terminal.listens

    def is_away(self) -> bool:
        """Whether another program has the terminal."""
        return self._terminal.in_background()

    @contextlib.contextmanager
    def shows(self, picture: Picture) -> Iterator[None]:
        """Draw ``picture`` again and again while the body lasts."""
        self._pictures.append(picture)
        with picture:
            try:
                yield
            finally:
                self._pictures.remove(picture)

    def _run(self) -> None:
        while not self._over:
            typed = self._terminal.typed(1 / _PICTURES_A_SECOND)
            if self._over:
                return
            if self.keys:
                for key in meant(typed):
                    self.keys.press(key)
            if self._stopping:
                self._stop()
            self._terminal.enter()
            self._draw()

    def _draw(self) -> None:
        anew, self._was_away = self._was_away, False
        for picture in tuple(self._pictures):
            picture.refresh(anew)

    def _stop(self) -> None:
        """Leave the terminal to the shell; returns when somebody has this program go on."""
        pictures = tuple(self._pictures)
        for picture in pictures:
            picture.take_away()
        self._terminal.put_back()
        self._stopping = False
        os.kill(os.getpid(), signal.SIGTSTP)
        for picture in pictures:
            picture.put_back()

    def _handle(self) -> None:
        """Have Ctrl-Z and Ctrl-\\ wait until the terminal is put back."""
        handlers = {"SIGTSTP": self._asked_to_stop, "SIGCONT": self._continued, "SIGQUIT": _quit}
        for name, handler in handlers.items():
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                self._handlers[number] = signal.signal(number, handler)

    def _asked_to_stop(self, number: int, _frame: object) -> None:
        signal.signal(number, signal.SIG_DFL)  # the thread sends it once more
        self._stopping = True

    def _continued(self, _number: int, _frame: object) -> None:
        self._was_away = True
        if signal.SIGTSTP in self._handlers:
            signal.signal(signal.SIGTSTP, self._asked_to_stop)


def _quit(number: int, _frame: object) -> None:
    put_all_back()
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def meant(typed: str) -> str:
    """Return the keys that are meant for us: not arrows and the like, nor what was pasted for the shell."""
    return "" if typed.startswith("\x1b") or len(typed) > _MOST_AT_ONCE or "\n" in typed else typed
