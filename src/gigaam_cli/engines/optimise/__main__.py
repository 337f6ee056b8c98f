"""The process that rewrites a model: it may take so much memory and no more, and dies alone if it crashes.

    python -m gigaam_cli.engines.optimise NAME FOLDER OUT PRECISION MEGABYTES [GPU]

Prints the outcome as JSON. It ends when its standard input does: with whoever started it.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
from dataclasses import asdict
from pathlib import Path

from gigaam_cli.engines.inventory import named
from gigaam_cli.engines.optimise.files import CANNOT_WRITE, FOR_GPUS, GPU_FAILED
from gigaam_cli.engines.optimise.make import make


def limit_memory(megabytes: int) -> None:
    """Let allocations fail beyond so much, where the system can."""
    try:
        import resource
    except ImportError:  # Windows
        return
    highest = resource.getrlimit(resource.RLIMIT_DATA)[1]
    wanted = megabytes << 20
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_DATA, (wanted if highest < 0 else min(wanted, highest), highest))


def end_with_parent() -> None:
    """Wait for the end of standard input, and end at once."""
    while os.read(0, 1):  # not through sys.stdin, whose lock would be held when this process ends by itself
        pass
    os._exit(1)


def main(name: str, source: str, out: str, precision: str, megabytes: str, gpu: str = "") -> int:
    """Rewrite a model and print what came of it."""
    threading.Thread(target=end_with_parent, daemon=True).start()
    if precision not in FOR_GPUS:  # CUDA claims far more than it uses
        limit_memory(int(megabytes))
    try:
        outcome = make(named(name), Path(source), Path(out), precision, int(gpu) if gpu else None)
    except OSError as error:
        print(error, file=sys.stderr)
        return CANNOT_WRITE
    except RuntimeError as error:
        print(error, file=sys.stderr)
        return GPU_FAILED
    print(json.dumps(asdict(outcome)))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
