"""One process at a time changes a folder with a model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gigaam_cli.core.events import ModelWaiting, Observer


@contextmanager
def alone(folder: Path, model: str, observer: Observer) -> Iterator[None]:
    """Hold the lock of a folder of ``model``; the operating system frees that of a process that died."""
    from filelock import FileLock, Timeout

    lock = FileLock(folder.with_name(f".{folder.name}.lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        observer(ModelWaiting(model))
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
