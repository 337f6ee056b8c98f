"""Which FFmpeg runs, what it is told, and what of the environment reaches it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from gigaam_cli.core.errors import FfmpegMissingError
from gigaam_cli.media import ffmpeg
from gigaam_cli.media.ffmpeg import Cut, binary, decode_command, environment, plain_line, probe_command
from tests.media.conftest import FakeFfmpeg
from tests.media.hearing import hear


@pytest.fixture
def empty_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all there is on PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def test_the_one_that_was_named_wins(fake_ffmpeg: FakeFfmpeg) -> None:
    named = fake_ffmpeg("exit 0")
    assert binary() == str(named)


def test_the_one_that_was_named_must_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = tmp_path / "nothing"
    monkeypatch.setenv("GIGAAM_FFMPEG", str(nothing))
    with pytest.raises(FfmpegMissingError) as caught:
        binary()
    assert str(nothing) in str(caught.value)
    assert "GIGAAM_FFMPEG" in caught.value.hint()


@pytest.mark.skipif(sys.platform == "win32", reason="the fake is a shell script")
def test_then_the_one_on_the_path(empty_path: Path) -> None:
    there = empty_path / "ffmpeg"
    there.write_text("#!/bin/sh\n", encoding="utf-8")
    there.chmod(0o755)
    assert binary() == str(there)


@pytest.mark.usefixtures("empty_path")
def test_then_the_one_in_the_wheel(base_wav: Path) -> None:
    assert "imageio_ffmpeg" in binary()
    assert hear(base_wav).error is None


@pytest.mark.usefixtures("empty_path")
def test_none_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(FfmpegMissingError):
        binary()


def test_every_command_keeps_to_local_media_files() -> None:
    path = Path("-x%03d:a.mp3")
    for command in (probe_command(path), decode_command(path, 1, Cut(1.0, 2.5))):
        before_input = command[: command.index("-i")]
        assert command[command.index("-i") + 1] == f"file:{path.absolute()}"
        assert before_input[before_input.index("-protocol_whitelist") + 1] == "file,pipe"
        demuxers = before_input[before_input.index("-format_whitelist") + 1].split(",")
        assert not {"concat", "hls", "dash", "sdp", "image2", "lavfi", "tty"} & set(demuxers)
        assert "-nostdin" in before_input


def test_a_command_for_decoding_names_stream_and_part() -> None:
    command = decode_command(Path("a.mp3"), 3, Cut(1.5, 20.0))
    assert command[command.index("-map") + 1] == "0:a:3"
    assert command[command.index("-ss") + 1] == "1.500000"
    assert command[command.index("-to") + 1] == "20.000000"
    assert command[-1] == "pipe:1"


def test_a_whole_recording_is_not_cut() -> None:
    assert not {"-ss", "-to", "-t"} & set(decode_command(Path("a.mp3"), 0, Cut()))


def test_the_environment_cannot_make_ffmpeg_write_reports(
    base_wav: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FFREPORT", "file=report.log")
    monkeypatch.setenv("AV_LOG_FORCE_COLOR", "1")
    monkeypatch.setenv("KEPT", "1")
    assert environment()["KEPT"] == "1"
    assert hear(base_wav).info.container == "wav"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("line", "plain"),
    [
        ("[mov,mp4,m4a,3gp,3g2,mj2 @ 0x19d3f640] moov atom not found\n", "moov atom not found"),
        ("[in#0/mp3 @ 0x5] [warning] Estimating duration", "Estimating duration"),
        ("[aist#0:0/mp3 @ 0x5] [dec:mp3float @ 0x6] [error] Error submitting", "Error submitting"),
        ("[fatal] Error opening input files", "Error opening input files"),
        ("  [0] in brackets [error] x", "[0] in brackets x"),
        ("", ""),
    ],
)
def test_lines_of_the_log_are_shown_without_addresses(line: str, plain: str) -> None:
    assert plain_line(line) == plain


def test_the_search_is_done_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = binary()
    monkeypatch.setenv("GIGAAM_FFMPEG", str(tmp_path / "nothing"))
    assert binary() == found
    ffmpeg.binary.cache_clear()
