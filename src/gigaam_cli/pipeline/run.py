"""A run: threads that read, threads that recognise, and the books, until everything is done or must end."""

from __future__ import annotations

import contextlib
import math
import queue
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from gigaam_cli.core.errors import GigaamError
from gigaam_cli.core.events import (
    DeviceChosen,
    EngineStuck,
    FileFailed,
    FileSkipped,
    FileWaiting,
    Observer,
    RunEnding,
    RunStarted,
    nobody,
)
from gigaam_cli.engines.protocol import Engine, EngineInfo
from gigaam_cli.pipeline.flow import Message, Nudge, ReaderLeft, Recognised
from gigaam_cli.pipeline.jobs import BatchReport, FileResult, Job, Pace, Recipe
from gigaam_cli.pipeline.ledger import Ledger
from gigaam_cli.pipeline.outcomes import Desk, Sink
from gigaam_cli.pipeline.plan import Plan
from gigaam_cli.pipeline.second_look import Look
from gigaam_cli.pipeline.threads import Threads
from gigaam_cli.pipeline.workers import Crew
from gigaam_cli.store.store import Store

OUT_OF_TIME = "out_of_time"
"""Why recordings were not begun: ``Pace.begin_within`` was over."""
# How often to look whether another run has let go of a recording.
_LOOK_SECONDS = 0.5
# How often to look whether an engine still answers.
_WATCH_SECONDS = 1.0


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
        """Within ``with``, a stop wakes whoever reads ``inbox``."""
        before, self._inbox = self._inbox, inbox
        try:
            yield
        finally:
            self._inbox = before


def _as_planned(job: Job) -> Job | FileResult:
    return job


@dataclass(frozen=True, slots=True)
class Setting:
    """What a run works with. ``load`` gives the engines, and is called only if there is something to recognise.

    ``review`` says what a job is when it is begun: another run may have done it since it was planned.
    """

    store: Store
    sink: Sink
    recipe: Recipe
    digest: str
    load: Callable[[], Sequence[Engine]]
    pace: Pace = field(default_factory=Pace)
    observer: Observer = nobody
    review: Callable[[Job], Job | FileResult] = _as_planned


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
        setting.store.leases.end()
        for engine in engines:
            engine.close()
    ended = control.reason or (fatal.code if fatal else None)
    if ended is None and books.out_of_time and len(books.results) < len(plan.jobs):
        ended = OUT_OF_TIME
    results = (*plan.results, *books.results, *_untouched(plan, books.results, ended))
    return BatchReport(results, time.monotonic() - began, ended, fatal)


