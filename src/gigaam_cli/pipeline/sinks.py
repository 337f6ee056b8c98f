"""Where finished transcripts go: into files, or to a stream."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TextIO

from gigaam_cli.core.errors import OutputError
from gigaam_cli.core.values import Transcript
from gigaam_cli.pipeline.jobs import Job, Recipe
from gigaam_cli.pipeline.plan import is_ours, shaping_digest
from gigaam_cli.store.store import Store
from gigaam_cli.store.values import Fingerprint, Output
from gigaam_cli.writers.base import Shaping
from gigaam_cli.writers.publish import FaultPoint, Published, Publisher, no_fault
from gigaam_cli.writers.registry import writer


class FolderSink:
    """Publishes each transcript's files and notes them in the store."""

    def __init__(self, store: Store, recipe: Recipe, overwrite: bool, fault: FaultPoint = no_fault) -> None:
        self._store = store
        self._recipe = recipe
        self._publisher = Publisher(lambda path: is_ours(path, store), overwrite, fault)

    def deliver(self, job: Job, recognition: int, transcript: Transcript) -> tuple[Path, ...]:
        """Write all formats that the job wants, or none; raises OutputError."""
        texts = _Rendered(transcript, self._recipe.shaping, job.outputs)
        announced: list[Output] = []

        def announce(files: tuple[Published, ...]) -> None:
            for name, file in zip(job.outputs, files, strict=True):
                fingerprint = Fingerprint(file.path, file.size, file.mtime_ns)
                shaping = shaping_digest(name, self._recipe)
                announced.append(Output(fingerprint, name, shaping, file.sha256))
            self._store.outputs.announce(recognition, announced)

        try:
            self._publisher.publish(texts, announce)
        except OutputError:
            self._store.outputs.withdraw(announced)
            raise
        self._store.outputs.add(recognition, announced)
        return tuple(job.outputs.values())

    def nothing_of(self, job: Job) -> None:
        """Leave no file."""


class _Rendered(Mapping[Path, str]):
    """The text of each output, made when it is asked for: never all of them in memory."""

    def __init__(self, transcript: Transcript, shaping: Shaping, outputs: Mapping[str, Path]) -> None:
        self._transcript, self._shaping = transcript, shaping
        self._formats = {path: name for name, path in outputs.items()}

    def __getitem__(self, path: Path) -> str:
        return writer(self._formats[path]).render(self._transcript, self._shaping)

    def __iter__(self) -> Iterator[Path]:
        return iter(self._formats)

    def __len__(self) -> int:
        return len(self._formats)


class StreamSink:
    """Writes one format to a stream, in the order of the jobs, a blank line between two.

    What comes early waits for its turn. ``headings`` puts each recording's name above its text.
    """

    def __init__(self, stream: TextIO, recipe: Recipe, order: list[int], headings: bool = False) -> None:
        self._stream = stream
        self._recipe = recipe
        self._order = order
        self._headings = headings
        self._begun = False
        self._texts: dict[int, str] = {}

    def deliver(self, job: Job, recognition: int, transcript: Transcript) -> tuple[Path, ...]:  # noqa: ARG002
        """Write the text as soon as everything before it is written; raises BrokenPipeError."""
        (name,) = self._recipe.formats
        text = writer(name).render(transcript, self._recipe.shaping)
        self._texts[job.number] = f"{transcript.source.name}\n{text}" if self._headings else text
        self._write()
        return ()

    def nothing_of(self, job: Job) -> None:
        """Let those behind it move up."""
        self._texts[job.number] = ""
        self._write()

    def _write(self) -> None:
        while self._order and self._order[0] in self._texts:
            text = self._texts.pop(self._order.pop(0))
            self._stream.write(f"\n{text}" if text and self._begun else text)
            self._begun = self._begun or bool(text)
        self._stream.flush()
