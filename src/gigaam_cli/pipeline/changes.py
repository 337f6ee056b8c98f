"""What changes in folders: told by the operating system, or found by looking again and again."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Generator, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from watchfiles import Change, watch

from gigaam_cli.media.discover import EXTENSIONS

logger = logging.getLogger(__name__)
logging.getLogger("watchfiles").addHandler(logging.NullHandler())  # it would say on stderr that a signal came

# How soon a signal, a folder that vanished or the end of a wait is noticed.
_SLICE_SECONDS = 0.25
# Changes that come together are told together.
_GROUP_SECONDS = 1.0
# Where the system has no way to tell, or no more room for folders to tell about.
_POLL_SECONDS = 30.0

Told = Generator["set[tuple[Change, str]]", None, None]


@dataclass(frozen=True, slots=True)
class Watching:
    """What is watched: ``poll`` is the pause in seconds between two looks, None where the system is to tell."""

    folders: tuple[Path, ...]
    recursive: bool = True
    poll: float | None = None


class Changes:
    """Within ``with``, notes what changes, and ``wait`` tells of it.

    ``alive`` is called several times a second while it waits, and a wait ends when ``stopped`` says so.
    """

    def __init__(
        self, watching: Watching, stopped: Callable[[], bool], alive: Callable[[], None] = lambda: None
    ) -> None:
        self._watching = watching
        self._poll = watching.poll
        self._stopped, self._alive = stopped, alive
        self._there: dict[Path, tuple[int, int]] = {}
        self._told: Told | None = None
        self._early: set[Path] = set()

    def __enter__(self) -> Changes:
        self._there = _identities(self._watching.folders)
        self._begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def wait(self, seconds: float) -> Collection[Path]:
        """Return what may have a new recording in it, nothing where that is so for so many ``seconds``.

        These are recordings, new folders, and watched folders that vanished or came back.
        """
        early, self._early = self._early, set()
        if early:
            return early
        deadline = time.monotonic() + seconds
        while not self._stopped():
            self._alive()
            changed = self._moved_folders() | self._slice(min(_SLICE_SECONDS, deadline - time.monotonic()))
            if changed or time.monotonic() >= deadline:
                return changed
        return ()

    def _slice(self, seconds: float) -> set[Path]:
        """Wait for a moment."""
        if self._told is None:
            time.sleep(max(0.0, seconds))
            return set()
        try:
            return set(_worth_a_look(next(self._told, ())))
        except (OSError, RuntimeError) as error:
            logger.warning("watching is begun anew: %s", error)
            self._end()
            self._begin()
            return set(self._there)

    def _moved_folders(self) -> set[Path]:
        """Return the folders that are others than before, such as of a disk that was mounted; begin anew then."""
        now = _identities(self._watching.folders)
        if now == self._there:
            return set()
        moved = {path for path in self._watching.folders if now.get(path) != self._there.get(path)}
        self._there = now
        self._end()
        self._begin()
        return moved

    def _begin(self) -> None:
        """Note changes from now on; look for them where the system cannot tell of so many folders."""
        self._told = None
        if self._there and not self._begun(self._poll) and self._poll is None:
            self._poll = _POLL_SECONDS
            self._begun(self._poll)

    def _begun(self, poll: float | None) -> bool:
        """Whether there is nothing left to try."""
        told = self._watch(poll)
        try:
            self._early |= set(_worth_a_look(next(told, ())))
        except FileNotFoundError:  # it vanished just now, which is noticed soon
            return True
        except (OSError, RuntimeError) as error:
            logger.warning("changes are not told: %s", error)
            return False
        self._told = told
        return True

    def _end(self) -> None:
        if self._told is not None:
            self._told.close()
            self._told = None

    def _watch(self, poll: float | None) -> Told:
        # Not filtered there: where much changes that does not matter, it would never come back.
        return watch(
            *self._there,
            watch_filter=None,
            debounce=round(1000 * _GROUP_SECONDS),
            step=round(1000 * _SLICE_SECONDS / 2),
            stop_event=_Stopped(self._stopped),
            rust_timeout=round(1000 * _SLICE_SECONDS),
            yield_on_timeout=True,
            raise_interrupt=False,
            force_polling=None if poll is None else True,
            poll_delay_ms=round(1000 * (poll or _POLL_SECONDS)),
            recursive=self._watching.recursive,
            ignore_permission_denied=True,
        )


class _Stopped:
    """An event as ``threading`` has them, that somebody else sets."""

    def __init__(self, stopped: Callable[[], bool]) -> None:
        self.is_set = stopped


def _worth_a_look(changes: Iterable[tuple[Change, str]]) -> Iterable[Path]:
    """Yield recordings and new folders; not what vanished, nor texts and temporary files."""
    for change, name in changes:
        path = Path(name)
        if change is Change.deleted or path.name.startswith("."):
            continue
        if path.suffix.lower() in EXTENSIONS or (change is Change.added and path.is_dir()):
            yield path


def _identities(folders: Iterable[Path]) -> dict[Path, tuple[int, int]]:
    """Return what tells each folder that is there from another one of its name."""
    there = {}
    for folder in folders:
        try:
            status = folder.stat()
        except OSError:
            continue
        if folder.is_dir():
            there[folder] = (status.st_dev, status.st_ino)
    return there