class _Books:
    """The ledger and the order in which its work is done."""

    def __init__(self, plan: Plan, setting: Setting, engines: list[Engine]) -> None:
        self._plan = plan
        self._setting = setting
        self._engines = engines
        self._waited_for: set[Path] = set()
        self._next_look = 0.0
        self._told = False
        self._pause = setting.pace.retry_pause
        self._threads: Threads | None = None
        within = setting.pace.begin_within
        self._last_begin = math.inf if within is None else time.monotonic() + within
        info = engines[0].info if engines else EngineInfo("", "", "", "", "")
        self._ledger = Ledger(
            Desk(
                setting.store,
                setting.sink,
                setting.observer,
                setting.recipe,
                setting.digest,
                info,
                setting.review,
                self._listen_again,
            ),
            setting.pace.retries,
        )

    @property
    def results(self) -> list[FileResult]:
        """What became of the jobs so far."""
        return self._ledger.outcomes.results

    @property
    def out_of_time(self) -> bool:
        """Whether no recording may be begun any more."""
        return time.monotonic() >= self._last_begin

    def keep(self, control: Control) -> GigaamError | None:
        """Do all jobs; return what ended the run early, if something of ours did."""
        inbox: queue.SimpleQueue[Message] = queue.SimpleQueue()
        try:
            with control.ends(inbox):
                for engine in self._engines:
                    self._setting.observer(_chosen(engine.info))
                jobs: Sequence[Job] = self._plan.jobs
                while jobs:
                    self._do(jobs, control)
                    self._tell_of_the_end(control)
                    jobs = self._wait_for_others(control, inbox) or self._wait_to_retry(control, inbox)
                self._ledger.outcomes.give_up()
                self._ledger.outcomes.blame()
                self._tell_of_the_end(control)
        except GigaamError as error:
            return error
        return None

    def _tell_of_the_end(self, control: Control) -> None:
        if control.reason and not self._told:
            self._told = True
            self._setting.observer(RunEnding(control.reason))

    def _do(self, jobs: Sequence[Job], control: Control) -> None:
        for job in jobs:
            if job.recognition is not None and not control.reason:
                self._ledger.outcomes.write(job)
        wanted = [job for job in jobs if job.recognition is None]
        if wanted and self._engines and not control.reason:
            self._recognise(wanted, control)

    def _recognise(self, jobs: Sequence[Job], control: Control) -> None:
        pace = replace(self._setting.pace, begin_within=self._last_begin - time.monotonic())
        # One of its own: what a thread of before still says would be taken for news of those tried again.
        inbox: queue.SimpleQueue[Message] = queue.SimpleQueue()
        engines, recipe = self._engines, self._setting.recipe
        with control.ends(inbox), Threads(engines, jobs, recipe, pace, inbox) as threads:
            self._threads, reading = threads, pace.readers
            while (reading or self._ledger.under_way) and not control.reason:
                self._look_after(threads.crew)
                with contextlib.suppress(queue.Empty):
                    message = inbox.get(timeout=_WATCH_SECONDS)
                    self._ledger.take(message)
                    if isinstance(message, Recognised):
                        threads.segments.release(message.segment.seconds)
                    reading -= isinstance(message, ReaderLeft)
            self._tell_of_the_end(control)  # before the threads are waited for

    def _listen_again(self, look: Look) -> None:
        assert self._threads is not None  # noqa: S101 - what is looked at again was recognised by them
        self._threads.looks.order(look)

    def _look_after(self, crew: Crew) -> None:
        if time.monotonic() >= self._next_look:
            self._next_look = time.monotonic() + _WATCH_SECONDS
            patience = self._setting.pace.answer_timeout
            for device in crew.look_after(patience):
                self._setting.observer(EngineStuck(device, patience))

    def _wait_to_retry(self, control: Control, inbox: queue.SimpleQueue[Message]) -> list[Job]:
        """Return after a pause what is to be tried again; nothing if the run is to end."""
        outcomes = self._ledger.outcomes
        until = min(time.monotonic() + self._pause, self._last_begin)
        self._pause *= 2
        if not self._setting.pace.waits:
            return []
        while outcomes.postponed and not control.reason and (left := until - time.monotonic()) > 0:
            with contextlib.suppress(queue.Empty):
                inbox.get(timeout=min(left, _WATCH_SECONDS))  # on Windows no signal ends a wait
        return [] if control.reason or self.out_of_time else outcomes.take_postponed()

    def _wait_for_others(self, control: Control, inbox: queue.SimpleQueue[Message]) -> list[Job]:
        """Return those of the contested jobs that are free again as soon as there are any.

        There are none when nothing is contested, or the run is to end.
        """
        contested, leases = self._ledger.outcomes.contested, self._setting.store.leases
        for path in sorted(
            {job.file.path for job in contested if self._setting.pace.waits} - self._waited_for
        ):
            self._waited_for.add(path)
            self._setting.observer(FileWaiting(path))
        while contested and self._setting.pace.waits and not (control.reason or self.out_of_time):
            if free := [job for job in contested if not leases.is_held(job.file.path)]:
                self._ledger.outcomes.contested = [job for job in contested if job not in free]
                return free
            with contextlib.suppress(queue.Empty):
                inbox.get(timeout=_LOOK_SECONDS)
        return []


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
