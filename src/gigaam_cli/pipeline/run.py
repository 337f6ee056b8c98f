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
    SKIPPED_BY_USER,
    STOPPED_BY_USER,
    DeviceChosen,
    EngineStuck,
    FileFailed,
    FileSkipped,
    FileWaiting,
    Observer,
    RunEnding,
    RunPaused,
    RunResumed,
    RunStarted,
    nobody,
)
from gigaam_cli.engines.protocol import Engine, EngineInfo
from gigaam_cli.pipeline.control import Control
from gigaam_cli.pipeline.flow import Message, ReaderLeft, Recognised
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
# Nobody looked for so long: this process was stopped (Ctrl-Z), and an engine in it as well.
_STANDSTILL_SECONDS = 10.0


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
    books = _Books(plan, setting, engines, control)
    try:
        fatal = books.keep()
    finally:
        setting.store.leases.end()
        for engine in engines:
            engine.close()
    ended = control.reason or (fatal.code if fatal else None)
    if ended is None and books.out_of_time and len(books.results) < len(plan.jobs):
        ended = STOPPED_BY_USER if control.finishing else OUT_OF_TIME
    results = (*plan.results, *books.results, *_untouched(plan, books.results, ended))
    return BatchReport(results, time.monotonic() - began, ended, fatal, books.paused_seconds)


