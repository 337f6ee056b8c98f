"""A watch: pass after pass over some folders, each doing what ``transcribe`` would do, until it is ended."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from gigaam_cli.core.errors import EnvironmentFailure, GigaamError, OutputError
from gigaam_cli.core.events import (
    STOPPED_BY_USER,
    Event,
    FileDone,
    FolderBack,
    FolderGone,
    Observer,
    WatchPlanned,
    WatchStarted,
    WatchTroubled,
)
from gigaam_cli.core.i18n import mark as _
from gigaam_cli.core.model_errors import ModelDamagedError
from gigaam_cli.media.discover import Found, discover
from gigaam_cli.pipeline import passes
from gigaam_cli.pipeline.aside import put_all_back
from gigaam_cli.pipeline.control import Control
from gigaam_cli.pipeline.jobs import BatchReport
from gigaam_cli.pipeline.keeper import Keeper
from gigaam_cli.pipeline.later import Later
from gigaam_cli.pipeline.moving import Disposer, finished
from gigaam_cli.pipeline.plan import Plan
from gigaam_cli.pipeline.transcribe import Prepared, carry_out, prepare_found
from gigaam_cli.pipeline.waiting import Waiter, Waiting, stoppable
from gigaam_cli.pipeline.watch_request import Watch, is_folder, is_mounted, mount_of
from gigaam_cli.store.store import Store
from gigaam_cli.store.values import Fingerprint

Work = Callable[[Observer], BatchReport]


class Front(Protocol):
    """Shows a watch."""

    def tell(self, event: Event, /) -> None:
        """Take note of what happens between the work of two passes."""

    def show(self, work: Work, /) -> BatchReport:
        """Do the work of a pass, with an observer that shows it; return its report."""

    def alive(self) -> None:
        """Take note that the watch goes on."""


@dataclass(frozen=True, slots=True)
class Means:
    """What a watch works with; ``clock`` gives seconds that never go back."""

    open_store: Callable[[], Store]
    keeper: Keeper
    waiter: Waiter
    front: Front
    clock: Callable[[], float] = time.monotonic


def watch(wanted: Watch, means: Means, control: Control) -> str:
    """Transcribe what is in the folders and what comes, until ``control`` is told to stop; return the reason.

    Raises:
        ModelDamagedError: the model cannot be used any longer.
    """
    means.front.tell(WatchStarted(wanted.folders))
    watcher = _Watcher(wanted, means, control)
    troubles, told = 0, ""
    try:
        while not control.ending:
            trouble = watcher.look()
            if control.ending:
                break
            if trouble is None:
                troubles, told = 0, ""
                watcher.rest(passes.breath_after(watcher.planning))
                watcher.wait(min(wanted.rescan, watcher.pause))
                continue
            troubles += 1
            pause = passes.pause_after(troubles)
            if trouble.whole or str(trouble.error) != told:
                means.front.tell(WatchTroubled(trouble.error, pause))
            told = str(trouble.error)
            if trouble.whole:
                watcher.rest(pause)
            else:
                watcher.wait(min(pause, watcher.pause))
    finally:
        means.keeper.close()
    return control.reason or STOPPED_BY_USER


@dataclass(frozen=True, slots=True)
class _Trouble:
    """What was in a pass's way; where it was in the way of everything (``whole``), nothing else could be done."""

    error: GigaamError
    whole: bool = False


