"""Whether other processes live."""

from __future__ import annotations

import os
import sys
from typing import Any

# What Windows calls things.
_SYNCHRONIZE = 0x00100000
_WAIT_TIMEOUT = 0x102
_ERROR_INVALID_PARAMETER = 87


def lives(number: int) -> bool:
    """Whether there is a process of that number; True where nobody can tell."""
    if sys.platform == "win32":
        import ctypes

        return lives_on_windows(number, ctypes.windll.kernel32)
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def lives_on_windows(number: int, kernel: Any) -> bool:
    """Ask Windows itself, where ``os.kill`` would end the process instead of looking for it."""
    handle = kernel.OpenProcess(_SYNCHRONIZE, False, number)
    if not handle:  # such as for want of permission
        return bool(kernel.GetLastError() != _ERROR_INVALID_PARAMETER)
    try:
        return bool(kernel.WaitForSingleObject(handle, 0) == _WAIT_TIMEOUT)
    finally:
        kernel.CloseHandle(handle)
