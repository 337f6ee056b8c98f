"""The units for systemd in ``examples/``: valid, and naming options that there are."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from gigaam_cli.cli.commands.group import program
from gigaam_cli.cli.signals import ENDINGS

EXAMPLES = Path(__file__).parents[2] / "examples"
UNITS = sorted(path for path in EXAMPLES.iterdir() if path.suffix in (".service", ".timer"))
SERVICES = [path for path in UNITS if path.suffix == ".service"]


def settings(unit: Path) -> dict[str, str]:
    return dict(re.findall(r"^(\w+)=(.*)$", unit.read_text(encoding="utf-8"), re.MULTILINE))


def test_systemd_finds_nothing_wrong(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("needs systemd-analyze")
    for unit in UNITS:  # the program that they start must be there
        text = unit.read_text(encoding="utf-8").replace("/usr/local/bin/gigaam", "/bin/true")
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    command = ["systemd-analyze", "verify", *map(str, sorted(tmp_path.iterdir()))]
    finished = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (finished.returncode, finished.stderr) == (0, "")


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_the_command_that_a_unit_starts_is_understood(unit: Path) -> None:
    binary, name, *arguments = shlex.split(settings(unit)["ExecStart"])
    assert binary == "/usr/local/bin/gigaam"
    program.commands[name].make_context(name, arguments)


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_a_unit_that_is_stopped_has_not_failed(unit: Path) -> None:
    found = settings(unit)
    assert str(ENDINGS["terminated"]) in found["SuccessExitStatus"].split()
    assert found["KillMode"] == "mixed", "FFmpeg must not be killed beside it"


def test_the_timer_starts_a_service_that_is_there() -> None:
    timers = {path.stem for path in UNITS} - {path.stem for path in SERVICES}
    assert timers == set()
    assert [path.name for path in UNITS if path.suffix == ".timer"] == ["gigaam.timer"]
