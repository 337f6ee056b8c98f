"""When a file has settled: by its time, and by what was told of it."""

from __future__ import annotations

import os
import time
from pathlib import Path

from gigaam_cli.pipeline.waiting import until_settled


def test_a_file_settles_by_its_time_and_by_what_was_told(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"")
    os.utime(path, (time.time() - 6.0,) * 2)
    wait = until_settled(path, 10.0)
    assert wait is not None
    assert 3.5 < wait < 4.2
    assert until_settled(path, 5.0) == 0
    assert until_settled(path, 5.0, quiet=2.0) == 3.0
    assert until_settled(path, 5.0, quiet=20.0) == 0
    assert until_settled(tmp_path / "gone.wav", 5.0) is None
