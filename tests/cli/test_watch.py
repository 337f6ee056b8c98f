"""``gigaam watch`` as a process of its own, with real files that come and grow, and as a command line."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gigaam_cli.cli.commands.group import program
from tests.cli.conftest import Call
from tests.cli.drivers import (
    BASE,
    BASE_TEXT,
    COMMAND,
    Running,
    ffmpeg_processes,
    gigaam,
    leftovers,
    repeated,
    running,
    soon,
)

FLAGS = ("-m", "demo", "-F", "txt", "--progress", "json", "--threads", "1", "--settle", "0.5")
posix = pytest.mark.skipif(os.name == "nt", reason="signals as POSIX has them")


@contextmanager
def watching(*arguments: str | Path) -> Iterator[Running]:
    """Watch with ``arguments`` while the body lasts, from when the first look is over."""
    with running(*COMMAND, "watch", *FLAGS, *arguments) as program:
        program.wait_for("watch_started")
        yield program


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """Return the socket of a service manager that listens."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(str(tmp_path / "socket"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "socket"))
        yield line


def heard_by(manager: socket.socket) -> list[str]:
    """Return what a service manager was told until the end."""
    messages: list[str] = []
    while messages[-1:] != ["STOPPING=1"]:
        messages.append(manager.recv(4096).decode())
    return messages


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip()


# --- the process --------------------------------------------------------------------------------------------


@posix
@pytest.mark.parametrize("how", [[], ["--poll", "0.3"]], ids=["told", "polled"])
def test_what_is_there_and_what_comes_gets_its_text(folder: Path, tmp_path: Path, how: list[str]) -> None:
    report, other = tmp_path / "report.jsonl", tmp_path / "other"
    other.mkdir()
    with watching(folder, other, "--report", report, *how) as program:
        program.wait_for("file_done", "talk.wav")
        shutil.copy(BASE, other / "new.wav")
        program.wait_for("file_done", "new.wav")
        program.send(signal.SIGTERM)
        assert program.end().code == 143
    assert text(other / "new.txt") == BASE_TEXT
    lines = [json.loads(line) for line in report.read_text().splitlines()]
    assert [Path(line["path"]).name for line in lines if line["kind"] == "file"] == ["talk.wav", "new.wav"]
    kinds = [event["event"] for event in program.events]
    assert kinds.count("device_chosen") == 1
    assert kinds.count("run_started") == 2


@posix
def test_nothing_moves_while_nothing_comes(folder: Path, manager: socket.socket) -> None:
    """Texts that are written, and files that are no recordings, must not cause pass after pass."""
    with watching(folder) as program:
        program.wait_for("file_done", "talk.wav")
        for number in range(10):
            (folder / "notes.txt").write_text(str(number))
            time.sleep(0.2)
        program.send(signal.SIGTERM)
        assert program.end().events == []
        assert heard_by(manager) == [
            "READY=1\nSTATUS=1 in work; 0 done, 0 failed since the start",
            "STATUS=1 done, 0 failed since the start",
            "STOPPING=1",
        ]


