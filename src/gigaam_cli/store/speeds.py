"""How fast models were found to be here, where no run tells yet: a small file beside the state store."""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from gigaam_cli.core.files import replace_whole

FILE_NAME = "speeds.json"
_SCHEMA = 1


@dataclass(frozen=True, slots=True)
class MeasuredSpeed:
    """Seconds of audio that ``model`` recognised a second on ``device``; ``at`` is seconds since 1970."""

    model: str
    device: str
    rtfx: float
    at: float


def read_speeds(folder: Path) -> dict[tuple[str, str], MeasuredSpeed]:
    """Return what was measured by model and device; nothing where the file cannot be read."""
    try:
        content = json.loads((folder / FILE_NAME).read_text(encoding="utf-8"))
        speeds = [MeasuredSpeed(**item) for item in content["speeds"]]
    except (OSError, ValueError, TypeError, LookupError):
        return {}
    return {(speed.model, speed.device): speed for speed in speeds}


def write_speed(folder: Path, model: str, device: str, rtfx: float) -> None:
    """Note what was measured, in place of what was measured before.

    Raises:
        OSError: the folder cannot be written to.
    """
    speeds = read_speeds(folder)
    speeds[model, device] = MeasuredSpeed(model, device, round(rtfx, 2), time.time())
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f"{FILE_NAME}.{os.getpid()}.partial"
    content = {"schema": _SCHEMA, "speeds": [asdict(speed) for speed in speeds.values()]}
    replace_whole(folder / FILE_NAME, json.dumps(content).encode(), partial)
