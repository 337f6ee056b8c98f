"""FFmpegs that misbehave: scripts that stand in for the real one, which they call for everything else."""

from __future__ import annotations

from pathlib import Path

import pytest

from gigaam_cli.media import ffmpeg


def hang_when_decoding(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on decoding gives nothing and never ends; probing works as ever."""
    real = ffmpeg.binary()
    script = folder / "ffmpeg"
    script.write_text(f'#!/bin/sh\ncase " $* " in *" f32le "*) exec sleep 600;; esac\nexec {real} "$@"\n')
    script.chmod(0o755)
    monkeypatch.setenv("GIGAAM_FFMPEG", str(script))
    ffmpeg.binary.cache_clear()
