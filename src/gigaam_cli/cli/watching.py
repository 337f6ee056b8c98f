"""A watch as the command line shows it: to people, to programs and to a service manager."""

from __future__ import annotations

import contextlib
from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from gigaam_cli.cli.errors import OK, exit_code
from gigaam_cli.cli.journal import journal
from gigaam_cli.cli.notify import Service
from gigaam_cli.cli.progress import json_error, progress, seated, teller
from gigaam_cli.cli.report import show_summary
from gigaam_cli.cli.signals import ENDINGS, Signals
from gigaam_cli.core.errors import GigaamError
from gigaam_cli.core.events import (
    DeviceChosen,
    Event,
    FileDone,
    FileFailed,
    Observer,
    WatchPlanned,
    nobody,
)
from gigaam_cli.core.model_errors import ModelMissingError
from gigaam_cli.core.paths import state_folder
from gigaam_cli.media.process import kill_all
from gigaam_cli.pipeline.changes import Changes, Watching
from gigaam_cli.pipeline.control import Control
from gigaam_cli.pipeline.jobs import BatchReport
from gigaam_cli.pipeline.keeper import Keeper
from gigaam_cli.pipeline.watch import Means, Work, watch
from gigaam_cli.pipeline.watch_request import Watch, check
from gigaam_cli.store.store import Store
from gigaam_cli.store.watched import watched_by_us

if TYPE_CHECKING:
    from gigaam_cli.cli.seat import Seat


@dataclass(frozen=True, slots=True)
class Attendance:
    """How a watch is shown, and how it looks for changes; ``poll`` as in ``Watching``."""

    progress: str = "auto"
    quiet: bool = False
    verbose: bool = False
    report: Path | None = None
    may_ask: bool = False
    poll: float | None = None
    keys: bool = False
    """Keys may be read from the terminal, if bars are drawn on it."""


def attend(wanted: Watch, manner: Attendance) -> int:
    """Watch until a signal comes, and return its exit code."""
    control, state = Control(), state_folder()
    with Signals(control), Service() as service:
        desk = Desk(manner, service)
        try:
            with watched_by_us(wanted.folders, state):
                keeper = Keeper()
                _check(wanted, manner, keeper, desk.tell)
                watching = Watching(wanted.folders, wanted.request.rules.recursive, manner.poll)
                with (
                    seated(manner.progress, manner.quiet, control, manner.keys) as desk.seat,
                    Changes(watching, lambda: control.ending, service.alive) as changes,
                ):
                    means = Means(partial(Store.open, state, desk.tell), keeper, changes, desk)
                    return ENDINGS.get(watch(wanted, means, control), OK)
        except GigaamError as error:
            if manner.progress != "json":
                raise
            json_error(error)
            return exit_code(error)


def _check(wanted: Watch, manner: Attendance, keeper: Keeper, observer: Observer) -> None:
    """Look whether everything is there; fetch a model that is missing where somebody says so."""
    with (
        journal(manner.report, append=True),
        contextlib.closing(Store.open(state_folder(), observer)) as store,
    ):
        try:
            check(wanted, store, keeper, observer)
        except ModelMissingError as error:
            if not manner.may_ask:
                raise
            from gigaam_cli.cli.fetching import offered

            if not offered(error, manner.progress, manner.quiet):
                raise
            check(wanted, store, keeper, observer)


class Desk:
    """Where the events of a watch arrive; ``seat`` is where bars are drawn."""

    def __init__(self, manner: Attendance, service: Service) -> None:
        self.seat: Seat | None = None
        self._manner, self._service = manner, service
        self._between = teller(manner.progress, manner.quiet)
        self._devices: set[DeviceChosen] = set()
        self._counts = Counter[str]()

    def alive(self) -> None:
        """Take note that the watch goes on."""
        self._service.alive()

    def tell(self, event: Event) -> None:
        """Show what happens between the work of two passes."""
        self._show(event, self._between)

    def show(self, work: Work) -> BatchReport:
        """Do a pass's work and show it; the summary only where more is wanted."""
        manner = self._manner
        try:
            with journal(manner.report, append=True) as book:
                with progress(manner.progress, manner.quiet, self.seat) as observer:
                    report = work(partial(self._show_and_note, observer, book or nobody))
                report = report if book is None else book.finish(report)
        finally:
            kill_all()  # a reader that hangs would leave its FFmpeg behind
        if manner.verbose and manner.progress != "json":
            with contextlib.suppress(OSError):
                show_summary(report, told=manner.progress != "none")
        self._service.ready(self._status())
        return report

    def _show_and_note(self, observer: Observer, book: Observer, event: Event) -> None:
        self._show(event, observer)
        book(event)

    def _show(self, event: Event, observer: Observer) -> None:
        self._service.alive()
        if isinstance(event, FileDone | FileFailed):
            self._counts[type(event).__name__] += 1
        if isinstance(event, WatchPlanned):
            self._service.ready(f"{event.files} in work; {self._status()}" if event.files else self._status())
            if not event.files:
                return
        if isinstance(event, DeviceChosen):
            if event in self._devices:
                return
            self._devices.add(event)
        observer(event)

    def _status(self) -> str:
        return f"{self._counts['FileDone']} done, {self._counts['FileFailed']} failed since the start"
