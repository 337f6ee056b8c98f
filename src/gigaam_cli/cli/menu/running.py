"""Commands run from the menu: the same ones that a shell would start, in this process."""

from __future__ import annotations

from collections.abc import Sequence

from gigaam_cli.cli.caller import Caller
from gigaam_cli.cli.errors import guarded


def run(arguments: Sequence[str], caller: Caller | None = None) -> int:
    """Run ``gigaam`` with ``arguments`` and return the exit code; Ctrl-C ends the command, not the menu."""
    from gigaam_cli.cli.commands.group import program

    return guarded(
        lambda: program.main(list(arguments), "gigaam", standalone_mode=False, obj=caller or Caller())
    )
