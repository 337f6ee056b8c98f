"""A run: threads that read, threads that recognise, and the books, until everything is done or must end."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from gigaam_cli.core.errors import GigaamError
from gigaam_cli.core.events import (
    DeviceChosen,
    FileFailed,
    FileSkipped,
    Observer,
    RunEnding,
    RunStarted,
    nobody,
)
from gigaam_cli.engines.protocol import Engine, EngineInfo
from gigaam_cli.pipeline.flow import Broken, Message, Nudge, ReaderLeft, SegmentQueue
from gigaam_cli.pipeline.guard import one_files_work
from gigaam_cli.pipeline.jobs import BatchReport, FileResult, Job, Pace, Recipe
from gigaam_cli.pipeline.ledger import Desk, Ledger, Sink
from gigaam_cli.pipeline.plan import Plan
from gigaam_cli.pipeline.readers import Schedule, run_reader
from gigaam_cli.pipeline.workers import run_worker
from gigaam_cli.store.store import Store

OUT_OF_TIME = "out_of_time"
"""Why recordings were not begun: ``Pace.begin_within`` was over."""
# A thread that is inside a native call when the run ends is left to the process's end after this long.
_PATIENCE_SECONDS = 5.0


class Control:
    """Lets a front end end a run early: safe to use from a signal handler and from other threads."""

    def __init__(self) -> None:
        self.reason: str | None = None
        self._inbox: queue.SimpleQueue[Message] | None = None

    @property
    def running(self) -> bool:
        """Whether a run is under way that ``stop`` would end."""
        return self._inbox is not None

    def stop(self, reason: str) -> None:
        """End the run as soon as possible, for ``reason``; what is finished is kept."""
        self.reason = self.reason or reason
        if self._inbox is not None:
            self._inbox.put(Nudge())

    @contextlib.contextmanager
    def ends(self, inbox: queue.SimpleQueue[Message]) -> Iterator[None]:
        """Within ``with``, a stop wakes the run that reads ``inbox``."""
        self._inbox = inbox
        try:
            yield
        finally:
            self._inbox = None


@dataclass(frozen=True, slots=True)
class Setting:
    """What a run works with. ``load`` gives the engines, and is called only if there is something to recognise."""

    store: Store
    sink: Sink
    recipe: Recipe
    digest: str
    load: Callable[[], Sequence[Engine]]
    pace: Pace = field(default_factory=Pace)
    observer: Observer = nobody


def run(plan: Plan, setting: Setting, control: Control | None = None) -> BatchReport:
    """Do what ``plan`` says and report on each of its inputs.

    Raises:
        EnvironmentFailure: the engine cannot be loaded; nothing was done.
    """
    control = control or Control()
    began = time.monotonic()
    _announce(plan, setting.observer)
    engines = list(setting.load()) if plan.to_recognise else []
    books = _Books(plan, setting, engines)
    try:
        fatal = books.keep(control)
    finally:
        for engine in engines:
            engine.close()
    ended = control.reason or (fatal.code if fatal else None)
    if ended is None and len(books.results) < len(plan.jobs):
        ended = OUT_OF_TIME
    results = (*plan.results, *books.results, *_untouched(plan, books.results, ended))
    return BatchReport(results, time.monotonic() - began, ended, fatal)


class _Books:
    """The ledger and the order in which its work is done."""

    def __init__(self, plan: Plan, setting: Setting, engines: list[Engine]) -> None:
        self._plan = plan
        self._setting = setting
        self._engines = engines
        takers = sum(engine.info.calls for engine in engines)
        self._queue = SegmentQueue(_room(setting, engines), setting.pace.readers, takers)
        info = engines[0].info if engines else EngineInfo("", "", "", "", "")
        self._ledger = Ledger(
            Desk(
                setting.store,
                setting.sink,
                setting.observer,
                setting.recipe,
                setting.digest,
                info,
                self._queue.release,
            )
        )

    @property
    def results(self) -> list[FileResult]:
        """What became of the jobs so far."""
        return self._ledger.results

    def keep(self, control: Control) -> GigaamError | None:
        """Do all jobs; return what ended the run early, if something of ours did."""
        inbox: queue.SimpleQueue[Message] = queue.SimpleQueue()
        try:
            with control.ends(inbox):
                self._write(control)
                if self._engines and not control.reason:
                    self._recognise(control, inbox)
        except GigaamError as error:
            return error
        return None

    def _write(self, control: Control) -> None:
        for job in self._plan.to_write:
            if control.reason:
                self._setting.observer(RunEnding(control.reason))
                return
            self._ledger.deliver(job, job.recognition or 0, recognised=False)

    def _recognise(self, control: Control, inbox: queue.SimpleQueue[Message]) -> None:
        for engine in self._engines:
            self._setting.observer(_chosen(engine.info))
        reading = self._setting.pace.readers
        with _threads(self._engines, self._plan.to_recognise, self._setting, self._queue, inbox):
            while (reading or self._ledger.under_way) and not control.reason:
                message = inbox.get()
                self._ledger.take(message)
                if isinstance(message, ReaderLeft):
                    reading -= 1
            if control.reason:
                self._setting.observer(RunEnding(control.reason))


def _room(setting: Setting, engines: Sequence[Engine]) -> float:
    """Seconds of audio that may be under way: enough to have a full batch waiting behind each in work."""
    segments = sum(engine.info.calls * engine.info.batch for engine in engines)
    return max(setting.pace.queue_seconds, 2 * segments * setting.recipe.segment.max_segment)


@contextlib.contextmanager
def _threads(
    engines: Sequence[Engine],
    jobs: Sequence[Job],
    setting: Setting,
    segments: SegmentQueue,
    inbox: queue.SimpleQueue[Message],
) -> Iterator[None]:
    """Run readers and workers while the body runs; afterwards none is left, nor any FFmpeg."""
    schedule = Schedule(jobs, setting.pace, inbox.put, setting.recipe.decode.stall_timeout)
    workers = [
        (f"worker-{engine.info.device}-{call}", partial(run_worker, engine, segments, inbox.put))
        for engine in engines
        for call in range(engine.info.calls)
    ]
    readers = [
        (f"reader-{number}", partial(run_reader, schedule, setting.recipe, segments, inbox.put))
        for number in range(setting.pace.readers)
    ]
    threads = [
        threading.Thread(target=_watched, args=(body, inbox.put), name=name, daemon=True)
        for name, body in workers + readers
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        segments.close()
        schedule.close()
        deadline = time.monotonic() + _PATIENCE_SECONDS
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))


def _watched(body: Callable[[], None], send: Callable[[Message], None]) -> None:
    """Run a thread's body; if it dies, end the run rather than let it wait for ever."""
    with one_files_work(lambda error: send(Broken(error))):
        body()


def _announce(plan: Plan, observer: Observer) -> None:
    refused = [result for result in plan.results if result.error]
    observer(RunStarted(len(plan.jobs) + len(refused)))
    for result in plan.results:
        if result.error:
            observer(FileFailed(result.path, result.error))
        else:
            detail = ", ".join(path.name for path in result.outputs) if result.reason == "exists" else ""
            observer(FileSkipped(result.path, result.reason, detail))


def _chosen(info: EngineInfo) -> DeviceChosen:
    return DeviceChosen(info.device, info.device_reason, info.model, info.precision, info.calls)


def _untouched(plan: Plan, results: Sequence[FileResult], ended: str | None) -> Iterator[FileResult]:
    """Jobs that the run did not come to: skipped, since the next run does them."""
    done = {result.path for result in results}
    for job in plan.jobs:
        if job.file.path not in done:
            yield FileResult(job.file.path, "skipped", reason=ended or "not_reached")
