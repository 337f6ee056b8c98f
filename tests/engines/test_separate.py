"""Engines in processes of their own: what they say arrives, and what becomes of them stays with them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import resource_tracker
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gigaam_cli.core.errors import (
    DeviceLostError,
    EngineCrashedError,
    GigaamError,
    NoAudioStreamError,
    UnexpectedError,
)
from gigaam_cli.core.model_errors import ModelDamagedError
from gigaam_cli.engines.protocol import Engine
from gigaam_cli.engines.separate import SeparateEngine
from tests.fakes.engines import FakeEngine, word
from tests.fakes.sounds import beeps

if TYPE_CHECKING:
    from gigaam_cli.core.values import Audio

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals")

GUILTY = 1666
PATIENCE = 30


class Trouble:
    """What goes wrong at each of the ``GUILTY`` sounds; ``log`` keeps, over all processes, what was heard."""

    def __init__(
        self, log: Path, raises: Exception | None = None, times: int = 1000, wait: float = 0, hang: float = 0
    ) -> None:
        self.log, self.raises, self.times, self.wait, self.hang = log, raises, times, wait, hang

    def __call__(self, _call: int, codes: Sequence[int]) -> None:
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"{os.getpid()} {' '.join(map(str, codes))}\n")
        time.sleep(self.wait)
        if GUILTY in codes and self.log.read_text(encoding="utf-8").count(str(GUILTY)) <= self.times:
            if self.raises is not None:
                raise self.raises
            time.sleep(self.hang)
            os.kill(os.getpid(), signal.SIGKILL)


def load(trouble: Trouble, calls: int = 1, device: str = "cpu") -> Engine:
    return FakeEngine(trouble, calls, 4, device)


def cannot_load(log: Path, fine: int = 0, error: Exception | None = None) -> Engine:
    """Fail after so many loads went well."""
    with log.open("a", encoding="utf-8") as file:
        file.write("load\n")
    if log.read_text(encoding="utf-8").count("load") > fine:
        if error is None:
            os._exit(7)
        raise error
    return FakeEngine(Trouble(log))


@pytest.fixture(scope="module", autouse=True)
def _no_helper_is_left() -> Iterator[None]:
    """End what multiprocessing starts once for a whole process: other tests look for processes that are left."""
    yield
    resource_tracker._resource_tracker._stop()  # type: ignore[attr-defined]  # there is no public way


Start = Callable[..., SeparateEngine]


@pytest.fixture
def start() -> Iterator[Start]:
    """Return what starts engines, which end with the test."""
    engines: list[SeparateEngine] = []

    def begin(loads: Callable[[], Engine], calls: int = 1) -> SeparateEngine:
        engines.append(SeparateEngine(loads, "cuda:1", calls))
        return engines[-1]

    yield begin
    for engine in engines:
        engine.close()


def said(engine: SeparateEngine, *codes: int) -> list[str]:
    audio: list[Audio] = [beeps([code]) for code in codes]
    return [found.tokens[0].text.strip() for found in engine.recognise(audio)]


def heard(log: Path) -> list[str]:
    return [line.partition(" ")[2] for line in log.read_text(encoding="utf-8").splitlines()]


def is_heard(log: Path, count: int) -> bool:
    return log.exists() and len(heard(log)) == count


def processes(log: Path) -> set[int]:
    return {int(line.split()[0]) for line in log.read_text(encoding="utf-8").splitlines()}


def test_it_says_what_the_engine_says_from_another_process(start: Start, tmp_path: Path) -> None:
    engine = start(partial(load, Trouble(tmp_path / "log")))
    engine.ready()
    assert (engine.info.engine, engine.info.batch) == ("fake", 4)
    assert said(engine, 1001, 1002) == [word(1001), word(1002)]
    assert said(engine) == []
    assert os.getpid() not in processes(tmp_path / "log")


def test_as_many_calls_at_once_as_were_asked_for(start: Start, tmp_path: Path) -> None:
    engine = start(partial(load, Trouble(tmp_path / "log", wait=0.2), calls=2), calls=2)
    engine.ready()
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda code: said(engine, code), range(1001, 1009)))
    assert found == [[word(code)] for code in range(1001, 1009)]


@pytest.mark.parametrize(
    ("raised", "arrives"), [(NoAudioStreamError(), NoAudioStreamError), (KeyError("x"), UnexpectedError)]
)
def test_an_error_arrives_and_the_process_lives_on(
    raised: Exception, arrives: type[GigaamError], start: Start, tmp_path: Path
) -> None:
    engine = start(partial(load, Trouble(tmp_path / "log", raised)))
    engine.ready()
    with pytest.raises(arrives):
        said(engine, GUILTY)
    assert said(engine, 1001) == [word(1001)]
    assert len(processes(tmp_path / "log")) == 1


def test_a_process_that_ends_once_is_started_again_with_the_same_work(start: Start, tmp_path: Path) -> None:
    engine = start(partial(load, Trouble(tmp_path / "log", times=1)))
    engine.ready()
    assert said(engine, 1001, GUILTY) == [word(1001), word(GUILTY)]
    assert heard(tmp_path / "log") == [f"1001 {GUILTY}"] * 2
    assert len(processes(tmp_path / "log")) == 2


def test_audio_that_ends_it_twice_is_given_up_and_nothing_else(start: Start, tmp_path: Path) -> None:
    engine = start(partial(load, Trouble(tmp_path / "log")))
    engine.ready()
    with pytest.raises(EngineCrashedError, match="cuda:1"):
        said(engine, GUILTY)
    assert said(engine, 1001) == [word(1001)]


def test_others_calls_survive_a_crash(start: Start, tmp_path: Path) -> None:
    engine = start(partial(load, Trouble(tmp_path / "log", wait=0.05), calls=3), calls=3)
    engine.ready()
    codes = [1001, 1002, GUILTY, 1003, 1004, 1005]
    with ThreadPoolExecutor(3) as pool:
        futures = {code: pool.submit(said, engine, code) for code in codes}
    with pytest.raises(EngineCrashedError):
        futures.pop(GUILTY).result()
    assert {code: future.result() for code, future in futures.items()} == {
        code: [word(code)] for code in futures
    }


@pytest.mark.parametrize("error", [ModelDamagedError(folder="x", detail="y"), ValueError("bug")])
def test_what_loading_raises_arrives(error: Exception, start: Start, tmp_path: Path) -> None:
    with pytest.raises(ModelDamagedError if isinstance(error, GigaamError) else UnexpectedError):
        start(partial(cannot_load, tmp_path / "log", 0, error)).ready()


def test_a_process_that_ends_while_loading_is_a_lost_device(start: Start, tmp_path: Path) -> None:
    with pytest.raises(DeviceLostError, match="cuda:1"):
        start(partial(cannot_load, tmp_path / "log")).ready()


@pytest.mark.parametrize("error", [None, ModelDamagedError(folder="x", detail="y")])
def test_a_device_that_does_not_come_back_is_lost_for_good(
    error: Exception | None, start: Start, tmp_path: Path
) -> None:
    engine = start(partial(cannot_load, tmp_path / "log", 1, error))
    engine.ready()
    for _ in range(2):
        with pytest.raises(DeviceLostError, match="cuda:1"):
            said(engine, GUILTY)
    assert heard(tmp_path / "log").count("") == 2, "it was loaded twice and not again"


@pytest.mark.parametrize("times", [1, 2])
def test_a_call_that_hangs_can_be_ended_and_is_made_once_more(
    times: int, start: Start, tmp_path: Path
) -> None:
    engine = start(partial(load, Trouble(tmp_path / "log", times=times, hang=600)))
    engine.ready()
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(said, engine, GUILTY)
        for count in range(1, times + 1):
            wait_for(partial(is_heard, tmp_path / "log", count))
            assert engine.interrupt()
        if times == 1:
            assert future.result(PATIENCE) == [word(GUILTY)]
        else:
            with pytest.raises(EngineCrashedError):
                future.result(PATIENCE)
    assert said(engine, 1001) == [word(1001)]


def test_closing_ends_a_call_that_hangs(start: Start, tmp_path: Path) -> None:
    engine = start(partial(load, Trouble(tmp_path / "log", wait=600)))
    engine.ready()
    failed: list[Exception] = []

    def call() -> None:
        try:
            said(engine, 1001)
        except EngineCrashedError as error:
            failed.append(error)

    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    wait_for((tmp_path / "log").exists)
    engine.close()
    thread.join(PATIENCE)
    assert len(failed) == 1
    assert all(not is_alive(process) for process in processes(tmp_path / "log"))


BROKEN = RuntimeError("CUDA failure 700: an illegal memory access was encountered")


def test_a_gpu_that_failed_gets_another_process(start: Start, tmp_path: Path) -> None:
    """In the old one it would fail at everything from now on."""
    engine = start(partial(load, Trouble(tmp_path / "log", BROKEN, times=1), device="cuda:1"))
    engine.ready()
    assert said(engine, 1001, GUILTY) == [word(1001), word(GUILTY)]
    assert len(processes(tmp_path / "log")) == 2


@pytest.mark.parametrize(
    ("device", "raised"), [("cuda:1", RuntimeError("invalid dimensions")), ("cpu:1", BROKEN)]
)
def test_other_failures_leave_the_process_alone(
    device: str, raised: Exception, start: Start, tmp_path: Path
) -> None:
    engine = start(partial(load, Trouble(tmp_path / "log", raised), device=device))
    engine.ready()
    with pytest.raises(UnexpectedError):
        said(engine, GUILTY)
    assert said(engine, 1001) == [word(1001)]
    assert len(processes(tmp_path / "log")) == 1


_PARENT = """
import sys, time
from functools import partial
from pathlib import Path
from gigaam_cli.engines.separate import SeparateEngine
from tests.engines.test_separate import Trouble, load, said

