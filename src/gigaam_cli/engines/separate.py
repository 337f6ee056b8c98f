"""An engine in a process of its own: a crash in a driver or a kernel takes that process and not the run.

One duplex pipe for each call that may be made at once; audio goes in, recognitions or an error come out. The
process ends when its pipes do, however its parent went.
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import multiprocessing
import os
import queue
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import resource_tracker
from typing import TYPE_CHECKING

from gigaam_cli.core.errors import DeviceLostError, EngineCrashedError, GigaamError, UnexpectedError
from gigaam_cli.core.i18n import mark as _
from gigaam_cli.engines.protocol import Engine, EngineInfo

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from gigaam_cli.core.values import Audio, Recognition

logger = logging.getLogger(__name__)

# Not forked: what CUDA and onnxruntime hold does not survive that.
_CONTEXT = multiprocessing.get_context("spawn")
_PATIENCE_SECONDS = 2.0
_SAFE_PATH = "PYTHONSAFEPATH"
_BROKEN = 9
Load = Callable[[], Engine]


class _Gone(Exception):  # noqa: N818 - what to do about it is decided where it is caught
    """The process ended."""


class SeparateEngine:
    """Stands for an engine that ``load`` makes in another process; ``load`` must pickle. Begins at once.

    A process that ends under its work is started again and given the same work once more.
    """

    def __init__(self, load: Load, device: str, calls: int) -> None:
        self._load, self._device, self._calls = load, device, calls
        self._closed = False
        self._again = threading.Lock()
        self._child = _Child(load, calls)
        self._info: EngineInfo | None = None
        self._lost: DeviceLostError | None = None

    def ready(self) -> None:
        """Wait until the engine is loaded; raises what loading it raised."""
        try:
            self._info = self._child.loaded()
        except _Gone as error:
            raise DeviceLostError(device=self._device, detail=_("its process ended at the start")) from error

    @property
    def info(self) -> EngineInfo:
        """What this engine is."""
        assert self._info is not None, "it is not ready"  # noqa: S101 - a bug, if ever
        return self._info

    def recognise(self, batch: Sequence[Audio]) -> Iterator[Recognition]:
        """Yield what is said in each of ``batch``.

        Raises:
            EngineCrashedError: the process ended over it, and again.
            DeviceLostError: there is no process any longer that could do it.
        """
        if self._lost is not None:
            raise self._lost
        child = self._child
        try:
            return iter(child.ask(batch))
        except _Gone:
            logger.warning("the process on %s ended (%s)", self._device, child.exit_code)
        with self._again:  # one suspect at a time: it must not take the others down with it twice
            try:
                return iter(self._living().ask(batch))
            except _Gone as error:
                raise EngineCrashedError(device=self._device) from error

    def interrupt(self) -> bool:
        """End the process; whoever waits for an answer finds it gone.

        One that a driver does not let go cannot be ended: the device is lost.
        """
        if self._child.end():
            return True
        self._lost = DeviceLostError(device=self._device, detail=_("its process cannot be ended"))
        return False

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self._closed = True
        self._child.end()

    def _living(self) -> _Child:
        """Return the process, another one if it ended."""
        if self._lost is not None:
            raise self._lost
        if self._child.gone and not self._closed:
            self._child.end()
            self._start_again()
        return self._child

    def _start_again(self) -> None:
        try:
            self._child = _Child(self._load, self._calls)
            self._child.loaded()
        except (_Gone, GigaamError, OSError) as error:
            detail = str(error) or _("its process ended at the start")
            self._lost = DeviceLostError(device=self._device, detail=detail)
            raise self._lost from error


class _Child:
    """The process, and the pipes that no call is using; ``gone`` when a call found it ended."""

    def __init__(self, load: Load, calls: int) -> None:
        self.gone = False
        pairs = [_CONTEXT.Pipe() for _ in range(calls)]
        theirs = [pair[1] for pair in pairs]
        self._lines = [pair[0] for pair in pairs]
        self._free: queue.SimpleQueue[Connection[object, object]] = queue.SimpleQueue()
        self._process = _CONTEXT.Process(target=_serve, args=(load, theirs), name="engine", daemon=True)
        with _signals_held_back(), _own_modules_only():
            self._process.start()
        atexit.register(self.end)  # before multiprocessing's own, which would wait for it
        for line in theirs:
            line.close()

    @property
    def exit_code(self) -> int | None:
        """How the process ended: a signal's number, negative, where one killed it."""
        self._process.join(_PATIENCE_SECONDS)
        return self._process.exitcode

    def loaded(self) -> EngineInfo:
        """Wait for the engine; raises what loading it raised, or _Gone."""
        try:
            answer = _received(self._lines[0])
        finally:
            for line in self._lines:
                self._free.put(line)
        assert isinstance(answer, EngineInfo)  # noqa: S101 - the protocol
        return answer

    def ask(self, batch: Sequence[Audio]) -> list[Recognition]:
        """Have a batch recognised; raises what that raised, or _Gone."""
        line = self._free.get()
        try:
            line.send(list(batch))
            answer = _received(line)
        except (_Gone, OSError) as error:
            self.gone = True
            raise _Gone from error
        finally:
            self._free.put(line)  # a broken one, too: whoever waits for it must learn
        assert isinstance(answer, list)  # noqa: S101 - the protocol
        return answer

    def end(self) -> bool:
        """Kill it; return whether it is dead."""
        atexit.unregister(self.end)
        self._process.kill()
        self._process.join(_PATIENCE_SECONDS)
        return not self._process.is_alive()


