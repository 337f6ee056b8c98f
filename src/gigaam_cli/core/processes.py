"""Whether a process that was seen earlier is still the one that has its number."""

from __future__ import annotations

import os
from pathlib import Path

_ENDED = (b"Z", b"X")
# Fields of /proc/PID/stat behind the name, which may hold anything: the state, and the time of the start.
_STATE, _START = 0, 19


def start_of(pid: int) -> int | None:
    """Return when a process started, in ticks since the machine did; None where it ended or nothing tells."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return None
    if len(fields) <= _START or fields[_STATE] in _ENDED:
        return None
    return int(fields[_START])


def is_alive(pid: int, start: int | None) -> bool:
    """Whether the process with a number lives that started at ``start``, as ``start_of`` said it then.

    Without a start the number has to do; on Windows, where to ask for one is to end it, the answer is yes.
    """
    if start is not None:
        return start_of(pid) == start
    if os.name == "nt":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # somebody else's
        return True
    return True
