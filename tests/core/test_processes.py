"""Whether processes live, by POSIX and by a kernel that answers as that of Windows does."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field

import pytest

from gigaam_cli.core.processes import lives, lives_on_windows

DENIED, NO_SUCH_PROCESS = 5, 87
ENDED, AT_WORK = 0, 0x102


@dataclass
class Kernel:
    """``states`` says how processes stand that may be asked; asking for others fails with ``error``."""

    states: dict[int, int]
    error: int = NO_SUCH_PROCESS
    handles: set[int] = field(default_factory=set)

    def OpenProcess(self, wanted: int, inherit: bool, number: int) -> int:  # noqa: N802 - its name
        if number not in self.states:
            return 0
        self.handles.add(number)
        return number

    def WaitForSingleObject(self, handle: int, milliseconds: int) -> int:  # noqa: N802 - its name
        assert (handle in self.handles, milliseconds) == (True, 0)
        return self.states[handle]

    def CloseHandle(self, handle: int) -> None:  # noqa: N802 - its name
        self.handles.remove(handle)

    def GetLastError(self) -> int:  # noqa: N802 - its name
        return self.error


def test_a_process_lives_until_it_ends() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        assert lives(process.pid)
    assert not lives(process.pid)
    assert lives(os.getpid())
    assert lives(10**30), "nobody can tell"


@pytest.mark.parametrize(("state", "living"), [(AT_WORK, True), (ENDED, False)])
def test_windows_is_asked_and_the_handle_given_back(state: int, living: bool) -> None:
    kernel = Kernel({7: state})
    assert lives_on_windows(7, kernel) == living
    assert kernel.handles == set()


def test_a_process_that_windows_does_not_know_is_dead_one_that_it_hides_is_not() -> None:
    assert not lives_on_windows(7, Kernel({}))
    assert lives_on_windows(7, Kernel({}, DENIED))
