"""Folders worth offering: those that were used last, with how many recordings are in them."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from gigaam_cli.core.errors import GigaamError

_RUNS, _OFFERED = 50, 4
_COUNTING_SECONDS = 0.3
_ENOUGH = 1000


def current_folder() -> Path:
    """Return the folder that gigaam was started in, or the root where that is gone."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        return Path(os.sep)


def recent_folders() -> tuple[Path, ...]:
    """Return the folders of past runs that are still there, the latest first."""
    from gigaam_cli.core.paths import state_folder
    from gigaam_cli.store.store import Store

    try:
        store = Store.open_to_read(state_folder())
        try:
            runs = list(store.history.latest(_RUNS))
        finally:
            store.close()
    except GigaamError:  # whatever is wrong with the store, the run will tell
        return ()
    folders = dict.fromkeys(folder for run in runs for folder in _folders(run.start.inputs))
    return tuple(folders)[:_OFFERED]


def _folders(inputs: Sequence[str]) -> Iterator[Path]:
    """Yield the folders that inputs are or lie in; of names without one it is not known where they were."""
    for path in map(Path, inputs):
        if path.is_absolute() and path.exists():
            yield path if path.is_dir() else path.parent


def counted(folders: Sequence[Path], seconds: float = _COUNTING_SECONDS) -> dict[Path, str]:
    """Return how many recordings are in and below each folder, of those that were counted in so long."""
    counts: dict[Path, str] = {}
    deadline = time.monotonic() + seconds

    def count(folder: Path) -> None:
        number, whole = _recordings_in(folder, deadline)
        counts[folder] = f"{number}" if whole else f"{number}+"

    threads = [threading.Thread(target=count, args=(folder,), daemon=True) for folder in folders]
    for thread in threads:
        thread.start()
    for thread in threads:  # a network disk that does not answer is not waited for
        thread.join(max(0.0, deadline + 0.1 - time.monotonic()))
    return dict(counts)


def _recordings_in(folder: Path, deadline: float) -> tuple[int, bool]:
    """Return the number of recordings below ``folder``, and whether all of it was looked at."""
    from gigaam_cli.media.discover import EXTENSIONS

    number = 0
    for _place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        number += sum(Path(name).suffix.lower() in EXTENSIONS for name in names if name[0] != ".")
        if number >= _ENOUGH or time.monotonic() > deadline:
            return number, False
    return number, True
