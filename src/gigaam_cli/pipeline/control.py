"""What may be asked of a run while it goes on: to end, to rest, to leave a recording, to begin no more of them."""

from __future__ import annotations

import contextlib
import queue
from collections.abc import Iterator
from pathlib import Path

from gigaam_cli.pipeline.flow import Message, Nudge


class Control:
    """Lets a front end steer a run: safe to use from a signal handler and from other threads.

    Nothing here waits: what is asked for is noted, and whoever keeps the run's books is woken and does it.
    """

    def __init__(self) -> None:
        self.reason: str | None = None
        """Why the run is to end at once."""
        self.paused = False
        self.finishing = False
        """Nothing is begun any more."""
        self._skips: queue.SimpleQueue[Path] = queue.SimpleQueue()
        self._inbox: queue.SimpleQueue[Message] | None = None

    @property
    def running(self) -> bool:
        """Whether a run is under way that ``stop`` would end."""
        return self._inbox is not None

    @property
    def ending(self) -> bool:
        """Whether nothing is to be begun, be it for ``stop`` or for ``finish``."""
        return self.finishing or self.reason is not None

    def stop(self, reason: str) -> None:
        """End the run as soon as possible, for ``reason``; what is finished is kept."""
        self.reason = self.reason or reason
        self._wake()

    def finish(self) -> None:
        """Begin no recording any more, finish what is in work, and end; a pause is over."""
        self.finishing = True
        self.resume()

    def pause(self) -> None:
        """Read and recognise nothing until ``resume``; what the engines are at is finished."""
        self.paused = True
        self._wake()

    def resume(self) -> None:
        """Go on after a pause."""
        self.paused = False
        self._wake()

    def skip(self, path: Path) -> None:
        """Do no more of a recording, in work or not; what is recognised of it stays in the store.

        One that is done or failed by then, or that the run knows nothing of, is none of it.
        """
        self._skips.put(path)
        self._wake()

    def skips(self) -> Iterator[Path]:
        """Yield the recordings to skip, each once."""
        with contextlib.suppress(queue.Empty):
            while True:
                yield self._skips.get_nowait()

    @contextlib.contextmanager
    def ends(self, inbox: queue.SimpleQueue[Message]) -> Iterator[None]:
        """Within ``with``, whatever is asked for wakes whoever reads ``inbox``."""
        before, self._inbox = self._inbox, inbox
        try:
            yield
        finally:
            self._inbox = before

    def _wake(self) -> None:
        inbox = self._inbox
        if inbox is not None:
            inbox.put(Nudge())
