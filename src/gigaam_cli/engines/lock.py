"""One process at a time changes a model's folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gigaam_cli.core.events import FetchWaiting, Observer


@contextmanager
def alone(folder: Path, observer: Observer) -> Iterator[None]:
    """Hold the lock of a model's folder; the operating system frees that of a process that died."""
    from filelock import FileLock, Timeout

    lock = FileLock(folder.with_name(f".{folder.name}.lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        observer(FetchWaiting(folder.name))
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
