"""Runs checks one after the other: none of them ends the others, whatever it raises and however long it hangs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TypeVar

from gigaam_cli.core.errors import GigaamError
from gigaam_cli.core.i18n import mark as _
from gigaam_cli.pipeline.doctor.findings import Check, Checked, Finding, Section, State

Looked = TypeVar("Looked")


def examine(
    sections: Iterable[Section], begins: Callable[[Check], object] = lambda _check: None
) -> Iterator[Checked]:
    """Yield what each check found; ``begins`` is told of each before. Never raises."""
    for section in sections:
        began = time.monotonic()
        listing = _within(section.seconds, section.checks)
        problem = _problem(listing, section.seconds, needed=section.needed)
        if problem is not None:
            unlisted = Check(section.name, section.title, lambda found=problem: found)  # type: ignore[misc]  # a default
            yield Checked(unlisted, problem, time.monotonic() - began)
            continue
        for check in listing.result():
            begins(check)
            yield _checked(check)


def _checked(check: Check) -> Checked:
    began = time.monotonic()
    look = _within(check.seconds, check.look)
    finding = _problem(look, check.seconds, needed=check.needed) or look.result()
    return Checked(check, finding, time.monotonic() - began)


def _within(seconds: float, work: Callable[[], Looked]) -> Future[Looked]:
    """Return what comes of ``work``; it is left to itself where that takes longer."""
    pool = ThreadPoolExecutor(1, thread_name_prefix="check")
    future = pool.submit(work)
    wait([future], seconds)
    pool.shutdown(wait=False)
    return future


def _problem(future: Future[Looked], seconds: float, *, needed: bool) -> Finding | None:
    """Return what is wrong where nothing was found, because it failed or took too long."""
    state: State = "failed" if needed else "warning"
    if not future.done():
        return Finding(state, _("there was no answer for {seconds} s"), {"seconds": round(seconds)})
    error = future.exception()
    if error is None:
        return None
    if isinstance(error, GigaamError):
        return explained(state, error)
    detail = f"{type(error).__name__}: {error}"
    return Finding(state, _("this check broke: {detail}"), {"detail": detail})


def explained(state: State, error: GigaamError, *remedies: str) -> Finding:
    """Return what an error of ours says as a finding."""
    return Finding(state, error.template, error.values, error.counsel, remedies)
