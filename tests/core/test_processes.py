"""A process is known by its number and its start."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from gigaam_cli.core.processes import is_alive, start_of

LINUX = sys.platform == "linux"


@pytest.mark.skipif(not LINUX, reason="only Linux tells when a process started")
def test_this_process_started_once() -> None:
    start = start_of(os.getpid())
    assert start is not None
    assert start == start_of(os.getpid())
    assert is_alive(os.getpid(), start)


@pytest.mark.skipif(not LINUX, reason="only Linux tells when a process started")
def test_another_process_of_the_same_number_is_another() -> None:
    start = start_of(os.getpid())
    assert start is not None
    assert not is_alive(os.getpid(), start + 1)


@pytest.mark.skipif(os.name == "nt", reason="there every process counts as alive")
@pytest.mark.parametrize("reaped", [False, True])
def test_a_process_that_ended_is_gone_before_and_after_its_parent_looks(reaped: bool) -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    start = start_of(child.pid)
    assert is_alive(child.pid, start)
    child.kill()
    if reaped or not LINUX:
        child.communicate()
    else:
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not is_alive(child.pid, start)
    child.communicate()


@pytest.mark.skipif(os.name == "nt", reason="there every process counts as alive")
def test_without_a_start_the_number_has_to_do() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert is_alive(child.pid, None)
    child.communicate()
    assert not is_alive(child.pid, None)
    assert is_alive(1, None), "another user's is there, too"
