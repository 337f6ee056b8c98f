"""The time between the passes of a watch: until something new is there, or a file that was growing has settled."""

from __future__ import annotations

import contextlib
import math
import queue
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from typing import Protocol

from gigaam_cli.pipeline.control import Control
from gigaam_cli.pipeline.watch_request import is_folder

# Times of files are compared with the clock to this.
_GRAIN_SECONDS = 0.05


class Waiter(Protocol):
    """Waits for changes."""

    def wait(self, seconds: float) -> Collection[Path]:
        """Return what may have a new recording in it, nothing after so many ``seconds`` or when the watch ends."""


@contextlib.contextmanager
def stoppable(control: Control) -> Iterator[None]:
    """Within ``with``, a signal is noted, and acted upon at the end."""
    with control.ends(queue.SimpleQueue()):
        yield


class Waiting:
    """Waits, and knows which files still change.

    A file has settled when its time and the changes that were told of it are ``settle`` seconds ago: the clock of a
    server may be another than ours. ``clock`` gives seconds that never go back.
    """

    def __init__(self, waiter: Waiter, settle: float, clock: Callable[[], float]) -> None:
        self._waiter, self._settle, self._clock = waiter, settle, clock
        self._unsettled: frozenset[Path] = frozenset()
        self._changed: dict[Path, float] = {}

    def changing(self) -> Collection[Path]:
        """Return the files of which a change was told just now."""
        now = self._clock()
        self._changed = {path: at for path, at in self._changed.items() if now - at < self._settle}
        return self._changed.keys()

    def expect(self, unsettled: Iterable[Path]) -> None:
        """Wait for these to settle from now on, and no others."""
        self._unsettled = frozenset(unsettled)

    def wait(self, seconds: float, folders: Collection[Path], control: Control) -> None:
        """Wait until there is something to look at, for so long, or for the end.

        ``folders`` are those that are watched: one that vanishes or comes back is something to look at.
        """
        with stoppable(control):
            for left in self._until(seconds, control):
                settled = self._until_settled()
                if settled == 0 or self._note(self._waiter.wait(min(left, settled)), folders):
                    return

    def rest(self, seconds: float, control: Control) -> None:
        """Wait for so long, whatever changes, or for the end."""
        with stoppable(control):
            for left in self._until(seconds, control):
                self._note(self._waiter.wait(left), ())

    def _until(self, seconds: float, control: Control) -> Iterator[float]:
        """Yield the seconds that are left of so many, until they are over or the watch is to end."""
        deadline = self._clock() + seconds
        while not control.ending and (left := deadline - self._clock()) > 0:
            yield left

    def _note(self, changed: Collection[Path], folders: Collection[Path]) -> bool:
        """Note when files changed; return whether there are folders among them, which are looked into at once."""
        files = {path for path in changed if path not in folders and not is_folder(path)}
        self._changed.update(dict.fromkeys(files, self._clock()))
        return len(files) < len(changed)

    def _until_settled(self) -> float:
        """Return the seconds until the first of the files that are not done has settled."""
        now = self._clock()
        quiet = dict.fromkeys(self._unsettled, math.inf)
        quiet |= {path: now - changed for path, changed in self._changed.items()}
        waits = (until_settled(path, self._settle, seconds) for path, seconds in quiet.items())
        return min((wait for wait in waits if wait is not None), default=math.inf)


def until_settled(path: Path, settle: float, quiet: float = math.inf) -> float | None:
    """Return the seconds until a file has settled, None if it is gone; ``quiet`` is how long no change was told."""
    try:
        age = time.time() - path.stat().st_mtime
    except OSError:
        return None
    by_time = 0.0 if abs(age) >= settle else settle - age + _GRAIN_SECONDS
    return max(by_time, settle - quiet, 0.0)
