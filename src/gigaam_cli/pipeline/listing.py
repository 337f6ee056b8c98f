"""What lies in folders, for those who ask for one name after another: on a network each question takes long."""

from __future__ import annotations

import os
from collections import Counter

from gigaam_cli.core.spelling import folded

# So many names are asked for one by one: one recording does not make anybody read a folder of a million texts.
_FEW = 16


class Listing:
    """Folders as they are when they are first asked for; a folder that cannot be looked into seems empty."""

    def __init__(self) -> None:
        self._asked: Counter[str] = Counter()
        self._names: dict[str, frozenset[str]] = {}

    def holds(self, path: str) -> bool:
        """Whether something is at ``path``."""
        folder, _, name = path.rpartition(os.sep)
        names = self._names.get(folder)
        if names is None:
            self._count(folder)
        elif folded(name) not in names:
            return False
        return os.path.exists(path)  # noqa: PTH110 - Path's raises where it may not look

    def _count(self, folder: str) -> None:
        self._asked[folder] += 1
        if self._asked[folder] == _FEW:
            self._names[folder] = _listed(folder + os.sep)  # C: alone is where one is on that disk


def _listed(folder: str) -> frozenset[str]:
    try:
        return frozenset(folded(name) for name in os.listdir(folder))  # noqa: PTH208 - names alone
    except OSError:
        return frozenset()
