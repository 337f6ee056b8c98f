"""Commands that can be copied into the shell of the machine that they are for."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gigaam_cli.pipeline.doctor import remedies
from gigaam_cli.pipeline.doctor.remedies import Machine, install_ffmpeg, quoted, source_of

LINUX, MAC, WINDOWS = Machine("Linux"), Machine("Darwin"), Machine("Windows")


@pytest.mark.parametrize(
    ("machine", "command"),
    [
        (Machine("Linux", ("debian",)), "sudo apt install -y ffmpeg"),
        (Machine("Linux", ("linuxmint", "ubuntu", "debian")), "sudo apt install -y ffmpeg"),
        (Machine("Linux", ("debian",), is_root=True), "apt install -y ffmpeg"),
        (Machine("Linux", ("fedora",)), "sudo dnf install -y ffmpeg-free"),
        (Machine("Linux", ("arch",)), "sudo pacman -S --noconfirm ffmpeg"),
        (MAC, "brew install ffmpeg"),
        (WINDOWS, "winget install --id Gyan.FFmpeg"),
    ],
)
def test_ffmpeg_comes_from_the_systems_own_shelf(machine: Machine, command: str) -> None:
    assert install_ffmpeg(machine) == command


def test_on_a_system_that_nobody_knows_ffmpeg_comes_from_the_wheel() -> None:
    command = install_ffmpeg(Machine("Linux", ("nobodys",)))
    assert shlex.split(command) == [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--force-reinstall",
        "imageio-ffmpeg",
    ]


def test_without_pip_uv_installs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remedies, "find_spec", lambda name: None)
    assert remedies.pip_install(LINUX, "x").startswith("uv pip install --python ")


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1))
def test_an_argument_arrives_as_it_is(argument: str) -> None:
    assert shlex.split(quoted(LINUX, argument)) == [argument]


def test_windows_has_quotes_of_its_own() -> None:
    assert quoted(WINDOWS, r"C:\Program Files\x") == r'"C:\Program Files\x"'
    assert quoted(WINDOWS, "gigaam-cli[torch]") == '"gigaam-cli[torch]"'
    assert quoted(WINDOWS, "imageio-ffmpeg") == "imageio-ffmpeg"


def test_variables_are_set_as_each_shell_does() -> None:
    assert remedies.set_variable(LINUX, "LC_ALL", "C.UTF-8") == "export LC_ALL=C.UTF-8"
    assert remedies.set_variable(WINDOWS, "PYTHONUTF8", "1") == "setx PYTHONUTF8 1"
    assert remedies.unset_variable(LINUX, "GIGAAM_FFMPEG") == "unset GIGAAM_FFMPEG"


@pytest.mark.parametrize(
    ("origin", "found"),
    [
        (
            {"url": "file:///home/me/gigaam%20cli", "dir_info": {"editable": True}},
            ("/home/me/gigaam cli", True),
        ),
        ({"url": "file:///srv/gigaam", "dir_info": {}}, ("/srv/gigaam", False)),
        ({"url": "https://example.org/gigaam.whl", "archive_info": {}}, ("", False)),
        ({}, ("", False)),
    ],
)
def test_an_extra_comes_from_where_the_package_came(
    origin: dict[str, object], found: tuple[str, bool]
) -> None:
    assert source_of(origin) == found


def test_the_whole_disk_is_looked_through(tmp_path: Path) -> None:
    command = remedies.show_large(LINUX, tmp_path)
    mount = Path(shlex.split(command)[2])
    assert mount.is_mount()
    assert mount in tmp_path.parents
    assert remedies.show_large(WINDOWS, tmp_path).startswith("cleanmgr /d ")
