"""A walk through folders: recordings with their lengths, several of them marked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from prompt_toolkit.application import Application
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import FormattedTextControl, Layout, Window
from prompt_toolkit.output import Output
from prompt_toolkit.styles import Style

from gigaam_cli.cli.errors import printable
from gigaam_cli.cli.menu.asking import GoneBack
from gigaam_cli.cli.menu.layout import cut, cut_start, padded, place
from gigaam_cli.cli.menu.lengths import Lengths
from gigaam_cli.cli.menu.listing import Entry, Listing
from gigaam_cli.cli.menu.paths import typed_paths, wrong_paths
from gigaam_cli.core.i18n import translate as _
from gigaam_cli.core.sizes import size_text
from gigaam_cli.core.timecode import clock

_ESCAPE_SECONDS = 0.05
_AROUND = 4
"""Rows for the folder, the filter and the keys, and one that stays free."""
_STYLE = Style([("head", "bold"), ("pointed", "bold fg:ansicyan")])


def browse(folder: Path, terminal: Output) -> tuple[Path, ...]:
    """Return the folders and recordings that are chosen, beginning in ``folder``.

    Raises:
        GoneBack: Esc was pressed.
        KeyboardInterrupt: Ctrl-C was.
    """
    return Browser(folder, terminal).run()


class Browser:
    """A folder that is shown, and the keys that change what is."""

    def __init__(self, folder: Path, terminal: Output) -> None:
        self._listing = Listing(folder).opened(folder)
        self._top = 0
        self._wrong = ""  # with the path that was typed
        self._terminal = terminal
        self._application: Application[tuple[Path, ...]] = Application(
            Layout(Window(FormattedTextControl(self._text, show_cursor=False), dont_extend_height=True)),
            key_bindings=self._keys(),
            style=_STYLE,
            output=terminal,
            erase_when_done=True,
        )
        self._application.ttimeoutlen = _ESCAPE_SECONDS
        self._lengths = Lengths(self._application.invalidate)

    def run(self) -> tuple[Path, ...]:
        """Show the folder until something is chosen."""
        try:
            return self._application.run()
        except EOFError:  # the terminal is gone
            raise GoneBack from None
        finally:
            self._lengths.close()

    def _text(self) -> StyleAndTextTuples:
        listing = self._listing
        size = self._terminal.get_size()
        rows = self._visible(max(1, size.rows - _AROUND))
        shown = listing.shown
        on_show = [shown[row - 1] for row in rows if row]
        self._lengths.want([entry.path for entry in on_show if not entry.is_folder])
        columns = size.columns - 1
        text: StyleAndTextTuples = [("class:head", cut_start(place(listing.folder), columns) + "\n")]
        if listing.problem:
            text.append(("", cut(_(listing.problem), columns) + "\n"))
        elif listing.typed:
            text.append(("", cut("/ " + printable(listing.typed), columns) + "\n"))
        for row in rows:
            line = self._row(shown[row - 1] if row else None, columns - 2)
            here = row == listing.pointed
            text.append(("class:pointed" if here else "", ("> " if here else "  ") + line + "\n"))
        text.append(("", cut(_keys_in(columns), columns)))
        return text

    def _visible(self, room: int) -> range:
        """Return the rows that are on the screen; the pointer is among them."""
        pointed = self._listing.pointed
        self._top = min(max(self._top, pointed - room + 1), pointed)
        return range(self._top, min(self._top + room, len(self._listing.shown) + 1))

    def _row(self, entry: Entry | None, columns: int) -> str:
        listing = self._listing
        if entry is None and listing.finds_nothing:
            return cut(self._wrong or _("No such name here; Enter: as a path"), columns)
        if entry is None:
            marked = _("Take what is marked ({number})").format(number=len(listing.marked))
            return cut(marked if listing.marked else _("Take this folder"), columns)
        mark = "[x] " if entry.path in listing.marked else "[ ] "
        behind = "" if entry.is_folder else self._about(entry.path)
        room = columns - len(mark) - len(behind)
        name = cut(printable(entry.path.name) + ("/" if entry.is_folder else ""), room)
        return mark + padded(name, room) + behind

    def _about(self, path: Path) -> str:
        """Return length and size of a recording, each in columns of its own."""
        seconds = self._lengths.of(path)
        try:
            size = size_text(path.stat().st_size)
        except OSError:
            size = ""
        return f" {clock(seconds) if seconds is not None else '':>8} {size:>8}"

    def _keys(self) -> KeyBindings:
        keys = KeyBindings()
        for key, rows in ((Keys.Down, 1), (Keys.Up, -1), (Keys.PageDown, 10), (Keys.PageUp, -10)):
            keys.add(key)(self._moving(rows))
        keys.add(Keys.End)(lambda _event: self._show(self._listing.moved(len(self._listing.entries))))
        keys.add(Keys.Home)(lambda _event: self._show(replace(self._listing, pointed=0)))
        keys.add(" ")(self._space)
        keys.add(Keys.Insert)(lambda _event: self._show(self._listing.toggled()))
        keys.add(Keys.BracketedPaste)(self._paste)
        keys.add(Keys.Enter)(self._enter)
        keys.add(Keys.Right)(self._open)
        keys.add(Keys.Left)(self._up)
        keys.add(Keys.Backspace)(self._erase)
        keys.add(Keys.Any)(self._type)
        keys.add(Keys.Escape, eager=True)(self._leave)
        for interrupt in (Keys.ControlC, Keys.SIGINT):
            keys.add(interrupt)(lambda event: event.app.exit(exception=KeyboardInterrupt()))
        return keys

    def _show(self, listing: Listing) -> None:
        self._listing = listing
        self._wrong = ""

    def _moving(self, rows: int) -> Callable[[KeyPressEvent], None]:
        return lambda _event: self._show(self._listing.moved(rows))

    def _enter(self, event: KeyPressEvent) -> None:
        """Open a folder, or take what is marked; where nothing is, the recording that is pointed at."""
        listing = self._listing
        if listing.finds_nothing:
            self._go(event)
        elif listing.entry is not None and listing.entry.is_folder:
            self._open(event)
        elif listing.entry is None or listing.marked:
            event.app.exit(result=listing.taken)
        else:
            event.app.exit(result=(listing.entry.path,))

    def _go(self, event: KeyPressEvent) -> None:
        """Go to the path that was typed: open a folder, or take recordings, with what is marked."""
        listing = self._listing
        paths = [Path(path) for path in typed_paths(listing.typed, listing.folder)]
        self._wrong = wrong_paths(listing.typed, listing.folder)
        if self._wrong:
            return
        if len(paths) == 1 and paths[0].is_dir():
            self._show(listing.opened(paths[0]))
        else:
            event.app.exit(result=tuple(sorted({*listing.marked, *paths})))

    def _open(self, _event: KeyPressEvent) -> None:
        entry = self._listing.entry
        if entry is not None and entry.is_folder:
            self._show(self._listing.opened(entry.path))

    def _up(self, _event: KeyPressEvent) -> None:
        self._show(self._listing.opened(self._listing.folder.parent))

    def _erase(self, event: KeyPressEvent) -> None:
        if self._listing.typed:
            self._show(self._listing.filtered(self._listing.typed[:-1]))
        else:
            self._up(event)

    def _type(self, event: KeyPressEvent) -> None:
        if event.data == "." and not self._listing.typed:
            event.app.exit(result=tuple(sorted({*self._listing.marked, self._listing.folder})))
        elif event.data.isprintable():
            self._show(self._listing.filtered(self._listing.typed + event.data))

    def _paste(self, event: KeyPressEvent) -> None:
        """Take what was pasted, or dropped on the terminal, for typed: it may be paths."""
        pasted = " ".join(event.data.split("\n" if "\n" in event.data else "\r")).strip()
        if pasted:
            self._show(self._listing.filtered(self._listing.typed + pasted))

    def _space(self, event: KeyPressEvent) -> None:
        if self._listing.goes_on_with_a_space:
            self._type(event)
        else:
            self._show(self._listing.toggled())

    def _leave(self, event: KeyPressEvent) -> None:
        if self._listing.typed:
            self._show(self._listing.filtered(""))
        else:
            event.app.exit(exception=GoneBack())


def _keys_in(columns: int) -> str:
    """Return which keys do what, in as many words as there is room for."""
    short = _("Enter open  Space mark  letters filter")
    long = _("Enter open  Space mark  . this folder  Left up  letters filter, or a path")
    return long if len(long) <= columns else short
