"""Columns of the bar of a fetch: how much there is of how much, and how fast more comes."""

from __future__ import annotations

from rich.progress import ProgressColumn, Task
from rich.text import Text

from gigaam_cli.core.i18n import translate as _
from gigaam_cli.core.sizes import size_text


class Amount(ProgressColumn):
    """Bytes that are here, and all."""

    def render(self, task: Task) -> Text:
        """Return the text of the column."""
        whole = f"/{size_text(int(task.total))}" if task.total else ""
        return Text(size_text(int(task.completed)) + whole, style="progress.download")


class Pace(ProgressColumn):
    """Bytes a second; nothing before they are known."""

    def render(self, task: Task) -> Text:
        """Return the text of the column."""
        speed = task.finished_speed or task.speed
        told = _("{size}/s").format(size=size_text(int(speed))) if speed else ""
        return Text(told, style="progress.data.speed")
