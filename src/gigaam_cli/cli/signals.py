"""Signals: the first ends the run in good order, the second at once."""

from __future__ import annotations

import os
import signal
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gigaam_cli.pipeline.control import Control

# By what they are called in events and reports: the exit code that shells expect.
ENDINGS = {"interrupted": 130, "terminated": 143, "hung_up": 129}
# Windows says SIGBREAK for Ctrl-Break, a console that is closed, and the end of the session.
_NAMES = {"SIGINT": "interrupted", "SIGTERM": "terminated", "SIGHUP": "hung_up", "SIGBREAK": "terminated"}


class SignalReceived(BaseException):
    """A signal came while there was no run to end."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Signals:
    """Within ``with``, SIGINT, SIGTERM, SIGHUP and SIGBREAK end the run that ``control`` stands for.

    Where no run is under way they raise SignalReceived, so that temporary files are removed. A SIGHUP that is
    ignored already stays ignored: that is what nohup asks for.
    """

    def __init__(self, control: Control | None = None) -> None:
        self._control = control
        self._before: dict[int, object] = {}
        self._reasons: dict[int, str] = {}

    def __enter__(self) -> Signals:
        for name, reason in _NAMES.items():
            number = getattr(signal, name, None)
            if number is None or (name == "SIGHUP" and signal.getsignal(number) is signal.SIG_IGN):
                continue
            self._reasons[number] = reason
            self._before[number] = signal.signal(number, self._received)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _received(self, number: int, _frame: FrameType | None) -> None:
        reason = self._reasons[number]
        if self._control is None:
            raise SignalReceived(reason)
        if self._control.reason is not None:
            from gigaam_cli.cli.terminal import put_all_back
            from gigaam_cli.media.process import kill_all

            put_all_back()
            kill_all()
            os._exit(ENDINGS[reason])
        running = self._control.running
        self._control.stop(reason)
        if not running:
            raise SignalReceived(reason)
