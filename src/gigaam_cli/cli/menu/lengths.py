"""How long recordings are, found out in the background for those that are on the screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from gigaam_cli.core.errors import GigaamError

_PROBERS = 2
_PATIENCE_SECONDS = 10.0


class Lengths:
    """Asks FFmpeg, without anybody waiting; ``changed`` is called from another thread for each answer."""

    def __init__(self, changed: Callable[[], object]) -> None:
        self._changed = changed
        self._pool = ThreadPoolExecutor(_PROBERS, thread_name_prefix="length")
        self._asked: dict[Path, Future[float | None]] = {}

    def of(self, path: Path) -> float | None:
        """Return the seconds of a recording, None where they are not known, or not known yet."""
        asked = self._asked.get(path)
        return asked.result() if asked is not None and asked.done() else None

    def want(self, paths: Sequence[Path]) -> None:
        """Find out about these, and no longer about others that are not begun."""
        wanted = set(paths)
        for path in [path for path in self._asked if path not in wanted]:
            if self._asked[path].cancel():
                del self._asked[path]
        for path in paths:
            if path not in self._asked:
                self._asked[path] = self._pool.submit(_length, path)
                self._asked[path].add_done_callback(self._told)

    def close(self) -> None:
        """End what is under way."""
        from gigaam_cli.media.process import kill_all

        self._changed = lambda: None
        self._pool.shutdown(wait=False, cancel_futures=True)
        kill_all()

    def _told(self, asked: Future[float | None]) -> None:
        if not asked.cancelled():
            self._changed()


def _length(path: Path) -> float | None:
    from gigaam_cli.media.probe import probe

    try:
        return probe(path, _PATIENCE_SECONDS).duration
    except (GigaamError, OSError):  # what is wrong with it, the plan will tell
        return None
