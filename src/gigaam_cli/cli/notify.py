"""What a service manager is told: systemd's notification protocol, and nothing where no one listens."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from types import TracebackType

# A watchdog is fed by a thread of its own, since loading a model or copying a source may take longer than its
# patience; after so many seconds without a sign of life from the watch itself, it is fed no more.
_STUCK_SECONDS = 900.0


def notify(message: str) -> None:
    """Send ``message`` to the socket that ``NOTIFY_SOCKET`` names, if there is one."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address or not hasattr(socket, "AF_UNIX"):
        return
    if address.startswith("@"):  # a name that is no file
        address = "\0" + address[1:]
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.setblocking(False)  # a manager that does not listen holds nobody up
        line.connect(address)
        line.sendall(message.encode("utf-8", "replace"))


class Service:
    """Within ``with``, keeps the service manager informed; ``alive`` is to be called now and then."""

    def __init__(self) -> None:
        self._seen = time.monotonic()
        self._ended = threading.Event()
        self._ready = False

    def __enter__(self) -> Service:
        patience = _watchdog_seconds()
        if patience is not None:
            threading.Thread(target=self._feed, args=(patience / 2,), name="watchdog", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        notify("STOPPING=1")

    def alive(self) -> None:
        """Take note of a sign of life."""
        self._seen = time.monotonic()

    def ready(self, status: str) -> None:
        """Say that the service is up, the first time; say how it stands."""
        notify(f"STATUS={status}" if self._ready else f"READY=1\nSTATUS={status}")
        self._ready = True

    def _feed(self, pause: float) -> None:
        while not self._ended.is_set():
            if time.monotonic() - self._seen < _STUCK_SECONDS:
                notify("WATCHDOG=1")
            self._ended.wait(pause)


def _watchdog_seconds() -> float | None:
    """Return how long the service manager waits for a sign of life, None where it does not ask for any."""
    number, process = os.environ.get("WATCHDOG_USEC", ""), os.environ.get("WATCHDOG_PID", "")
    if not number.isdigit() or int(number) == 0 or process not in ("", str(os.getpid())):
        return None
    return int(number) / 1e6
