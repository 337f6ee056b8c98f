"""Runs gigaam and says where the time of all cores went, as JSON.

python -m benchmarks.accounted MODEL OUT [INPUT ...]
"""

from __future__ import annotations

import argparse
import json
import threading
import time
from pathlib import Path
from typing import Any

from gigaam_cli.core.ort import open_session
from gigaam_cli.engines import native
from gigaam_cli.engines.devices import cores
from gigaam_cli.pipeline.jobs import Recipe
from gigaam_cli.pipeline.request import Request
from gigaam_cli.pipeline.transcribe import carry_out, prepare
from gigaam_cli.store.store import Store

from .timing import taken

_spent: list[float] = []
_lock = threading.Lock()


class Timed:
    """A session that remembers the time of its own thread."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def run(self, *arguments: Any) -> Any:
        """Run, and remember."""
        began = time.thread_time()
        try:
            return self._session.run(*arguments)
        finally:
            with _lock:
                _spent.append(time.thread_time() - began)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("out", type=Path)
    parser.add_argument("inputs", nargs="+")
    args = parser.parse_args()
    setattr(native, "open_session", lambda file, gpu: Timed(open_session(file, gpu)))  # noqa: B010 - from outside
    request = Request(
        tuple(args.inputs), recipe=Recipe(formats=("txt",)), model=args.model, output=args.out, device="cpu"
    )
    store = Store.in_memory()
    prepared = prepare(request, store)  # rewrites the model where that is due
    assert prepared.choice is not None
    assert prepared.choice.model.rewritten is not None, "there is no rewritten model to measure"
    reports = []
    one = taken(lambda: reports.append(carry_out(prepared, store)))
    (report,) = reports
    seconds, encoder = report.audio_seconds, sum(_spent)
    print(
        json.dumps(
            {
                "files": len(report.of_status("done")),
                "audio_seconds": seconds,
                "wall": one.wall,
                "encoder_core_seconds": encoder,
                "outside_per_audio_second": (one.cores - encoder) / seconds,
                "busy_share": one.cores / one.wall / cores(),
                "rtfx": seconds / one.wall,
            }
        )
    )


if __name__ == "__main__":
    main()
