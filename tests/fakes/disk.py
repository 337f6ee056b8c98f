"""A disk that fails at a chosen moment, through the fault point of ``writers.publish``."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Faults:
    """Counts the steps of publishing; at step ``fail_at`` the disk fails, or ``meddle`` is called instead."""

    fail_at: int = 0
    number: int = errno.ENOSPC
    meddle: Callable[[], object] | None = None
    steps: list[tuple[str, str]] = field(default_factory=list)

    def __call__(self, step: str, path: Path) -> None:
        """Be told of a step."""
        self.steps.append((step, path.name))
        if len(self.steps) == self.fail_at:
            if self.meddle is not None:
                self.meddle()
            else:
                raise OSError(self.number, os.strerror(self.number))
