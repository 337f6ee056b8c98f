"""What recordings are called in lines about them: short, and no two of a run alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path

from gigaam_cli.cli.parameters import absolute

Naming = Callable[[Path], str]


def base_name(path: Path) -> str:
    """Return the name without its folders."""
    return path.name


class Below:
    """Names recordings by their place below the input that they were found in.

    Where there are several inputs, the folder's own name comes first; a file that was named itself has its name,
    and its whole path where another one has the same.
    """

    def __init__(self, inputs: Iterable[str | Path]) -> None:
        self._named = tuple(inputs)

    def __call__(self, path: Path) -> str:
        """Return what ``path`` is called."""
        if path in self._inputs:
            return path.name if self._alike[path.name] == 1 else str(path)
        folder = next((parent for parent in path.parents if parent in self._inputs), None)
        if folder is None:
            return path.name
        return str(path.relative_to(folder if len(self._inputs) == 1 else folder.parent))

    @cached_property
    def _inputs(self) -> frozenset[Path]:
        return frozenset(map(absolute, self._named))

    @cached_property
    def _alike(self) -> Counter[str]:
        return Counter(path.name for path in self._inputs)
