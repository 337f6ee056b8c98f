"""What a service manager hears, through a real socket."""

from __future__ import annotations

import os
import select
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gigaam_cli.cli import notify as module
from gigaam_cli.cli.notify import Service, notify
from tests.cli.drivers import soon

pytestmark = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="needs Unix sockets")


class Manager:
    """A service manager that writes down what it is told."""

    def __init__(self, address: str) -> None:
        self.line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.line.bind(address)
        self.messages: list[str] = []

    def heard(self) -> list[str]:
        """Return everything so far."""
        while select.select([self.line], [], [], 0)[0]:
            self.messages.append(self.line.recv(4096).decode())
        return self.messages


@pytest.fixture(params=["file", "abstract"])
def manager(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Manager]:
    name = str(tmp_path / "socket") if request.param == "file" else f"@gigaam-{os.getpid()}"
    monkeypatch.setenv("NOTIFY_SOCKET", name)
    manager = Manager(name if request.param == "file" else "\0" + name[1:])
    yield manager
    manager.line.close()


def test_up_once_then_how_it_stands_then_down(manager: Manager) -> None:
    with Service() as service:
        assert manager.heard() == []
        service.ready("nothing yet")
        service.ready("1 done")
    assert manager.heard() == ["READY=1\nSTATUS=nothing yet", "STATUS=1 done", "STOPPING=1"]


def test_a_watchdog_is_fed_while_there_are_signs_of_life(
    manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "20000")
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))
    monkeypatch.setattr(module, "_STUCK_SECONDS", 0.2)
    with Service() as service:
        assert soon(lambda: "WATCHDOG=1" in manager.heard())
        time.sleep(0.3)
        fed = len(manager.heard())
        assert not soon(lambda: len(manager.heard()) > fed, 0.1), "nothing moves"
        service.alive()
        assert soon(lambda: len(manager.heard()) > fed)
    fed = len(manager.heard())
    assert not soon(lambda: len(manager.heard()) > fed, 0.1), "it is over"


@pytest.mark.parametrize(("number", "process"), [("", ""), ("0", ""), ("20000", "1"), ("soon", "")])
def test_a_watchdog_that_is_not_meant_is_not_fed(
    number: str, process: str, manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", number)
    monkeypatch.setenv("WATCHDOG_PID", process)
    with Service():
        assert not soon(manager.heard, 0.1)


@pytest.mark.parametrize("address", [None, "", "/nowhere/socket", "@nobody-listens", "x" * 300])
def test_where_no_one_listens_nothing_happens(address: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    if address is not None:
        monkeypatch.setenv("NOTIFY_SOCKET", address)
    notify("READY=1")


def test_a_manager_that_does_not_listen_holds_nobody_up(manager: Manager) -> None:
    for _ in range(5000):
        notify("WATCHDOG=1")
