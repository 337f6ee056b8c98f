"""FFmpeg at work: what it gives is read, what it complains of is kept, and it is killed when it stalls."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections import deque
from typing import IO

from gigaam_cli.media.process import end, kill, start, was_killed_here

_KEPT_LINES = 200
# FFmpeg's exit code after SIGTERM, SIGINT and the like.
_INTERRUPTED = 255
# Threads are not kept waiting for so long by a busy machine.
_STANDSTILL_SECONDS = 2.0


class WatchedFfmpeg:
    """A process, a thread that listens to it and one that watches it; used by one reader, killed by anybody."""

    def __init__(self, command: list[str], stall_timeout: float) -> None:
        self.complaints: deque[str] = deque(maxlen=_KEPT_LINES)
        self._process = start(command, stdout=subprocess.PIPE)
        self._listener = threading.Thread(target=self._listen, name="ffmpeg-log", daemon=True)
        self._listener.start()
        self._watch = _StallWatch(self._process, stall_timeout)

    @property
    def stalled(self) -> bool:
        """Whether it was killed because nothing came any more."""
        return self._watch.fired

    def read(self, size: int) -> bytes:
        """Return up to ``size`` bytes, none at the end; whatever arrives counts as progress."""
        with self._watch:
            return os.read(_stream(self._process.stdout).fileno(), size)

    def wait(self) -> int:
        """Return the exit code when it has ended and all is said: below 0 the number of a signal."""
        with self._watch:
            code = self._process.wait()
        self._listener.join()
        return code

    def was_killed_by_others(self) -> bool:
        """Whether a signal ended it that was not ours, such as the system's for want of memory."""
        return self.signal() > 0 and not was_killed_here(self._process)

    def signal(self) -> int:
        """Return which signal ended it, 0 if none did: FFmpeg itself takes some of them for a wish to end."""
        code = self.wait()
        if code == _INTERRUPTED and not any(
            "[error]" in line or "[fatal]" in line for line in self.complaints
        ):
            return signal.SIGTERM
        return max(0, -code)

    def kill(self) -> None:
        """Stop it, from whatever thread: whoever reads comes to an end."""
        kill(self._process)

    def close(self) -> None:
        """Stop it if it still runs, and leave no process or thread behind."""
        self._watch.stop()
        end(self._process)
        _stream(self._process.stdout).close()
        self._listener.join()
        _stream(self._process.stderr).close()

    def _listen(self) -> None:
        for line in _stream(self._process.stderr):
            self.complaints.append(line.decode("utf-8", "replace"))


class _StallWatch:
    """Kills a process when one read from it lasts too long; time between reads is ours and does not count.

    Nor does the time in which this program was stopped (Ctrl-Z): the watch itself stood still then.
    """

    def __init__(self, process: subprocess.Popen[bytes], timeout: float) -> None:
        self.fired = False
        self._process = process
        self._timeout = timeout
        self._reading_since: float | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ffmpeg-watch", daemon=True)
        self._thread.start()

    def __enter__(self) -> None:
        self._reading_since = time.monotonic()

    def __exit__(self, *_: object) -> None:
        self._reading_since = None

    def stop(self) -> None:
        """End the watch."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        pause, awake_since, before = min(self._timeout / 4, 1.0), 0.0, time.monotonic()
        while not self._stopped.wait(pause):
            since, now = self._reading_since, time.monotonic()
            if now - before > pause + max(self._timeout / 4, _STANDSTILL_SECONDS):
                awake_since = now
            before = now
            if since is not None and now - max(since, awake_since) > self._timeout:
                self.fired = True
                kill(self._process)
                return


def _stream(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None  # noqa: S101 - Popen was given PIPE
    return stream
