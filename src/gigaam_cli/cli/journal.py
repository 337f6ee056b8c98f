"""``--report``: what became of each input, as lines of JSON that are there as soon as it is known."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

from gigaam_cli.cli.report import as_json, file_as_json
from gigaam_cli.core.errors import OutputError
from gigaam_cli.core.events import Event, FileDone, FileFailed
from gigaam_cli.pipeline.jobs import BatchReport, FileResult

SCHEMA = 1


class Journal:
    """An observer that writes a line for each input, and at the end one for the whole run.

    A disk that fails does not end the run; ``finish`` tells of it.
    """

    def __init__(self, stream: TextIO, path: Path) -> None:
        self._stream, self._path = stream, path
        self._told: set[Path] = set()
        self._failure: OSError | None = None

    def __call__(self, event: Event) -> None:
        """Write down what ``event`` says of an input's end, if it does."""
        result = _result(event)
        if result is not None:
            self._tell(result)

    def finish(self, report: BatchReport) -> BatchReport:
        """Write down the inputs that were skipped or not come to, and the sums; return the report.

        Where a line could not be written, that is what was fatal.
        """
        for result in report.results:
            if result.path not in self._told:
                self._tell(result)
        sums = {key: value for key, value in as_json(report).items() if key != "files"}
        self._write({"kind": "run", **sums})
        if self._failure is None or report.fatal is not None:
            return report
        detail = self._failure.strerror or str(self._failure)
        return replace(report, fatal=OutputError(path=self._path, detail=detail))

    def _tell(self, result: FileResult) -> None:
        self._told.add(result.path)
        self._write({"kind": "file", "schema": SCHEMA, **file_as_json(result)})

    def _write(self, line: dict[str, Any]) -> None:
        try:
            self._stream.write(json.dumps(line, ensure_ascii=True) + "\n")
            self._stream.flush()
        except OSError as error:
            self._failure = self._failure or error


@contextmanager
def journal(path: Path | None, append: bool = False) -> Iterator[Journal | None]:
    """Open a journal for a run, None where none is wanted; one that is there is replaced unless ``append``.

    Raises:
        OutputError: it cannot be written.
    """
    if path is None:
        yield None
        return
    try:
        stream = path.open("a" if append else "w", encoding="utf-8")
    except OSError as error:
        raise OutputError(path=path, detail=error.strerror or str(error)) from error
    try:
        yield Journal(stream, path)
    finally:
        with suppress(OSError):  # what is left of a line that failed before
            stream.close()


def failed_in(lines: Iterator[bytes]) -> Iterator[str]:
    """Yield the paths of the inputs that failed, out of a journal; a line that was cut off is left out."""
    for line in lines:
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict) and entry.get("status") == "failed" and isinstance(entry.get("path"), str):
            yield entry["path"]


def _result(event: Event) -> FileResult | None:
    if isinstance(event, FileDone):
        return FileResult(
            event.path,
            "done",
            seconds=event.seconds,
            outputs=event.outputs,
            recognised=event.recognised,
            partial=event.partial,
            suspect=event.suspect,
        )
    if isinstance(event, FileFailed):
        return FileResult(event.path, "failed", reason=event.error.code, error=event.error)
    return None
