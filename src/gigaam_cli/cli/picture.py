"""Lines at the bottom of a terminal that are drawn over again and again; whatever is printed goes above them."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence

from rich.console import Console, ConsoleRenderable, RenderHook
from rich.control import Control
from rich.file_proxy import FileProxy
from rich.segment import ControlType, Segment, Segments
from rich.text import Text

Paint = Callable[[int, int], Sequence[Text]]
"""Gives the lines for a width and a height; none may be wider, and there may be no more of them."""


class Picture(RenderHook):
    """Shown within ``with``, unless ``hidden``; ``refresh`` draws it anew.

    Terminals break lines that a narrower window has no room for (tmux does), so what is to be drawn over is counted
    with the width of now.
    """

    def __init__(self, console: Console, paint: Paint, hidden: Callable[[], bool] = lambda: False) -> None:
        self._console, self._paint, self._hidden = console, paint, hidden
        self._lock = threading.RLock()
        self._drawn: list[int] = []
        self._shown = self._cursor_hidden = False
        self._proxied: list[str] = []

    def __enter__(self) -> Picture:
        self._console.push_render_hook(self)
        for name in ("stdout", "stderr"):
            stream = getattr(sys, name)
            if stream is not None and stream.isatty() and not isinstance(stream, FileProxy):
                setattr(sys, name, FileProxy(self._console, stream))
                self._proxied.append(name)
        self._shown = True
        return self

    def __exit__(self, *_: object) -> None:
        self.refresh()
        with self._lock:
            self.take_away()
            self._console.pop_render_hook()
            for name in self._proxied:
                proxy = getattr(sys, name)
                if isinstance(proxy, FileProxy):
                    proxy.flush()
                    setattr(sys, name, proxy.rich_proxied_file)

    def print(self, text: Text) -> None:
        """Print a line above the picture."""
        with self._lock:
            self._console.print(text)

    def refresh(self, anew: bool = False) -> None:
        """Draw it over; ``anew``: below what is there, since the old one is not where it was."""
        with self._lock:
            if anew or self._hidden():
                self._drawn = []
            if self._shown and not self._hidden():
                self._console.print(Control())

    def take_away(self) -> None:
        """Leave the screen as if there had been none; it stays away until ``put_back``."""
        with self._lock:
            if self._shown:
                self._shown = False
                self._console.print(Control())
                if self._cursor_hidden:
                    self._console.show_cursor(True)
                    self._cursor_hidden = False

    def put_back(self) -> None:
        """Show it again, below what is there now."""
        with self._lock:
            self._shown = True
        self.refresh()

    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        """Put ``renderables`` where the picture was, and the picture below them; Rich calls this."""
        with self._lock:
            if self._hidden():
                self._drawn = []
                return renderables
            before = self._erased()
            return [before, *renderables, self._picture()]

    def _erased(self) -> Control:
        """Return what leads from the end of the old picture to its beginning, and wipes it out."""
        if not self._drawn:
            return Control()
        width = max(1, self._console.width)
        rows = sum(max(1, -(-cells // width)) for cells in self._drawn)
        wipe = (ControlType.ERASE_IN_LINE, 2)
        return Control(ControlType.CARRIAGE_RETURN, wipe, *((ControlType.CURSOR_UP, 1), wipe) * (rows - 1))

    def _picture(self) -> Segments:
        size = self._console.size
        # One column less: a window that grows narrower by one, or that breaks full lines, does no harm.
        lines = list(self._paint(size.width - 1, size.height - 1)) if self._shown else []
        self._drawn = [line.cell_len for line in lines]
        segments: list[Segment] = []
        for number, line in enumerate(lines):
            segments += [Segment.line()] if number else []
            line.end = ""
            segments += line.render(self._console)
        if lines:
            segments.append(Segment("", None, [(ControlType.HIDE_CURSOR,)]))
            self._cursor_hidden = True
        return Segments(segments)
