"""The commands that mend things, as this machine's shell takes them."""

from __future__ import annotations

import json
import os
import platform
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

_DISTRIBUTION = "gigaam-cli"
_FFMPEG = {
    "debian": "apt install -y ffmpeg",
    "ubuntu": "apt install -y ffmpeg",
    "fedora": "dnf install -y ffmpeg-free",
    "rhel": "dnf install -y ffmpeg-free",
    "suse": "zypper install -y ffmpeg",
    "opensuse": "zypper install -y ffmpeg",
    "arch": "pacman -S --noconfirm ffmpeg",
    "alpine": "apk add ffmpeg",
}


@dataclass(frozen=True, slots=True)
class Machine:
    """What decides how a command is written: ``system`` as Python calls it, and of Linux which ``families``."""

    system: str
    families: tuple[str, ...] = ()
    is_root: bool = False

    @property
    def is_windows(self) -> bool:
        """Whether commands are those of Windows."""
        return self.system == "Windows"


def this_machine() -> Machine:
    """Return the machine that this runs on."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    return Machine(platform.system(), _families(), is_root)


def _families() -> tuple[str, ...]:
    try:
        release = platform.freedesktop_os_release()
    except OSError:  # not Linux, or a very small one
        return ()
    return (release.get("ID", ""), *release.get("ID_LIKE", "").split())


def install_ffmpeg(machine: Machine) -> str:
    """Return how FFmpeg is installed; by pip where the system has no known way."""
    if machine.is_windows:
        return "winget install --id Gyan.FFmpeg"
    if machine.system == "Darwin":
        return "brew install ffmpeg"
    known = next((_FFMPEG[family] for family in machine.families if family in _FFMPEG), None)
    if known is None:
        return pip_install(machine, "--force-reinstall", "imageio-ffmpeg")
    return known if machine.is_root else f"sudo {known}"


def set_variable(machine: Machine, name: str, value: str) -> str:
    """Return how a variable gets a value for what is started next."""
    return (
        f"setx {name} {quoted(machine, value)}"
        if machine.is_windows
        else f"export {name}={quoted(machine, value)}"
    )


def unset_variable(machine: Machine, name: str) -> str:
    """Return how a variable is taken away."""
    return f'setx {name} ""' if machine.is_windows else f"unset {name}"


def own(machine: Machine, folder: Path) -> str:
    """Return how a folder becomes the user's own."""
    where = quoted(machine, str(folder))
    if machine.is_windows:
        return f'icacls {where} /grant "%USERNAME%:(OI)(CI)F" /T'
    return f'sudo chown -R "$(id -un)" {where}'


def show_large(machine: Machine, folder: Path) -> str:
    """Return what shows, or offers to delete, what takes the room on the disk of ``folder``."""
    if machine.is_windows:
        return f"cleanmgr /d {folder.absolute().drive or 'C:'}"
    disk = next((each for each in (folder, *folder.parents) if os.path.ismount(each)), folder)
    return f"du -xhd1 {quoted(machine, str(disk))} | sort -h"


def move(machine: Machine, file: Path, target: Path) -> str:
    """Return how a file gets another name."""
    verb = "move" if machine.is_windows else "mv"
    return f"{verb} {quoted(machine, str(file))} {quoted(machine, str(target))}"


def pip_install(machine: Machine, *arguments: str) -> str:
    """Return how packages are installed beside this one."""
    python = quoted(machine, sys.executable)
    pip = f"{python} -m pip install" if find_spec("pip") else f"uv pip install --python {python}"
    return " ".join([pip, *(quoted(machine, argument) for argument in arguments)])


def pip_remove(machine: Machine, *packages: str) -> str:
    """Return how packages that are installed beside this one are removed."""
    python = quoted(machine, sys.executable)
    remove = f"{python} -m pip uninstall -y" if find_spec("pip") else f"uv pip uninstall --python {python}"
    return " ".join([remove, *packages])


def install_extra(machine: Machine, extra: str) -> str:
    """Return how an extra of this package is installed, from where the package came."""
    source, editable = _source()
    flags = ["-e"] if editable else []
    return pip_install(machine, *flags, f"{source or _DISTRIBUTION}[{extra}]")


def _source() -> tuple[str, bool]:
    """Return the folder that this package was installed from, empty if none, and whether it still runs there."""
    try:
        text = metadata.distribution(_DISTRIBUTION).read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        return "", False
    origin = json.loads(text) if text else {}
    return source_of(origin)


def source_of(origin: Mapping[str, object]) -> tuple[str, bool]:
    """Read what an installer noted (PEP 610): a folder, if it was one, and whether the package lives there."""
    details = origin.get("dir_info")
    if not isinstance(details, dict):
        return "", False
    return url2pathname(urlsplit(str(origin.get("url", ""))).path), bool(details.get("editable"))


def quoted(machine: Machine, argument: str) -> str:
    """Return an argument as the machine's shell takes it."""
    if not machine.is_windows:
        return shlex.quote(argument)
    return f'"{argument}"' if set(argument) & set(' []&()^;,=!"') else argument