def _received(line: Connection[object, object]) -> object:
    """Return what comes next; raises it if it is an error."""
    try:
        answer = line.recv()
    except (EOFError, OSError) as error:
        raise _Gone from error
    if isinstance(answer, GigaamError):
        raise answer
    return answer


@contextlib.contextmanager
def _signals_held_back() -> Iterator[None]:
    """A process that is started within ``with`` hears no Ctrl-C and no hang-up: its parent does, and ends it."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    resource_tracker.ensure_running()  # which would let them through again when it is started
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def _own_modules_only() -> Iterator[None]:
    """A process that is started within ``with`` looks for no modules where it is started (from Python 3.11 on)."""
    before = os.environ.get(_SAFE_PATH)
    os.environ[_SAFE_PATH] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_SAFE_PATH]
        else:
            os.environ[_SAFE_PATH] = before


# --- in the other process -----------------------------------------------------------------------------------


def _serve(load: Load, lines: list[Connection[object, object]]) -> None:
    """Load the engine and answer each line in a thread of its own until its other end is closed."""
    for number in (signal.SIGINT, signal.SIGTERM):  # its parent's business
        signal.signal(number, signal.SIG_IGN)
    logging.getLogger("gigaam_cli").addHandler(logging.NullHandler())
    with ThreadPoolExecutor(1) as pool:
        loading = pool.submit(load)
    error = loading.exception()
    with contextlib.suppress(OSError):  # its parent is gone
        lines[0].send(_plain(error) if error is not None else loading.result().info)
    if error is not None:
        return
    engine = loading.result()
    threads = [threading.Thread(target=_answer, args=(engine, line), daemon=True) for line in lines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _answer(engine: Engine, line: Connection[object, object]) -> None:
    # A pool's future catches whatever an engine raises.
    with line, ThreadPoolExecutor(1) as pool, contextlib.suppress(EOFError, OSError):
        while True:
            batch: list[Audio] = line.recv()  # type: ignore[assignment]  # the protocol
            answer = pool.submit(_recognised, engine, batch)
            error = answer.exception()
            if error is not None and _is_broken(engine, error):
                os._exit(_BROKEN)
            line.send(_plain(error) if error is not None else answer.result())


def _is_broken(engine: Engine, error: BaseException) -> bool:
    """Whether a GPU failed: it then fails at everything else until its process is another one."""
    from gigaam_cli.core.ort import failures, is_a_devices_fault

    on_gpu = engine.info.device.startswith("cuda")
    return on_gpu and isinstance(error, failures()) and is_a_devices_fault(error)


def _recognised(engine: Engine, batch: list[Audio]) -> list[Recognition]:
    return list(engine.recognise(batch))


def _plain(error: BaseException) -> GigaamError:
    """Return an error that travels."""
    if isinstance(error, GigaamError):
        return error
    return UnexpectedError(detail=f"{type(error).__name__}: {error}")
