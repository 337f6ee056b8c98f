"""What the values of options mean: times, formats, paths."""

from __future__ import annotations

import math
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from gigaam_cli.core.i18n import translate as _
from gigaam_cli.pipeline.template import FIELDS, Template, TemplateError
from gigaam_cli.writers.registry import FORMATS

# Not checked by click: one file that cannot be read is that file's failure, not wrong use.
PATH = click.Path(readable=False, allow_dash=True, path_type=str)


def formats(value: str) -> tuple[str, ...]:
    """Return the format names in ``value``, which has commas between them."""
    names = tuple(name.strip().lower() for name in value.split(",") if name.strip())
    for name in names:
        if name not in FORMATS:
            known = ", ".join(FORMATS)
            raise click.BadParameter(
                _("{name} is not a format; there are {known}").format(name=name, known=known)
            )
    return names


def time(value: str) -> float:
    """Return the seconds that ``value`` means: seconds, M:SS or H:MM:SS, with fractions."""
    try:
        numbers = [float(part) for part in str(value).split(":")]
    except ValueError:
        numbers = []
    if not 1 <= len(numbers) <= 3 or any(number < 0 for number in numbers):
        raise click.BadParameter(_("{value} is not a time such as 90, 1:30 or 0:01:30.5").format(value=value))
    return float(sum(number * 60.0**power for power, number in enumerate(reversed(numbers))))


def time_of_day(value: str) -> float:
    """Return the seconds from now until ``value``, HH:MM, comes next."""
    now = datetime.now().astimezone()
    try:
        wanted = datetime.strptime(str(value), "%H:%M")
    except ValueError:
        raise click.BadParameter(
            _("{value} is not a time of day such as 06:30").format(value=value)
        ) from None
    at = now.replace(tzinfo=None, hour=wanted.hour, minute=wanted.minute, second=0, microsecond=0)
    if at.astimezone() <= now:
        at += timedelta(days=1)
    return (at.astimezone() - now).total_seconds()


def template(value: str) -> Template:
    """Return how outputs are to be called."""
    try:
        return Template(str(value))
    except TemplateError as error:
        known = " ".join(f"{{{name}}}" for name in FIELDS)
        raise click.BadParameter(_(str(error)).format(template=value, fields=known)) from None


def finite(_context: click.Context, parameter: click.Parameter, value: Any) -> Any:
    """Refuse ``nan`` and ``inf``, which every range lets through."""
    if isinstance(value, float) and not math.isfinite(value):
        raise click.BadParameter(
            _("{value} is not a number to reckon with").format(value=value), param=parameter
        )
    return value


def absolute(path: str | Path) -> Path:
    """Return one name for a path however it was written, so that the state store knows it again."""
    return Path(os.path.abspath(os.path.expanduser(path)))  # noqa: PTH100, PTH111 - Path keeps ".." and raises


def each_absolute(_context: click.Context, _parameter: click.Parameter, value: Any) -> Any:
    """Return ``absolute`` of each path."""
    return tuple(map(absolute, value))
