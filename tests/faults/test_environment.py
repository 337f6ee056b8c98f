"""Little memory, few descriptors, no place for temporary files, old terminals, closed streams, and no network."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from tests.cli.drivers import BASE_TEXT, COMMAND, shell
from tests.fakes.users import as_nobody, readable_folder
from tests.faults.invariants import Scene

posix_only = pytest.mark.skipif(os.name == "nt", reason="limits as POSIX has them")
GIB = 1 << 30
LIMITED = """
import os, resource, sys
resource.setrlimit(resource.{name}, ({value}, {value}))
os.execv(sys.argv[1], sys.argv[1:])
"""


def limited(name: str, value: int) -> tuple[str, ...]:
    """Return the command of a program that may have so much of something, and all that it starts, too."""
    return (sys.executable, "-c", LIMITED.format(name=name, value=value), *COMMAND)


def mixed(scene: Scene) -> None:
    scene.copy("a.wav", "b.wav")
    scene.put("broken.mp3", b"nothing")


@posix_only
@pytest.mark.skipif(sys.platform != "linux", reason="macOS does not limit the address space")
def test_a_gibibyte_of_address_space_is_enough(scene: Scene) -> None:
    mixed(scene)
    ran = scene.run("-F", "txt", program=limited("RLIMIT_AS", GIB))
    assert ran.code == 1
    assert ran.names("done") == ["a.wav", "b.wav"]


@posix_only
def test_64_descriptors_are_enough(scene: Scene) -> None:
    mixed(scene)
    ran = scene.run("-F", "txt,json,srt,vtt,tsv,md", program=limited("RLIMIT_NOFILE", 64))
    assert ran.code == 1
    assert ran.names("done") == ["a.wav", "b.wav"]


@pytest.mark.root
def test_nowhere_to_put_temporary_files() -> None:
    """The folder for them is closed, the home is not there and neither is /dev/shm."""
    with readable_folder() as folder:
        scene = Scene(folder / "scene")
        mixed(scene)
        for path in (scene.home, scene.inputs):
            path.chmod(0o777)
        closed = scene.home / "closed"
        closed.mkdir(mode=0o555)
        hidden = (
            "unshare",
            "-m",
            "sh",
            "-c",
            'mount -t tmpfs -o size=4k,mode=555 tmpfs /dev/shm; exec "$@"',
            "sh",
        )
        if subprocess.run([*hidden, "true"], check=False, capture_output=True).returncode:
            pytest.skip("no mounts of one's own here")
        program = (*hidden, *as_nobody(), *COMMAND)
        ran = scene.run("-F", "txt", program=program, TMPDIR=str(closed), HOME="/nowhere")
        assert ran.code == 1
        assert ran.names("done") == ["a.wav", "b.wav"]


def test_an_old_terminal_and_no_encoding_get_plain_text_and_valid_json(scene: Scene) -> None:
    scene.copy("Запись ё🎧.wav")
    scene.put("Пусто.mp3")
    ascii_only = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    ran = scene.run("-F", "txt", TERM="dumb", **ascii_only)
    assert ran.code == 1
    assert "\x1b" not in ran.out + ran.err
    assert ran.names("done") == ["Запись ё🎧.wav"]
    assert scene.text("Запись ё🎧.txt") == BASE_TEXT


def test_closed_streams_change_nothing(scene: Scene) -> None:
    scene.copy("a.wav")
    line = 'gigaam transcribe "$1" -m demo -F txt -o "$2" --report "$3" <&- >&- 2>&-'
    report = scene.home / "report.jsonl"
    assert shell(line, scene.inputs, scene.texts, report, GIGAAM_STATE_DIR=str(scene.state)).code == 0
    assert scene.text("a.txt") == BASE_TEXT
    file, run = map(json.loads, report.read_text().splitlines())
    assert (file["status"], run["done"]) == ("done", 1)


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
def test_a_run_opens_no_connection(scene: Scene) -> None:
    """Not even one that would be refused; and FFmpeg opens none either, whatever a file tells it to open."""
    mixed(scene)
    scene.put("playlist.mp4", b"#EXTM3U\n#EXTINF:10,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n")
    log = scene.home / "strace"
    traced = (
        "strace",
        "-f",
        "--seccomp-bpf",
        "-qq",
        "-e",
        "trace=socket,connect,sendto,bind",
        "-o",
        str(log),
    )
    if subprocess.run([*traced[:-1], os.devnull, "true"], check=False, capture_output=True).returncode:
        pytest.skip("this system lets nobody trace")
    ran = scene.run("https://example.org/a.mp3", program=(*traced, *COMMAND), inputs=[scene.inputs])
    assert ran.code == 1
    assert ran.reasons()["playlist.mp4"] == "not_media"
    assert re.findall(r".*AF_INET.*", log.read_text(encoding="utf-8", errors="replace")) == []


SENSELESS = {"--pad": "much", "--until": "25:00"}


@pytest.mark.parametrize("option", SENSELESS)
def test_a_setting_that_makes_no_sense_is_wrong_use_and_is_named(option: str, scene: Scene) -> None:
    scene.copy("a.wav")
    variable = "GIGAAM_" + option[2:].upper().replace("-", "_")
    ran = scene.run(**{variable: SENSELESS[option]})
    assert ran.code == 2
    assert option in ran.err
    assert SENSELESS[option] in ran.err
    assert not scene.texts.exists()


SENSELESS_FILES = {
    "no TOML": ("model = demo", ":", "line 1, column 9"),
    "unknown key": ("\nmodle = 'demo'", ":2: there is no setting modle", "Did you mean model?"),
    "wrong type": ("threads = true", ":1: threads cannot be true", "it takes a number"),
    "out of range": ("[profiles.night]\npad = 9", ":2 [profiles.night]: pad cannot be 9", "0<=x<=2"),
    "of one run": ("force = true", ":1: force is no setting", "on the command line"),
    "not UTF-8": ("\udcff", ":", "line 1, column 1"),
}


@pytest.mark.parametrize(("text", "where", "why"), SENSELESS_FILES.values(), ids=SENSELESS_FILES)
def test_a_settings_file_that_makes_no_sense_is_wrong_use_and_is_named(
    text: str, where: str, why: str, scene: Scene
) -> None:
    scene.copy("a.wav")
    file = scene.home / "config.toml"
    file.write_text(text, encoding="utf-8", errors="surrogateescape")
    ran = scene.run(GIGAAM_CONFIG=str(file))
    assert ran.code == 2
    assert f"{file}{where}" in ran.err
    assert why in ran.err
    assert not scene.texts.exists()
