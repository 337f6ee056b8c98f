"""One watch a folder, and none that is left over of a process that is gone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gigaam_cli.core.errors import StoreError
from gigaam_cli.core.watch_errors import WatchedAlreadyError
from gigaam_cli.store.watched import watched_by_us

HOLD = """
import sys
from pathlib import Path
from gigaam_cli.store.watched import watched_by_us
with watched_by_us([Path(sys.argv[1])], Path(sys.argv[2])):
    print("held", flush=True)
    sys.stdin.read()
"""


def hold(folder: Path, state: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", HOLD, str(folder), str(state)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_one_learns_who_the_first_is(tmp_path: Path) -> None:
    inbox, other = tmp_path / "in", tmp_path / "other"
    inbox.mkdir()
    (tmp_path / "link").symlink_to(inbox)
    with hold(inbox, tmp_path / "state") as first:
        for name in (inbox, tmp_path / "link"):
            with (
                pytest.raises(WatchedAlreadyError) as raised,
                watched_by_us([other, name], tmp_path / "state"),
            ):
                pass
            assert raised.value.values == {"path": name, "process": str(first.pid)}
        with watched_by_us([other], tmp_path / "state"):
            pass
        first.kill()


def test_one_that_was_killed_is_in_nobodys_way(tmp_path: Path) -> None:
    first = hold(tmp_path, tmp_path / "state")
    first.kill()
    first.communicate()
    with watched_by_us([tmp_path], tmp_path / "state"):
        pass


def test_a_folder_named_twice_is_one(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    with watched_by_us([tmp_path, tmp_path, tmp_path / "link"], tmp_path / "state"):
        pass
    with watched_by_us([tmp_path], tmp_path / "state"):
        pass


def test_locks_that_cannot_be_kept(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    with pytest.raises(StoreError), watched_by_us([tmp_path], tmp_path / "state"):
        pass
