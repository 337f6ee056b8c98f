"""A small workshop for runs: recordings of beeps, a store, a fake engine, and what every run must leave behind."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from gigaam_cli.core.events import (
    DurationKnown,
    Event,
    FileDone,
    FileFailed,
    FileSkipped,
    FileStarted,
    RunStarted,
    SegmentDone,
    StageChanged,
    StageProgress,
)
from gigaam_cli.engines.protocol import Engine
from gigaam_cli.media.discover import EXTENSIONS, Rules, discover
from gigaam_cli.pipeline.control import Control
from gigaam_cli.pipeline.jobs import BatchReport, FileResult, Pace, Recipe
from gigaam_cli.pipeline.outcomes import Sink
from gigaam_cli.pipeline.plan import Plan, Wish, make_plan, review
from gigaam_cli.pipeline.run import Setting, run
from gigaam_cli.pipeline.sinks import FolderSink
from gigaam_cli.store.store import Store
from gigaam_cli.writers.publish import FaultPoint, no_fault
from tests.fakes.engines import FakeEngine, word
from tests.fakes.sounds import beeps, write_wav


@dataclass(frozen=True)
class Outcome:
    """A run that is over."""

    plan: Plan
    report: BatchReport
    events: tuple[Event, ...]
    engine: FakeEngine
    loaded: int
    """How often the engine was loaded."""

    def named(self, status: str) -> list[str]:
        """The names of the inputs with ``status``, sorted."""
        return sorted(result.path.name for result in self.report.of_status(status))

    def result(self, name: str) -> FileResult:
        """What became of one input."""
        (found,) = (result for result in self.report.results if result.path.name == name)
        return found

    def of(self, kind: type[Event]) -> list[Event]:
        """The events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]


@dataclass
class Rig:
    """One folder of recordings and one store; ``run`` may be called again and again, as a user would."""

    folder: Path
    store: Store
    recipe: Recipe = field(default_factory=lambda: Recipe(formats=("txt", "timecodes")))
    digest: str = "digest"
    codes: dict[str, list[int]] = field(default_factory=dict)

    def record(self, name: str, count: int) -> Path:
        """Make a recording of ``count`` beeps, no two of which are alike in this folder."""
        first = 1000 + 100 * len(self.codes)
        self.codes[name] = list(range(first, first + count))
        return write_wav(self.folder / name, beeps(self.codes[name]))

    def record_some(self, files: int, count: int) -> list[Path]:
        """Make recordings ``0.wav``, ``1.wav`` ... of ``count`` beeps each."""
        return [self.record(f"{number}.wav", count) for number in range(files)]

    def words(self, name: str) -> str:
        """The text that belongs to a recording."""
        return " ".join(map(word, self.codes[name]))

    def plan(self, **wish: object) -> Plan:
        """Plan what is to be done in the folder."""
        return make_plan(list(discover([self.folder], Rules())), self.wish(**wish), self.store)

    def wish(self, **wish: object) -> Wish:
        """What the user asks for."""
        return replace(Wish(self.recipe, self.digest), **wish)  # type: ignore[arg-type]

    def run(
        self,
        engine: FakeEngine | None = None,
        *,
        control: Control | None = None,
        observer: Callable[[Event], object] | None = None,
        fault: FaultPoint = no_fault,
        sink: Callable[[Plan], Sink] | None = None,
        pace: Pace | None = None,
        **wish: object,
    ) -> Outcome:
        """Do everything that is to be done in the folder."""
        engine = engine or FakeEngine()
        events: list[Event] = []
        loads: list[Engine] = []

        def note(event: Event) -> None:
            events.append(event)
            if observer:
                observer(event)

        def load() -> Sequence[Engine]:
            loads.append(engine)
            return [engine]

        plan = self.plan(to_stdout=sink is not None, **wish)
        again = partial(review, wish=self.wish(to_stdout=sink is not None, **wish), store=self.store)
        where = (
            sink(plan) if sink else FolderSink(self.store, self.recipe, bool(wish.get("overwrite")), fault)
        )
        setting = Setting(self.store, where, self.recipe, self.digest, load, pace or Pace(), note, again)
        report = run(plan, setting, control)
        return Outcome(plan, report, tuple(events), engine, len(loads))

    def texts(self) -> dict[str, str]:
        """The texts in the folder, by name: everything but recordings, temporary files too."""
        return {
            path.relative_to(self.folder).as_posix(): path.read_text(encoding="utf-8")
            for path in sorted(self.folder.rglob("*"))
            if path.is_file() and path.suffix not in EXTENSIONS
        }

    def assert_published(self, *names: str) -> None:
        """Exactly the outputs of these recordings are there, whole, and nothing else."""
        texts = self.texts()
        stems = [Path(name).stem for name in names]
        assert set(texts) == {f"{stem}{end}" for stem in stems for end in (".txt", "_timecodes.txt")}
        for name, stem in zip(names, stems, strict=True):
            assert texts[f"{stem}.txt"].split() == self.words(name).split()
            assert all(spoken in texts[f"{stem}_timecodes.txt"] for spoken in self.words(name).split())


def assert_each_input_once(outcome: Outcome, inputs: Sequence[Path]) -> None:
    """Each input is in exactly one of done, failed and skipped."""
    assert sorted(result.path for result in outcome.report.results) == sorted(inputs)
    assert {result.status for result in outcome.report.results} <= {"done", "failed", "skipped"}


def assert_orderly(outcome: Outcome) -> None:
    """Events tell one story: the run begins, each recording is opened, progresses and is closed, in this order."""
    assert isinstance(outcome.events[0], RunStarted)
    for path in {result.path for result in outcome.report.results}:
        story = [event for event in outcome.events if getattr(event, "path", None) == path]
        stages = [event for event in story if isinstance(event, StageChanged)]
        kinds = [type(event) for event in story if event not in stages]
        positions = [event.position for event in story if isinstance(event, StageProgress)]
        assert positions == sorted(set(positions)), "progress never goes back"
        if FileDone in kinds:
            assert kinds[0] is DurationKnown
            assert kinds[1] is FileStarted
            assert kinds[-1] is FileDone
            assert set(kinds[2:-1]) <= {SegmentDone, StageProgress}
            assert [event.stage for event in stages][-1] == "writing"
        closings = [kind for kind in kinds if kind in (FileDone, FileFailed, FileSkipped)]
        assert len(closings) <= 1


def assert_nothing_left_running(patience: float = 5.0) -> None:
    """No thread of a run and no FFmpeg outlives it."""
    deadline = time.monotonic() + patience
    while (left := [*_threads(), *_children()]) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not left


def _threads() -> list[str]:
    ours = ("worker-", "reader-", "probe", "ffmpeg-")
    return [thread.name for thread in threading.enumerate() if thread.name.startswith(ours)]


def _children() -> list[str]:
    """The living child processes of this one, where the system shows them as files."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = status.read_text(encoding="utf-8", errors="replace").rpartition(")")
        except OSError:
            continue
        state, parent = rest.split()[:2]
        if int(parent) == os.getpid() and state != "Z":
            found.append(name)
    return found