@posix
def test_a_growing_file_is_taken_when_it_has_grown(folder: Path) -> None:
    sound = BASE.read_bytes()
    with watching(folder) as program:
        program.wait_for("file_done", "talk.wav")
        with (folder / "slow.wav").open("wb") as file:
            for begin in range(0, len(sound), len(sound) // 8):
                file.write(sound[begin : begin + len(sound) // 8])
                file.flush()
                time.sleep(0.2)
        program.wait_for("file_done", "slow.wav")
        assert not [event for event in program.events if event["event"] == "file_failed"]
    assert text(folder / "slow.txt") == BASE_TEXT


@posix
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_while_it_waits_ends_it_at_once(number: signal.Signals, code: int, folder: Path) -> None:
    with watching(folder, "--rescan", "1") as program:
        program.wait_for("file_done", "talk.wav")
        time.sleep(1.5)
        began = time.monotonic()
        program.send(number)
        outcome = program.end()
    assert time.monotonic() - began < 5
    assert (outcome.code, outcome.events) == (code, []), "a pass without work says nothing"


@posix
def test_a_signal_in_a_pass_keeps_what_is_finished(folder: Path) -> None:
    repeated(folder / "long.wav", 600)
    with watching(folder) as program:
        program.wait_for("segment_done", "long.wav")
        program.send(signal.SIGTERM)
        outcome = program.end()
    assert outcome.code == 143
    assert outcome.events[-1] == {"event": "run_ending", "reason": "terminated"}
    assert soon(lambda: not ffmpeg_processes(folder))
    assert leftovers(folder) == []
    assert not (folder / "long.txt").exists()


@posix
def test_one_that_was_killed_stops_neither_a_second_nor_its_work(folder: Path) -> None:
    with watching(folder) as program:
        program.wait_for("file_done", "talk.wav")
        refused = gigaam("watch", *FLAGS, folder)
        assert refused.code == 4
        assert refused.events[-1]["error"]["code"] == "watched_already"
        program.send(signal.SIGKILL)
        program.end()
    with watching(folder) as program:
        shutil.copy(BASE, folder / "new.wav")
        program.wait_for("file_done", "new.wav")


@posix
def test_sources_are_moved(folder: Path, tmp_path: Path) -> None:
    with watching(folder, "--move-to", tmp_path / "done") as program:
        program.wait_for("source_moved", "talk.wav")
    assert (tmp_path / "done" / "talk.wav").is_file()
    assert text(folder / "talk.txt") == BASE_TEXT
    assert gigaam("status", tmp_path / "done").out == "1 done\n"
    again = gigaam("transcribe", *FLAGS[:4], tmp_path / "done", "--json")
    assert json.loads(again.out)["audio_seconds"] == 0


# --- for people ---------------------------------------------------------------------------------------------


@posix
@pytest.mark.parametrize("quiet", [False, True])
def test_a_log_has_a_line_a_file_and_no_summaries(folder: Path, quiet: bool) -> None:
    (folder / "broken.mp3").write_bytes(b"")
    command = (*COMMAND, "watch", folder, "-m", "demo", "-F", "txt", "--settle", "0")
    with running(*command, *(["-q"] if quiet else [])) as program:
        assert soon((folder / "talk.txt").exists, 30)
        time.sleep(0.5)
        program.send(signal.SIGTERM)
        lines = program.end().err.splitlines()
    if quiet:
        (line,) = lines
        assert "broken.mp3" in line
        return
    assert lines[0] == "watching 1 folder"
    assert sorted(line.split(":")[0] for line in lines[2:]) == ["done", "failed"]


def test_files_are_given_time_to_settle_unless_that_is_left_out() -> None:
    defaults = {parameter.name: parameter.default for parameter in program.commands["watch"].params}
    assert (defaults["settle"], defaults["rescan"]) == (10.0, 600.0)


# --- refused at the start -----------------------------------------------------------------------------------


def test_what_is_wrong_use(folder: Path, call: Call) -> None:
    wrongs: list[list[str | Path]] = [
        [],
        [folder, "-o", "-"],
        [folder, "--move-to", "x", "--delete-source"],
        [folder, "--move-to", folder / "done"],
        [folder, "--move-to", folder],
        [folder, "--dry-run"],
        [folder, "--until", "06:30"],
        [folder, "--rescan", "0"],
        [folder, "--poll", "nan"],
    ]
    for wrong in wrongs:
        assert call("watch", "-m", "demo", *wrong).code == 2, wrong


def test_a_folder_to_move_to_that_lies_inside_by_a_link(folder: Path, tmp_path: Path, call: Call) -> None:
    (tmp_path / "link").symlink_to(folder)
    assert call("watch", folder, "--move-to", tmp_path / "link" / "done").code == 2


def test_what_is_not_there_ends_it_at_once(folder: Path, tmp_path: Path, call: Call) -> None:
    (tmp_path / "file").write_text("")
    cases: list[tuple[int, str, list[str | Path]]] = [
        (4, "model_missing", [folder, "-m", "v3_ctc"]),
        (4, "device_missing", [folder, "-m", "demo", "--device", "cuda:99"]),
        (4, "folder_unusable", [tmp_path / "nowhere", "-m", "demo"]),
        (4, "folder_unusable", [tmp_path / "file", "-m", "demo"]),
        (5, "output_unwritable", [folder, "-m", "demo", "-o", tmp_path / "file" / "texts"]),
        (5, "output_unwritable", [folder, "-m", "demo", "--report", tmp_path / "file" / "x"]),
    ]
    for code, name, arguments in cases:
        outcome = call("watch", *arguments)
        assert (outcome.code, f"[{name}]" in outcome.err) == (code, True), outcome.err