if __name__ == "__main__":
    engine = SeparateEngine(partial(load, Trouble(Path(sys.argv[1]))), "cpu:0", 1)
    engine.ready()
    said(engine, 1001)
    print("ready", flush=True)
    time.sleep(float(sys.argv[2]))
"""


@contextmanager
def parent(folder: Path, seconds: float, cwd: Path | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """Start a program that uses an engine, does not close it, and lives so much longer; it logs in ``folder``."""
    script = folder / "parent.py"
    script.write_text(_PARENT)
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, str(script), str(folder / "log"), str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, cwd=cwd) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield process


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_it_does_not_outlive_its_parent(number: int, tmp_path: Path) -> None:
    with parent(tmp_path, 600) as program:
        program.send_signal(number)
    (process,) = processes(tmp_path / "log")
    wait_for(lambda: not is_alive(process))


def test_a_program_that_forgets_to_close_it_ends_all_the_same(tmp_path: Path) -> None:
    with parent(tmp_path, 0) as program:
        assert program.wait(PATIENCE) == 0
    (process,) = processes(tmp_path / "log")
    assert not is_alive(process)


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python cannot be told")
def test_what_lies_where_it_is_started_is_not_run(tmp_path: Path) -> None:
    elsewhere = tmp_path / "recordings"
    elsewhere.mkdir()
    for name in ("pickle", "multiprocessing", "gigaam_cli"):
        (elsewhere / f"{name}.py").write_text("raise SystemExit('a module of the user')")
    with parent(tmp_path, 0, elsewhere) as program:
        assert program.wait(PATIENCE) == 0


def test_signals_are_its_parents_business(start: Start, tmp_path: Path) -> None:
    engine = start(partial(load, Trouble(tmp_path / "log")))
    engine.ready()
    said(engine, 1001)
    (process,) = processes(tmp_path / "log")
    os.kill(process, signal.SIGINT)
    os.kill(process, signal.SIGHUP)
    os.kill(process, signal.SIGTERM)
    time.sleep(0.1)
    assert said(engine, 1002) == [word(1002)]
    assert processes(tmp_path / "log") == {process}


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def is_alive(process: int) -> bool:
    """Whether it runs: one that ended and that nobody has asked after is still in the list."""
    try:
        status = Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def test_a_process_that_cannot_be_ended_is_a_lost_device(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one that waits in a driver: whoever asks next learns of it."""
    engine = start(partial(load, Trouble(tmp_path / "log")))
    engine.ready()
    monkeypatch.setattr("gigaam_cli.engines.separate._Child.end", lambda self: False)
    assert not engine.interrupt()
    with pytest.raises(DeviceLostError, match="cannot be ended"):
        said(engine, 1001)
    monkeypatch.undo()
