"""The tests in a network namespace of their own, in which there is nothing but loopback."""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
import sys
from pathlib import Path

import pytest

ISOLATED = pytest.StashKey[bool]()
CLONE_NEWNET = 0x40000000
SIOCSIFFLAGS = 0x8914
UP_AND_RUNNING = 0x41


def isolate() -> bool:
    """Leave the machine's network for good; return whether that was possible (on Linux, as root)."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return False
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        return False
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        fcntl.ioctl(probe, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", UP_AND_RUNNING))
    return True


def routes() -> list[str]:
    """Return the routes that this process's network has."""
    return Path("/proc/self/net/route").read_text(encoding="ascii").splitlines()[1:]