class _Books:
    """The ledger and the order in which its work is done."""

    def __init__(self, plan: Plan, setting: Setting, engines: list[Engine], control: Control) -> None:
        self._plan = plan
        self._setting = setting
        self._engines = engines
        self._control = control
        self._waited_for: set[Path] = set()
        self._next_look = 0.0
        self._told: set[str] = set()
        self._paused_since: float | None = None
        self._paused_before = 0.0
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
    def paused_seconds(self) -> float:
        """How long the run was paused so far."""
        since = self._paused_since
        return self._paused_before + (0.0 if since is None else time.monotonic() - since)

    @property
    def out_of_time(self) -> bool:
        """Whether no recording may be begun any more."""
        return time.monotonic() >= self._last_begin

    def keep(self) -> GigaamError | None:
        """Do all jobs; return what ended the run early, if something of ours did."""
        inbox: queue.SimpleQueue[Message] = queue.SimpleQueue()
        try:
            with self._control.ends(inbox):
                for engine in self._engines:
                    self._setting.observer(_chosen(engine.info))
                jobs: Sequence[Job] = self._plan.jobs
                while jobs:
                    self._do(jobs, inbox)
                    self._tell_of_the_end()
                    jobs = self._wait_for_others(inbox) or self._wait_to_retry(inbox)
                self._ledger.outcomes.give_up()
                self._ledger.outcomes.blame()
                self._tell_of_the_end()
        except GigaamError as error:
            return error
        return None

    def _tell_of_the_end(self) -> None:
        self._tell_once(self._control.reason)

    def _tell_once(self, reason: str | None) -> None:
        if reason and reason not in self._told:
            self._told.add(reason)
            self._setting.observer(RunEnding(reason))

    def _do(self, jobs: Sequence[Job], inbox: queue.SimpleQueue[Message]) -> None:
        for job in jobs:
            if job.recognition is not None:
                self._rest(inbox)
                if not self._control.ending:
                    self._ledger.outcomes.write(job)
        self._rest(inbox)
        wanted = [job for job in jobs if job.recognition is None and not self._ledger.outcomes.is_left(job)]
        if wanted and self._engines and not self._control.ending:
            self._recognise(wanted)

    def _recognise(self, jobs: Sequence[Job]) -> None:
        pace = replace(self._setting.pace, begin_within=self._last_begin - time.monotonic())
        # One of its own: what a thread of before still says would be taken for news of those tried again.
        inbox: queue.SimpleQueue[Message] = queue.SimpleQueue()
        engines, recipe = self._engines, self._setting.recipe
        with self._control.ends(inbox), Threads(engines, jobs, recipe, pace, inbox) as threads:
            self._threads, reading = threads, pace.readers
            while (reading or self._ledger.under_way) and not self._control.reason:
                self._steer()
                self._look_after(threads.crew)
                with contextlib.suppress(queue.Empty):
                    message = inbox.get(timeout=_WATCH_SECONDS)
                    self._ledger.take(message)
                    if isinstance(message, Recognised):
                        threads.segments.release(message.segment.seconds)
                    reading -= isinstance(message, ReaderLeft)
            self._threads = None
            self._tell_of_the_end()  # before the threads are waited for

    def _steer(self) -> None:
        """Do what was asked for since the last time, but for an end at once."""
        for path in self._control.skips():
            self._leave(path)
        if self._control.finishing:
            self._last_begin = -math.inf
            self._ledger.begin_no_more()
            if self._threads:
                self._threads.begin_no_more()
            self._tell_once(self._control.reason or STOPPED_BY_USER)
        if self._control.paused != (self._paused_since is not None):
            self._hold(self._control.paused)

    def _leave(self, path: Path) -> None:
        """Do no more of a recording that is not dealt with yet."""
        if path not in {result.path for result in self.results}:
            for job in self._plan.jobs:
                if job.file.path == path:
                    self._ledger.leave(job, SKIPPED_BY_USER)

    def _hold(self, paused: bool) -> None:
        now = time.monotonic()
        if paused:
            self._setting.observer(RunPaused())
            self._paused_since = now
        elif self._paused_since is not None:
            self._setting.observer(RunResumed(now - self._paused_since))
            self._paused_before += now - self._paused_since
            self._paused_since = None
        if self._threads:
            self._threads.segments.hold(paused)

    def _rest(self, inbox: queue.SimpleQueue[Message]) -> None:
        """Do what was asked for, and while the run is paused nothing else."""
        self._steer()
        while self._paused_since is not None and not self._control.reason:
            with contextlib.suppress(queue.Empty):
                inbox.get(timeout=_WATCH_SECONDS)
            self._steer()

    def _listen_again(self, look: Look) -> None:
        assert self._threads is not None  # noqa: S101 - what is looked at again was recognised by them
        self._threads.looks.order(look)

    def _look_after(self, crew: Crew) -> None:
        late = time.monotonic() - self._next_look
        if late >= 0:
            self._next_look = time.monotonic() + _WATCH_SECONDS
            if late > _STANDSTILL_SECONDS:
                crew.wait_on()
            patience = self._setting.pace.answer_timeout
            for device in crew.look_after(patience):
                self._setting.observer(EngineStuck(device, patience))

    def _wait_to_retry(self, inbox: queue.SimpleQueue[Message]) -> list[Job]:
        """Return after a pause what is to be tried again; nothing if the run is to end."""
        outcomes = self._ledger.outcomes
        until = min(time.monotonic() + self._pause, self._last_begin)
        self._pause *= 2
        if not self._setting.pace.waits:
            return []
        while outcomes.postponed and not self._control.ending and (left := until - time.monotonic()) > 0:
            with contextlib.suppress(queue.Empty):
                inbox.get(timeout=min(left, _WATCH_SECONDS))  # on Windows no signal ends a wait
            self._steer()
        self._steer()
        return [] if self._control.reason or self.out_of_time else outcomes.take_postponed()

    def _wait_for_others(self, inbox: queue.SimpleQueue[Message]) -> list[Job]:
        """Return those of the contested jobs that are free again as soon as there are any.

        There are none when nothing is contested, or the run is to end.
        """
        outcomes, leases = self._ledger.outcomes, self._setting.store.leases
        waits = self._setting.pace.waits
        for path in sorted({job.file.path for job in outcomes.contested if waits} - self._waited_for):
            self._waited_for.add(path)
            self._setting.observer(FileWaiting(path))
        while outcomes.contested and waits and not (self._control.reason or self.out_of_time):
            if free := [job for job in outcomes.contested if not leases.is_held(job.file.path)]:
                outcomes.contested = [job for job in outcomes.contested if job not in free]
                return free
            with contextlib.suppress(queue.Empty):
                inbox.get(timeout=_LOOK_SECONDS)
            self._steer()
        return []


def _announce(plan: Plan, observer: Observer) -> None:
    refused = [result for result in plan.results if result.error]
    observer(RunStarted(len(plan.jobs) + len(refused), len(plan.to_write)))
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
