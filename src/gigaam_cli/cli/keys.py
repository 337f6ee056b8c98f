"""What the keys mean while a run goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gigaam_cli.cli.console import say
from gigaam_cli.core.i18n import translate as _

if TYPE_CHECKING:
    from gigaam_cli.cli.bars import Bars
    from gigaam_cli.pipeline.control import Control

# The same keys where the keyboard is set to Russian.
_RUSSIAN = str.maketrans("зыйр,", "psqh?")


class Keys:
    """Turns keys into what is asked of a run; ``bars`` are those that are shown just now, if any."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self.bars: Bars | None = None

    def press(self, key: str) -> None:
        """Do what a key means; most mean nothing."""
        key = key.lower().translate(_RUSSIAN)
        if key == "p":
            self._pause_or_go_on()
        elif key == "s":
            self._skip()
        elif key == "q":
            self._control.finish()
        elif key in ("?", "h"):
            self._explain()

    def _pause_or_go_on(self) -> None:
        if self._control.paused:
            self._control.resume()
        else:
            self._control.pause()
        if self.bars is None:  # a watch that waits: nothing else would show it
            self._tell(_("paused") if self._control.paused else _("going on"))

    def _skip(self) -> None:
        first = self.bars.first if self.bars else None
        if first is not None:
            self._control.skip(first)

    def _explain(self) -> None:
        self._tell(_("p        pause, or go on"))
        self._tell(_("s        leave the recording that is shown first to the next run"))
        self._tell(_("q        finish what is in work, and end"))
        self._tell(_("Ctrl-C   end now; what is finished is kept"))

    def _tell(self, line: str) -> None:
        if self.bars is not None:
            self.bars.tell(line, "dim")
        else:
            say(line)
