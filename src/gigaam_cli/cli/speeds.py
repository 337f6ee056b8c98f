"""How fast models are here: from past runs, and where there are none from ``gigaam doctor``."""

from __future__ import annotations

import contextlib

from gigaam_cli.core.paths import state_folder
from gigaam_cli.store.speeds import write_speed


def note_speed(model: str, device: str, rtfx: float) -> None:
    """Note what was measured; where that cannot be written down, it is not worth an error."""
    with contextlib.suppress(OSError):
        write_speed(state_folder(), model, device, rtfx)
