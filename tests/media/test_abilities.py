"""What an FFmpeg says that it can read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gigaam_cli.core.errors import FfmpegMissingError
from gigaam_cli.media import abilities
from gigaam_cli.media.abilities import NEEDED, look, unread
from gigaam_cli.media.discover import EXTENSIONS
from gigaam_cli.media.ffmpeg import binary

SCRIPTS = pytest.mark.skipif(os.name == "nt", reason="scripts stand for FFmpeg")


def test_the_one_that_runs_the_tests_reads_everything() -> None:
    found = look(binary())
    assert found.version
    assert found.unread == ()


def test_every_format_that_is_asked_for_is_one_that_is_looked_for() -> None:
    assert {f".{extension}" for extension in NEEDED} <= EXTENSIONS


def test_a_missing_decoder_or_demuxer_costs_the_formats_that_need_it() -> None:
    demuxers = {name for containers, _ in NEEDED.values() for name in containers}
    decoders = {name for _, codecs in NEEDED.values() for name in codecs}
    assert unread(demuxers, decoders) == ()
    assert unread(demuxers - {"amr"}, decoders - {"wmav2"}) == ("wma", "amr")
    assert unread(demuxers, decoders - {"mp3float"}) == ()


def script(folder: Path, body: str) -> str:
    file = folder / "ffmpeg"
    file.write_text(f"#!/bin/sh\n{body}\n")
    file.chmod(0o755)
    return str(file)


@SCRIPTS
@pytest.mark.parametrize(
    ("body", "told"),
    [("echo something else", "does not answer as FFmpeg"), ("echo no library >&2; exit 127", "no library")],
)
def test_something_else_of_that_name_is_no_ffmpeg(tmp_path: Path, body: str, told: str) -> None:
    with pytest.raises(FfmpegMissingError, match=told):
        look(script(tmp_path, body))


@SCRIPTS
def test_one_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(abilities, "_SECONDS", 0.3)
    with pytest.raises(FfmpegMissingError):
        look(script(tmp_path, "exec sleep 600"))


@SCRIPTS
def test_one_with_fewer_decoders(tmp_path: Path) -> None:
    real = binary()
    filtered = f'exec 3>&1; {real} "$@" | grep -v -e wmav2 -e opus'
    assert look(script(tmp_path, filtered)).unread == ("opus", "wma", "webm")
