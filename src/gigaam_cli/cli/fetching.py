"""How fetching a model is shown: a bar on a terminal, a few lines in a log, JSON lines for programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import click

from gigaam_cli.cli import progress
from gigaam_cli.cli.console import bars_fit, error_console, say
from gigaam_cli.cli.errors import OK, exit_code
from gigaam_cli.cli.progress import json_error, json_line
from gigaam_cli.core.errors import GigaamError
from gigaam_cli.core.events import (
    Event,
    FetchDone,
    FetchProgress,
    FetchStarted,
    Observer,
    PackDone,
    PackProgress,
    PackStarted,
    nobody,
)
from gigaam_cli.core.i18n import translate as _
from gigaam_cli.core.model_errors import ModelMissingError
from gigaam_cli.core.sizes import size_text
from gigaam_cli.engines.catalog import PRECISIONS

_LINES = 10  # in a log, one for each tenth


@dataclass(frozen=True, slots=True)
class Wanted:
    """A model to fetch."""

    name: str
    precision: str = "auto"
    offline: bool = False
    again: bool = False


def fetch_model(wanted: Wanted, mode: str, quiet: bool) -> None:
    """Fetch a model, rewrite it for this machine, and show both."""
    with fetch_progress(mode, quiet) as observer:
        _fetch(wanted, observer)


def _fetch(wanted: Wanted, observer: Observer) -> None:
    from gigaam_cli.core.paths import models_folder
    from gigaam_cli.engines.install import Order, install
    from gigaam_cli.engines.inventory import named

    entry = named(wanted.name)
    precision = PRECISIONS[0] if wanted.precision == "auto" else wanted.precision
    order = Order(entry, precision, models_folder() / entry.name, wanted.offline, wanted.again)
    install(order, observer)
    if not wanted.offline:
        make_ready(entry.name, observer)


def make_ready(name: str, observer: Observer) -> None:
    """Rewrite a model that is here for this machine, where that is due."""
    from gigaam_cli.engines.devices import choose_devices
    from gigaam_cli.engines.models import find_model
    from gigaam_cli.engines.optimise.cache import ready

    (device,) = choose_devices("auto")
    ready(find_model(name, device=device.kind), observer, device.gpu)


def pull_model(wanted: Wanted, mode: str, quiet: bool) -> int:
    """Fetch a model, tell of a failure as ``mode`` asks, and return the exit code."""
    return told(lambda observer: _fetch(wanted, observer), mode, quiet)


def told(work: Callable[[Observer], None], mode: str, quiet: bool) -> int:
    """Do ``work`` and show it, tell of a failure as ``mode`` asks, and return the exit code."""
    try:
        with fetch_progress(mode, quiet) as observer:
            work(observer)
    except GigaamError as error:
        if mode != "json":
            raise
        json_error(error)
        return exit_code(error)
    return OK


def offered(error: ModelMissingError, mode: str, quiet: bool) -> bool:
    """Ask whether to fetch the model that is missing, and do it; return False where the answer is no."""
    model = str(error.values["model"])
    source = named_source(model)
    question = _("The model {model} is not on this machine. Fetch it from {source} now?")
    if not click.confirm(question.format(model=model, source=source), default=True, err=True):
        return False
    fetch_model(Wanted(model, str(error.values["precision"])), mode, quiet)
    return True


def named_source(model: str) -> str:
    """Return where a model comes from, as a person reads it, and how much that is where it is known."""
    from gigaam_cli.cli.model_table import size_to_fetch
    from gigaam_cli.engines.inventory import named

    source = _("{repository} on Hugging Face").format(repository=named(model).repository)
    size = size_to_fetch(model)
    return f"{source} ({size})" if size else source


@contextmanager
def fetch_progress(mode: str, quiet: bool) -> Iterator[Observer]:
    """Show a fetch in ``mode`` (auto, rich, plain, json, none) while the body lasts."""
    if mode == "auto":
        mode = "rich" if bars_fit() else "plain"
    if mode == "json":
        yield json_line
    elif quiet or mode == "none":
        yield nobody
    elif mode == "plain":
        yield Lines()
    else:
        with _bar() as observer:
            yield observer


class Lines:
    """An observer that prints a line at the start, for each tenth, and at the end."""

    def __init__(self) -> None:
        self._size = 0
        self._tenths = 0

    def __call__(self, event: Event) -> None:
        """Print the line that tells of ``event``, if there is one."""
        if isinstance(event, FetchProgress | PackProgress):
            self._pass(event)
            return
        if isinstance(event, FetchStarted | PackStarted):
            there = event.there if isinstance(event, FetchStarted) else 0
            self._size, self._tenths = event.size, there * _LINES // max(1, event.size)
        line = line_of(event)
        if line:
            say(line)

    def _pass(self, event: FetchProgress | PackProgress) -> None:
        tenths = event.total * _LINES // max(1, self._size)
        if self._tenths < tenths < _LINES:
            self._tenths = tenths
            name = event.model if isinstance(event, FetchProgress) else event.file
            say(f"{name}: {tenths * 100 // _LINES} % ({size_text(event.total)})")


def line_of(event: Event) -> str | None:
    """Return the line that tells of ``event``, None where it deserves none."""
    if isinstance(event, FetchStarted):
        there = _(", {size} of it here already").format(size=size_text(event.there)) if event.there else ""
        what = _("fetching {model} from {source}: {files} files, {size}")
        values = {"model": event.model, "source": event.source, "files": event.files}
        return what.format(size=size_text(event.size), **values) + there
    if isinstance(event, FetchDone):
        done = (
            _("installed {model}: {size} in {folder}")
            if event.fetched
            else _("{model} is here already: {folder}")
        )
        return done.format(model=event.model, size=size_text(event.size), folder=event.folder)
    if isinstance(event, PackStarted):
        what = _("packing {models} into {target}: {files} files, {size}")
        values = {"models": ", ".join(event.models), "target": event.target, "files": event.files}
        return what.format(size=size_text(event.size), **values)
    if isinstance(event, PackDone):
        done = _("packed {models}: {size} in {target}")
        return done.format(models=", ".join(event.models), size=size_text(event.size), target=event.target)
    return progress.line_of(event)


@contextmanager
def _bar() -> Iterator[Observer]:
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from gigaam_cli.cli.fetch_columns import Amount, Pace

    columns = (Amount(), Pace(), TimeRemainingColumn())
    name = TextColumn("{task.description}", markup=False)
    console = error_console()
    with Progress(
        name, BarColumn(bar_width=None), *columns, console=console, transient=True, expand=True
    ) as bars:
        task = bars.add_task("", total=None, visible=False)

        def observe(event: Event) -> None:
            line = line_of(event)
            if line:
                console.print(line, markup=False, highlight=False)
            if isinstance(event, FetchStarted):
                bars.update(task, total=event.size, completed=event.there, visible=True)
            elif isinstance(event, PackStarted):
                bars.update(task, total=event.size, visible=True)
            elif isinstance(event, FetchProgress | PackProgress):
                bars.update(task, description=event.file, completed=event.total)

        yield observe