class _Watcher:
    """The passes, and what each leaves to the next; ``planning``: seconds that the last one took for its plan."""

    def __init__(self, wanted: Watch, means: Means, control: Control) -> None:
        self._wanted, self._means, self._control = wanted, means, control
        self._disposer = Disposer(wanted.disposal, means.front.alive) if wanted.disposal else None
        self._recovered: set[Path] = set()
        self._failed: dict[Path, Fingerprint] = {}
        self._told: passes.Told = frozenset()
        self._mounts = {folder: mount_of(folder) for folder in (*wanted.folders, *wanted.targets)}
        self._gone: set[Path] = set()
        self.planning = 0.0
        self._later = Later(wanted.request.retries, means.clock, means.front.tell)
        settle = wanted.request.rules.settle_seconds
        self._waiting = Waiting(means.waiter, settle, means.clock)

    def look(self) -> _Trouble | None:
        """Make a pass; return what was in its way."""
        try:
            with contextlib.closing(self._means.open_store()) as store:
                return self._pass(store)
        except ModelDamagedError:
            raise
        except (EnvironmentFailure, OutputError) as error:
            return _Trouble(error, whole=True)

    @property
    def pause(self) -> float:
        """The seconds after which there is something to look at, whatever changes."""
        return self._later.pause

    def wait(self, seconds: float) -> None:
        """Wait until there is something to look at, or for so long."""
        self._waiting.wait(seconds, self._wanted.folders, self._control)

    def rest(self, seconds: float) -> None:
        """Wait for so long, whatever changes."""
        self._waiting.rest(seconds, self._control)

    def _pass(self, store: Store) -> _Trouble | None:
        self._check_mounts()
        folders = tuple(self._folders_there())
        stuck = self._recover(folders, store)
        began = self._means.clock()
        prepared = self._prepare(folders, store)
        self.planning = self._means.clock() - began
        plan = prepared.plan
        self._waiting.expect(result.path for result in plan.results if result.reason == "unsettled")
        changing = self._waiting.changing()
        settled = [job for job in plan.jobs if job.file.path not in changing]
        due = self._later.begin(passes.due(settled, self._failed), store.leases.is_held)
        jobs, closed = passes.writable(due)
        results, self._told = passes.news(plan.results, self._told)
        self._means.front.tell(WatchPlanned(len(jobs)))
        left = self._dispose_of_done(prepared, store)
        trouble = None
        if jobs or results:
            trouble = self._work(replace(prepared, plan=Plan(jobs, results)), store)
        return trouble or next((_Trouble(error) for error in (stuck, left, closed) if error), None)

    def _check_mounts(self) -> None:
        """Let nothing be written below a mount point whose disk is gone; raises OutputError."""
        for folder in self._wanted.targets:
            if not is_mounted(self._mounts[folder]):
                raise OutputError(path=folder, detail=_("its disk is not mounted"))

    def _recover(self, folders: Collection[Path], store: Store) -> GigaamError | None:
        """Undo or complete the moves that were cut short, in folders that were not there before."""
        self._recovered &= set(folders)
        if self._recovered.issuperset(folders):
            return None
        try:
            for folder in folders:
                put_all_back(folder, self._wanted.request.rules.recursive)
        except OutputError as error:
            return error
        if self._disposer:
            self._disposer.recover(store)
        self._recovered = set(folders)
        return None

    def _prepare(self, folders: tuple[Path, ...], store: Store) -> Prepared:
        longest = passes.longest(self._wanted.rescan)
        request = replace(self._wanted.request, inputs=folders, retries=0, waits=False, begin_within=longest)
        found = []
        for item in discover(request.inputs, request.rules):
            self._means.front.alive()
            found.append(item)
        recordings = [item for item in found if isinstance(item, Found)]
        choice = self._means.keeper.choose(request, store, self._means.front.tell) if recordings else None
        if self._disposer:
            for item in recordings:
                self._disposer.make_room(Fingerprint(item.path, item.size, item.mtime_ns), store)
        return prepare_found(request, found, choice, store)

    def _folders_there(self) -> Iterator[Path]:
        """Yield the folders that are there; tell of each that vanished, and of each that came back."""
        for folder in self._wanted.folders:
            there = is_folder(folder) and is_mounted(self._mounts[folder])
            if there:
                yield folder
            if there == (folder in self._gone):
                self._gone ^= {folder}
                self._means.front.tell(FolderBack(folder) if there else FolderGone(folder))

    def _work(self, prepared: Prepared, store: Store) -> _Trouble | None:
        """Do what is to be done; return what was in the way of that."""
        kept: list[GigaamError] = []

        def work(observer: Observer) -> BatchReport:
            def observe(event: Event) -> None:
                observer(self._later.as_told(event))
                if isinstance(event, FileDone):
                    texts = (*event.outputs, *event.kept)
                    kept.extend(self._dispose(event.path, texts, prepared, store, observer))

            report = carry_out(prepared, store, observe, self._control, self._means.keeper.lend)
            return self._later.take(report)

        report = self._means.front.show(work)
        self._failed = passes.failures(report.results, prepared.plan.jobs, self._failed)
        if isinstance(report.fatal, ModelDamagedError):
            raise report.fatal
        if report.fatal is not None:
            if not isinstance(report.fatal, OutputError):
                self._means.keeper.forget()
            return _Trouble(report.fatal, whole=True)
        error = passes.in_the_way(report.results) or next(iter(kept), None)
        return _Trouble(error) if error else None

    def _dispose_of_done(self, prepared: Prepared, store: Store) -> GigaamError | None:
        """See to the sources that were found done already; return why one of them stays."""
        kept: list[GigaamError] = []
        with stoppable(self._control):
            for result in prepared.plan.results if self._disposer else ():
                if result.reason == "done" and not self._control.ending:
                    tell = self._means.front.tell
                    kept += self._dispose(result.path, result.outputs, prepared, store, tell)
        return next(iter(kept), None)

    def _dispose(
        self, path: Path, texts: Sequence[Path], prepared: Prepared, store: Store, tell: Observer
    ) -> Iterator[GigaamError]:
        """See to a source if it is finished; yield what was in the way."""
        if self._disposer is None or prepared.choice is None:
            return
        try:
            self._check_mounts()  # it may have gone since the pass began
            file = finished(path, texts, prepared.choice.digest, store)
            event = self._disposer.dispose(file, store) if file else None
        except (EnvironmentFailure, OutputError) as error:
            self._recovered.clear()  # the next pass looks for what is left of it
            yield error
            return
        if event:
            tell(event)
