"""The loop of a watch, with a fake engine and a waiter that does something in place of waiting."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import pytest

from gigaam_cli.core.errors import DeviceLostError, DiskFullError, OutputError, StoreError
from gigaam_cli.core.events import (
    Event,
    FileDone,
    FileFailed,
    FileLeft,
    FilePostponed,
    FileSkipped,
    FileStarted,
    FileWaiting,
    FolderBack,
    FolderGone,
    Observer,
    RunStarted,
    SourceDeleted,
    SourceMoved,
    WatchPlanned,
    WatchStarted,
    WatchTroubled,
)
from gigaam_cli.core.model_errors import ModelDamagedError, ModelMissingError
from gigaam_cli.core.watch_errors import FolderUnusableError
from gigaam_cli.engines.protocol import Engine
from gigaam_cli.media.discover import Rules, discover
from gigaam_cli.pipeline import passes
from gigaam_cli.pipeline import watch as watching
from gigaam_cli.pipeline.control import Control
from gigaam_cli.pipeline.jobs import BatchReport, Pace, Recipe
from gigaam_cli.pipeline.keeper import Keeper
from gigaam_cli.pipeline.moving import Disposal
from gigaam_cli.pipeline.overview import overview
from gigaam_cli.pipeline.request import Request
from gigaam_cli.pipeline.sinks import FolderSink
from gigaam_cli.pipeline.transcribe import Prepared
from gigaam_cli.pipeline.watch import Means, Work, watch
from gigaam_cli.pipeline.watch_request import Watch, check
from gigaam_cli.store.store import Store
from tests.fakes.engines import FakeEngine, FallsSilent, Trouble, fails_on, no_trouble, slow
from tests.pipeline.rig import Rig

Step = Callable[[], Collection[Path] | None]


@dataclass
class Bench:
    """A folder that is watched; ``run`` begins a watch, does a step at each wait, and ends it at the last."""

    rig: Rig
    state: Path
    engines: list[FakeEngine] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    engine: Callable[[], FakeEngine] = FakeEngine
    wanted: Watch = field(init=False)
    store: Callable[[], Store] = field(init=False)
    control: Control = field(default_factory=Control)
    clock: float = 0.0

    def __post_init__(self) -> None:
        request = Request((self.rig.folder,), recipe=Recipe(), model="demo", device="cpu")
        self.wanted = Watch(request)
        self.store = lambda: Store.open(self.state)

    def ask(self, **changes: object) -> None:
        """Change what is wanted of the recordings."""
        self.wanted = replace(self.wanted, request=replace(self.wanted.request, **changes))  # type: ignore[arg-type]

    def run(self, *steps: Step, reason: str = "terminated") -> None:
        """Watch until ``steps`` are over."""
        left = list(steps)
        self.control = control = Control()

        class Waiter:
            def wait(_self, seconds: float) -> Collection[Path]:  # noqa: N805 - the bench is meant by self
                assert control.running, "a signal would be lost"
                self.waits.append(seconds)
                if not left:
                    control.stop(reason)
                    return ()
                changed = left.pop(0)()
                if changed is None:
                    self.clock += seconds
                return changed or ()

        means = Means(self.store, Keeper(self.load), Waiter(), self, lambda: self.clock)
        assert watch(self.wanted, means, control) == reason
        assert all(engine.closed for engine in self.engines)

    def load(self, prepared: Prepared, observer: Observer) -> Sequence[Engine]:
        assert all(engine.closed for engine in self.engines), "two of them need twice the memory"
        self.engines.append(self.engine())
        return self.engines[-1:]

    def tell(self, event: Event) -> None:
        self.events.append(event)

    def show(self, work: Work) -> BatchReport:
        return work(self.tell)

    def alive(self) -> None:
        pass

    def of(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]

    def names(self, kind: type[Event]) -> list[str]:
        return [event.path.name for event in self.of(kind)]  # type: ignore[union-attr]

    def states(self) -> dict[str, str]:
        store = self.store()
        try:
            return {str(each.known.file.path): each.state for each in overview(store)}
        finally:
            store.close()


@pytest.fixture
def bench(rig: Rig, tmp_path: Path) -> Bench:
    return Bench(rig, tmp_path / "state")


def nothing() -> None:
    """Let time pass."""


def settle(path: Path, ago: float = 60.0) -> Path:
    """Let a file have changed some time ago."""
    then = time.time() - ago
    os.utime(path, (then, then))
    return path


# --- passes -------------------------------------------------------------------------------------------------


def test_what_is_there_and_what_comes_is_transcribed_by_engines_that_stay(bench: Bench) -> None:
    bench.rig.record("old.wav", 2)
    bench.run(lambda: [bench.rig.record("new.wav", 1)], nothing)
    assert bench.names(FileDone) == ["old.wav", "new.wav"]
    assert len(bench.engines) == 1
    assert bench.of(WatchStarted) == [WatchStarted((bench.rig.folder,))]


def test_a_pass_without_work_says_nothing(bench: Bench) -> None:
    bench.rig.record("a.wav", 1)
    bench.run(nothing, nothing, nothing)
    assert [type(event) for event in bench.events].count(RunStarted) == 1
    assert [event.files for event in bench.events if isinstance(event, WatchPlanned)] == [1, 0, 0, 0]
    assert bench.names(FileSkipped) == []


def test_an_empty_folder_is_waited_for_and_loads_nothing(bench: Bench) -> None:
    bench.run(nothing, nothing)
    assert bench.engines == []
    assert bench.waits == [600.0] * 3


def test_changes_that_bring_nothing_do_not_delay_the_look_at_everything(bench: Bench) -> None:
    def ten_minutes() -> list[Path]:
        bench.clock += 600
        return [bench.rig.folder / "gone.wav"]

    bench.run(ten_minutes, nothing)
    assert len(bench.of(WatchPlanned)) == 3


def test_a_growing_file_is_looked_at_when_it_has_settled(bench: Bench) -> None:
    bench.ask(rules=Rules(settle_seconds=10.0))
    path = bench.rig.record("talk.wav", 1)

    def grow() -> None:
        settle(path, 0.0)

    def stop_growing() -> None:
        settle(path)

    bench.run(grow, grow, stop_growing)
    assert bench.names(FileDone) == ["talk.wav"]
    assert all(9.0 < wait < 10.1 for wait in bench.waits[:3])
    assert len(bench.of(WatchPlanned)) == 2, "growing causes no pass"
    assert bench.names(FileSkipped) == []


@pytest.mark.parametrize("skew", [-3600.0, 0.0, 3600.0])
def test_a_file_is_taken_when_no_change_was_told_for_a_while(skew: float, bench: Bench) -> None:
    """The server that it lies on has a clock of its own, and says that it settled long ago."""
    bench.ask(rules=Rules(settle_seconds=10.0))

    def grow() -> list[Path]:
        bench.clock += 2.0
        return [settle(bench.rig.record("talk.wav", 1), 60.0 + skew)]

    bench.run(grow, grow, grow, nothing, nothing)
    assert bench.names(FileDone) == ["talk.wav"]
    assert [round(wait) for wait in bench.waits[:4]] == [600, 10, 10, 10]
    assert [event.files for event in bench.events if isinstance(event, WatchPlanned)][:2] == [0, 1]


def test_a_file_that_still_changes_is_not_taken_with_others(bench: Bench) -> None:
    bench.ask(rules=Rules(settle_seconds=10.0))

    def grow() -> list[Path]:
        return [settle(bench.rig.record("talk.wav", 1))]

    def arrive() -> list[Path]:
        (bench.rig.folder / "batch").mkdir()
        settle(bench.rig.record("batch/other.wav", 1))
        return [bench.rig.folder / "batch"]

    bench.run(grow, arrive)
    assert bench.names(FileDone) == ["other.wav"]


def test_a_new_folder_is_looked_into_at_once(bench: Bench) -> None:
    bench.ask(rules=Rules(settle_seconds=10.0))
    folder = bench.rig.folder / "batch"

    def arrive() -> list[Path]:
        folder.mkdir()
        settle(bench.rig.record("batch/talk.wav", 1))
        return [folder]

    bench.run(arrive)
    assert bench.names(FileDone) == ["talk.wav"]


def test_what_is_left_out_is_told_once(bench: Bench) -> None:
    bench.rig.record("theirs.wav", 1)
    (bench.rig.folder / "theirs.txt").write_text("mine")
    (bench.rig.folder / "dangling.wav").symlink_to("nowhere")
    bench.run(nothing, nothing)
    assert bench.of(FileSkipped) == [FileSkipped(bench.rig.folder / "theirs.wav", "exists", "theirs.txt")]
    assert bench.names(FileFailed) == ["dangling.wav"]


# --- what is left to a later pass ---------------------------------------------------------------------------


def test_a_recording_that_another_run_is_at_keeps_nothing_else_from_being_done(bench: Bench) -> None:
    held = bench.rig.record("held.wav", 1)
    bench.rig.record("free.wav", 1)
    other = Store.open(bench.state)
    assert other.leases.take(held)

    def arrive() -> list[Path]:
        assert bench.names(FileDone) == ["free.wav"]
        return [bench.rig.record("new.wav", 1)]

    def let_go() -> None:
        assert bench.names(FileDone) == ["free.wav", "new.wav"]
        other.close()

    bench.run(arrive, nothing, let_go, nothing)
    assert bench.names(FileDone) == ["free.wav", "new.wav", "held.wav"]
    assert bench.names(FileWaiting) == ["held.wav"]
    assert bench.waits == [15.0, 15.0, 15.0, 600.0, 600.0]
    assert len(bench.of(RunStarted)) == 3


def test_a_recording_that_another_run_takes_meanwhile_is_looked_at_again(bench: Bench) -> None:
    held = bench.rig.record("held.wav", 1)
    other = Store.open(bench.state)

    def take(event: Event) -> None:
        bench.tell(event)
        if isinstance(event, RunStarted) and len(bench.of(RunStarted)) == 1:
            assert other.leases.take(held)

    bench.show = lambda work: work(take)  # type: ignore[method-assign]
    bench.run(other.close, nothing)
    assert bench.waits == [15.0, 600.0, 600.0]
    assert bench.names(FileDone) == ["held.wav"]


@pytest.mark.parametrize("failures", [1, 3])
def test_a_recording_that_is_to_be_tried_again_keeps_nothing_else_from_being_done(
    failures: int, bench: Bench
) -> None:
    bench.ask(retries=2)
    bench.rig.record("talk.wav", 1)
    left = [fails_on(bench.rig.codes["talk.wav"][0])] * failures
    bench.engine = lambda: FakeEngine(left.pop() if left else no_trouble)

    def arrive() -> list[Path]:
        bench.clock += 10
        return [bench.rig.record("new.wav", 1)]

    bench.run(arrive, nothing, nothing, nothing)
    assert bench.names(FilePostponed) == ["talk.wav"] * min(failures, 2)
    if failures == 1:
        assert bench.names(FileDone) == ["new.wav", "talk.wav"]
        assert bench.waits[:3] == [30.0, 20.0, 600.0]
    else:
        assert bench.names(FileDone) == ["new.wav"]
        assert bench.names(FileFailed) == ["talk.wav"]
        assert bench.waits[:4] == [30.0, 20.0, 60.0, 600.0]


def test_a_pass_ends_in_time_to_see_what_is_new(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.rig.record_some(2, 1)
    times, reports = [0.0], list[BatchReport]()
    monkeypatch.setattr(passes, "longest", lambda rescan: times.pop() if times else 60.0)

    def show(work: Work) -> BatchReport:
        reports.append(work(bench.tell))
        return reports[-1]

    bench.show = show  # type: ignore[method-assign]
    bench.run(lambda: [bench.rig.record("new.wav", 1)], nothing)
    assert bench.waits[0] == 1.0, "the next one follows at once"
    assert [event.files for event in bench.events if isinstance(event, WatchPlanned)][:2] == [2, 3]
    assert sorted(bench.names(FileDone)) == ["0.wav", "1.wav", "new.wav"]
    assert (reports[0].results, reports[0].ended) == ((), None)
    assert bench.of(WatchTroubled) == []


# --- what fails ---------------------------------------------------------------------------------------------


def test_a_recording_that_failed_is_tried_again_when_it_changed(bench: Bench) -> None:
    path = bench.rig.folder / "talk.wav"
    path.write_bytes(b"nothing to hear")

    def mend() -> list[Path]:
        return [settle(bench.rig.record("talk.wav", 1))]

    bench.run(nothing, nothing, mend)
    assert bench.names(FileFailed) == ["talk.wav"]
    assert bench.names(FileDone) == ["talk.wav"]


def test_an_engine_that_failed_is_loaded_anew_for_the_next_recording(bench: Bench) -> None:
    bench.rig.record("bad.wav", 1)
    trouble: Trouble = fails_on(bench.rig.codes["bad.wav"][0])
    bench.engine = lambda: FakeEngine(trouble)
    bench.run(nothing, lambda: [bench.rig.record("good.wav", 1)], nothing)
    assert (bench.names(FileFailed), bench.names(FileDone)) == (["bad.wav"], ["good.wav"])
    assert len(bench.engines) == 2


def test_an_engine_that_is_stuck_is_not_asked_again(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gigaam_cli.pipeline.transcribe._pace", lambda prepared: Pace(answer_timeout=0.2))
    monkeypatch.setattr("gigaam_cli.pipeline.run._WATCH_SECONDS", 0.05)
    monkeypatch.setattr("gigaam_cli.pipeline.threads._PATIENCE_SECONDS", 0.1)
    free = threading.Event()

    def hang(call: int, codes: Sequence[int]) -> None:
        if call == 1:
            free.wait(20)

    bench.engine = lambda: FakeEngine(hang)
    bench.rig.record("talk.wav", 1)

    def arrive() -> list[Path]:
        bench.engine = FakeEngine
        return [bench.rig.record("next.wav", 1)]

    bench.run(arrive)
    free.set()
    assert bench.names(FileDone) == ["talk.wav", "next.wav"]
    assert [len(engine.heard) for engine in bench.engines] == [2, 1]


def test_a_lost_device_is_told_and_tried_again_after_a_pause(bench: Bench) -> None:
    bench.rig.record("talk.wav", 1)
    lost = [fails_on(1000, error=DeviceLostError(device="cuda:0", detail="gone"))] * 2
    bench.engine = lambda: FakeEngine(lost.pop() if lost else no_trouble)
    bench.run(nothing, nothing)
    troubles = [event for event in bench.events if isinstance(event, WatchTroubled)]
    assert [(event.error.code, event.pause) for event in troubles] == [
        ("device_lost", 10.0),
        ("device_lost", 20.0),
    ]
    assert bench.waits[:2] == [10.0, 20.0]
    assert bench.names(FileDone) == ["talk.wav"]
    assert bench.names(FileFailed) == []


def test_changes_do_not_cut_the_pause_short(bench: Bench) -> None:
    real, full = bench.store, [True]

    def store() -> Store:
        if full:
            raise StoreError(path=bench.state, detail="full")
        return real()

    def change() -> list[Path]:
        bench.clock += 4
        return [bench.rig.folder]

    bench.store = store
    bench.run(change, change, full.clear)
    assert [round(wait) for wait in bench.waits] == [10, 6, 2, 600]
    assert len(bench.of(WatchTroubled)) == 1


def test_a_model_that_was_damaged_ends_the_watch(bench: Bench) -> None:
    bench.rig.record("talk.wav", 1)

    def load(prepared: Prepared, observer: Observer) -> Sequence[Engine]:
        raise ModelDamagedError(folder="demo", detail="a byte differs")

    bench.load = load  # type: ignore[method-assign]
    with pytest.raises(ModelDamagedError):
        bench.run()


def test_a_closed_folder_stops_no_others_and_is_told_once(bench: Bench) -> None:
    """Root may write everywhere: a file in the way stands for a folder without permission."""
    texts = bench.state.parent / "texts"
    bench.ask(output=texts)
    for name in ("closed", "open"):
        (bench.rig.folder / name).mkdir()
        bench.rig.record(f"{name}/{name}.wav", 1)
    texts.mkdir()
    (texts / "closed").write_text("in the way")
    bench.run(lambda: [bench.rig.record("open/second.wav", 1)], nothing, (texts / "closed").unlink, nothing)
    assert bench.names(FileDone) == ["open.wav", "second.wav", "closed.wav"]
    (trouble,) = bench.of(WatchTroubled)
    assert isinstance(trouble, WatchTroubled)
    assert isinstance(trouble.error, OutputError)
    assert bench.waits[:3] == [10.0, 20.0, 40.0]


def test_a_full_disk_is_no_fault_of_the_recording(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.rig.record("talk.wav", 1)
    full: list[Exception] = [DiskFullError(path="talk.txt", size=10, detail="no space")]
    deliver = FolderSink.deliver

    def refuse(*arguments: object) -> object:
        if full:
            raise full.pop()
        return deliver(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(FolderSink, "deliver", refuse)
    bench.run(nothing)
    assert bench.names(FileDone) == ["talk.wav"]
    assert [event.error.code for event in bench.events if isinstance(event, WatchTroubled)] == ["disk_full"]
    assert len(bench.engines[0].heard) == 1, "what is recognised is not recognised again"


def test_a_folder_that_vanishes_is_waited_for(bench: Bench, tmp_path: Path) -> None:
    away = tmp_path / "away"

    def vanish() -> list[Path]:
        bench.rig.folder.rename(away)
        return [bench.rig.folder]

    def come_back() -> list[Path]:
        away.rename(bench.rig.folder)
        bench.rig.record("talk.wav", 1)
        return [bench.rig.folder]

    def look() -> None:
        assert bench.of(FolderGone), "it is told at once"

    bench.run(vanish, look, nothing, come_back, nothing)
    told = [event for event in bench.events if isinstance(event, FolderGone | FolderBack)]
    assert told == [FolderGone(bench.rig.folder), FolderBack(bench.rig.folder)]
    assert bench.names(FileDone) == ["talk.wav"]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Callable[[Path], Path]]:
    """Return what mounts a disk on a folder."""
    if os.name == "nt" or os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("needs root rights to mount a disk")
    mounted: list[Path] = []

    def mount(folder: Path) -> Path:
        folder.mkdir(exist_ok=True)
        if subprocess.run(["mount", "-t", "tmpfs", "none", folder], check=False).returncode:
            pytest.skip("no disk can be mounted here")
        mounted.append(folder)
        return folder

    yield mount
    for folder in mounted:
        subprocess.run(["umount", folder], check=False, capture_output=True)


@pytest.mark.root
def test_a_disk_that_is_unmounted_is_waited_for(bench: Bench, disk: Callable[[Path], Path]) -> None:
    """Its folder is there, empty: nothing is to be looked for or written below it."""
    folder = disk(bench.rig.folder)

    def unmount() -> list[Path]:
        subprocess.run(["umount", folder], check=True)
        bench.rig.record("below.wav", 1)
        return [folder]

    def come_back() -> list[Path]:
        disk(folder)
        bench.rig.record("talk.wav", 1)
        return [folder]

    bench.run(unmount, nothing, nothing, come_back, nothing)
    told = [event for event in bench.events if isinstance(event, FolderGone | FolderBack)]
    assert told == [FolderGone(folder), FolderBack(folder)]
    assert bench.names(FileDone) == ["talk.wav"]


@pytest.mark.root
@pytest.mark.parametrize("place", ["output", "moved"])
def test_nothing_goes_to_a_disk_that_is_unmounted(
    place: str, bench: Bench, disk: Callable[[Path], Path], tmp_path: Path
) -> None:
    target = disk(tmp_path / "target")
    if place == "output":
        bench.ask(output=target / "texts")
    else:
        bench.wanted = replace(bench.wanted, disposal=Disposal(bench.wanted.folders, target / "done"))

    def unmount() -> list[Path]:
        subprocess.run(["umount", target], check=True)
        return [bench.rig.record("talk.wav", 1)]

    def look() -> None:
        assert list(target.iterdir()) == []
        assert bench.of(FileDone) == []
        disk(target)

    bench.run(unmount, look, nothing)
    (trouble,) = bench.of(WatchTroubled)
    assert isinstance(trouble, WatchTroubled)
    assert trouble.error.values == {
        "path": target / ("texts" if place == "output" else "done"),
        "detail": "its disk is not mounted",
    }
    assert bench.names(FileDone) == ["talk.wav"]
    assert len(list(target.iterdir())) == 1


# --- the end ------------------------------------------------------------------------------------------------


def test_an_end_in_a_pass_keeps_what_is_finished(bench: Bench) -> None:
    bench.rig.record_some(4, 5)
    bench.engine = lambda: FakeEngine(slow(0.01))

    def stop_at_the_first(event: Event) -> None:
        bench.tell(event)
        if isinstance(event, FileDone):
            bench.control.stop("interrupted")

    bench.show = lambda work: work(stop_at_the_first)  # type: ignore[method-assign]
    bench.run(nothing, reason="interrupted")
    assert len(bench.of(FileDone)) == 1
    assert bench.waits == []
    assert bench.of(WatchTroubled) == []


def test_a_watch_that_is_to_finish_ends_when_what_is_in_work_is_done(bench: Bench) -> None:
    for number in range(6):
        settle(bench.rig.record(f"{number}.wav", 2))
    bench.engine = lambda: FakeEngine(slow(0.05))

    def tell(event: Event) -> None:
        bench.events.append(event)
        if isinstance(event, FileStarted):
            bench.control.finish()

    bench.tell = tell  # type: ignore[method-assign]  # the bench is the front
    bench.run(reason="stopped_by_user")
    begun = sorted(bench.names(FileStarted))
    assert begun == sorted(bench.names(FileDone))
    assert len(begun) < 6
    assert bench.waits == []


def test_a_watch_that_waits_ends_at_once_when_it_is_to_finish(bench: Bench) -> None:
    bench.run(lambda: bench.control.finish(), reason="stopped_by_user")  # noqa: PLW0108 - it is made by run
    assert len(bench.waits) == 1


def test_a_recording_that_was_skipped_is_not_begun_again_by_the_same_watch(bench: Bench) -> None:
    path = settle(bench.rig.record("0.wav", 2))

    def tell(event: Event) -> None:
        bench.events.append(event)
        if isinstance(event, FileStarted) and len(bench.of(FileStarted)) == 1:
            bench.control.skip(event.path)

    bench.tell = tell  # type: ignore[method-assign]  # the bench is the front
    bench.run(lambda: (path,), lambda: (path,))
    assert bench.names(FileStarted) == ["0.wav"]
    assert bench.names(FileLeft) == ["0.wav"]
    bench.run()
    assert bench.names(FileDone) == ["0.wav"], "the next watch takes it up"


# --- what is looked at before -------------------------------------------------------------------------------


def looked_at(bench: Bench) -> None:
    store = bench.store()
    try:
        check(bench.wanted, store, Keeper(), lambda event: None)
    finally:
        store.close()


def test_everything_is_there(bench: Bench) -> None:
    looked_at(bench)


def test_a_missing_model_is_found_though_no_recording_is_there(bench: Bench) -> None:
    bench.ask(model="v3_ctc")
    with pytest.raises(ModelMissingError):
        looked_at(bench)


def test_a_missing_folder(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for name, detail in (("nowhere", "there is no such folder"), ("file", "it is not a folder")):
        bench.ask(inputs=(bench.rig.folder, tmp_path / name))
        with pytest.raises(FolderUnusableError) as raised:
            looked_at(bench)
        assert raised.value.values == {"path": tmp_path / name, "detail": detail}


@pytest.mark.parametrize("place", ["output", "moved"])
def test_a_place_that_cannot_be_written_to(place: str, bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    if place == "output":
        bench.ask(output=tmp_path / "file" / "texts")
    else:
        bench.wanted = replace(bench.wanted, disposal=Disposal(bench.wanted.folders, tmp_path / "file"))
    with pytest.raises(OutputError):
        looked_at(bench)


# --- finished sources ---------------------------------------------------------------------------------------


@pytest.fixture
def moving(bench: Bench, tmp_path: Path) -> Bench:
    bench.wanted = replace(bench.wanted, disposal=Disposal(bench.wanted.folders, tmp_path / "done"))
    return bench


@pytest.fixture
def deleting(bench: Bench) -> Bench:
    bench.wanted = replace(bench.wanted, disposal=Disposal(bench.wanted.folders, None))
    return bench


def tree(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_finished_sources_are_moved_and_their_texts_stay(moving: Bench, tmp_path: Path) -> None:
    (moving.rig.folder / "deep").mkdir()
    moving.rig.record("deep/talk.wav", 1)
    moving.run(nothing)
    assert tree(moving.rig.folder) == ["deep/talk.txt", "deep/talk_timecodes.txt"]
    assert tree(tmp_path / "done") == ["deep/talk.wav"]
    assert moving.of(SourceMoved) == [
        SourceMoved(moving.rig.folder / "deep/talk.wav", tmp_path / "done/deep/talk.wav")
    ]
    assert moving.states() == {str(tmp_path / "done/deep/talk.wav"): "done"}


def test_sources_that_were_done_before_are_moved(bench: Bench, tmp_path: Path) -> None:
    bench.rig.record("talk.wav", 1)
    bench.run()
    bench.wanted = replace(bench.wanted, disposal=Disposal(bench.wanted.folders, tmp_path / "done"))
    bench.run()
    assert tree(tmp_path / "done") == ["talk.wav"]
    assert len(bench.engines) == 1


def test_a_moved_recording_is_not_recognised_again(moving: Bench, tmp_path: Path) -> None:
    moving.rig.record("talk.wav", 1)
    moving.run()
    moving.wanted = replace(moving.wanted, disposal=None)
    moving.ask(inputs=(tmp_path / "done",))
    moving.run()
    assert len(moving.engines) == 1
    assert "done/talk.txt" in tree(tmp_path)


def again(bench: Bench, times: int) -> list[Step]:
    """Let a recorder that calls everything talk.wav make so many recordings."""

    def record(number: int) -> list[Path]:
        return [bench.rig.record(f"{number}.wav", 1).rename(bench.rig.folder / "talk.wav")]

    return [partial(record, number) for number in range(times)]


def test_one_after_the_other_under_the_same_name(moving: Bench, tmp_path: Path) -> None:
    moving.run(*again(moving, 5), nothing)
    assert tree(tmp_path / "done") == [*(f"talk ({number}).wav" for number in range(2, 6)), "talk.wav"]
    texts = {path.read_text() for path in moving.rig.folder.glob("*.txt") if "timecodes" not in path.name}
    assert len(texts) == 5
    assert set(moving.states().values()) == {"done"}


def test_one_after_the_other_where_sources_are_deleted(deleting: Bench) -> None:
    deleting.run(*again(deleting, 5), nothing)
    assert len(deleting.of(SourceDeleted)) == 5
    assert not (deleting.rig.folder / "talk.wav").exists()
    texts = {path.read_text() for path in deleting.rig.folder.glob("*.txt") if "timecodes" not in path.name}
    assert len(texts) == 5


def test_nothing_is_deleted_unless_asked(bench: Bench) -> None:
    path = bench.rig.record("talk.wav", 1)
    bench.run(nothing)
    assert path.exists()


@pytest.mark.parametrize("trouble", ["suspect", "failed", "text gone"])
def test_a_source_that_is_not_finished_stays(trouble: str, deleting: Bench) -> None:
    path = deleting.rig.record("talk.wav", 60)
    if trouble == "suspect":
        deleting.engine = lambda: FallsSilent(2)
    elif trouble == "failed":
        deleting.engine = lambda: FakeEngine(fails_on(deleting.rig.codes["talk.wav"][5]))
    else:
        deleting.show = lambda work: work(  # type: ignore[method-assign]
            lambda event: (deleting.rig.folder / "talk.txt").unlink() if isinstance(event, FileDone) else None
        )
    deleting.run()
    assert path.exists()


def archive(bench: Bench) -> tuple[Path, bytes]:
    """Return a recording among those that were moved away before, with its contents."""
    moved = bench.rig.record("talk.wav", 1)
    folder = bench.rig.folder.parent / "done" / "2023"
    folder.mkdir(parents=True)
    moved = moved.rename(folder / "talk.wav")
    return moved, moved.read_bytes()


def test_an_archive_that_is_linked_back_is_left_alone(moving: Bench) -> None:
    path, sound = archive(moving)
    (moving.rig.folder / "2023").symlink_to(path.parent)
    moving.run(nothing)
    assert moving.names(FileDone) == ["talk.wav"]
    assert path.read_bytes() == sound
    assert moving.of(SourceMoved) == []


def test_nothing_is_deleted_that_is_only_linked_to(deleting: Bench) -> None:
    path, sound = archive(deleting)
    (deleting.rig.folder / "2023").symlink_to(path.parent)
    deleting.run(nothing)
    assert deleting.names(FileDone) == ["talk.wav"]
    assert path.read_bytes() == sound


@pytest.mark.root
def test_an_archive_that_is_mounted_in_the_watched_folder_is_left_alone(moving: Bench) -> None:
    path, sound = archive(moving)
    mounted = moving.rig.folder / "2023"
    mounted.mkdir()
    if os.geteuid() or subprocess.run(["mount", "--bind", path.parent, mounted], check=False).returncode:
        pytest.skip("no folder can be mounted here")
    try:
        moving.run(nothing)
    finally:
        subprocess.run(["umount", mounted], check=True)
    assert moving.names(FileDone) == ["talk.wav"]
    assert path.read_bytes() == sound
    assert moving.of(SourceMoved) == []


def test_a_source_that_cannot_be_moved_is_told_and_stays(moving: Bench, tmp_path: Path) -> None:
    (moving.rig.folder / "deep").mkdir()
    path = moving.rig.record("deep/talk.wav", 1)
    (tmp_path / "done").mkdir()
    (tmp_path / "done" / "deep").write_text("in the way")
    moving.run((tmp_path / "done" / "deep").unlink, nothing)
    (trouble,) = moving.of(WatchTroubled)
    assert isinstance(trouble, WatchTroubled)
    assert isinstance(trouble.error, OutputError)
    assert not path.exists()
    assert tree(tmp_path / "done") == ["deep/talk.wav"]


def test_a_move_that_was_cut_short_before_it_was_booked_is_booked(bench: Bench, tmp_path: Path) -> None:
    path = bench.rig.record("talk.wav", 1)
    bench.run()
    (tmp_path / "done").mkdir()
    path.rename(tmp_path / "done" / "talk.wav")
    bench.wanted = replace(bench.wanted, disposal=Disposal(bench.wanted.folders, tmp_path / "done"))
    bench.run()
    assert bench.states() == {str(tmp_path / "done" / "talk.wav"): "done"}


def test_one_that_came_before_the_move_of_another_was_booked_takes_nothing_from_it(
    moving: Bench, tmp_path: Path
) -> None:
    path = moving.rig.record("talk.wav", 1)
    disposal, moving.wanted = moving.wanted.disposal, replace(moving.wanted, disposal=None)
    moving.run()
    (tmp_path / "done").mkdir()
    path.rename(tmp_path / "done" / "talk.wav")
    moving.rig.record("talk.wav", 2)
    moving.wanted = replace(moving.wanted, disposal=disposal)
    moving.run(nothing)
    assert tree(tmp_path / "done") == ["talk (2).wav", "talk.wav"]
    assert len([name for name in tree(moving.rig.folder) if "timecodes" not in name]) == 2
    assert set(moving.states().values()) == {"done"}


def test_what_a_killed_watch_left_aside_is_transcribed(bench: Bench, tmp_path: Path) -> None:
    def leave(name: str) -> None:
        folder = bench.rig.folder / f".gigaam-aside-{name}"
        folder.mkdir()
        bench.rig.record(f"{name}.wav", 1).rename(folder / f"{name}.wav")

    def vanish() -> list[Path]:
        leave("second")
        bench.rig.folder.rename(tmp_path / "away")
        return [bench.rig.folder]

    def come_back() -> list[Path]:
        (tmp_path / "away").rename(bench.rig.folder)
        return [bench.rig.folder]

    leave("first")
    bench.run(vanish, come_back)
    assert bench.names(FileDone) == ["first.wav", "second.wav"]
    assert list(bench.rig.folder.glob(".gigaam-*")) == []


def test_a_folder_that_takes_long_to_look_at_is_not_looked_at_all_the_time(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly(inputs: Sequence[Path], rules: Rules) -> object:
        bench.clock += 5.0
        return discover(inputs, rules)

    monkeypatch.setattr(watching, "discover", slowly)
    bench.run(*[lambda: [bench.rig.folder / "gone.wav"]] * 3, nothing, nothing)
    assert 10.0 in bench.waits, "twice as long as the look took"


@pytest.mark.parametrize(("planning", "breath"), [(0.1, 0), (1.0, 0), (3.0, 6.0), (100.0, 60.0)])
def test_how_long_to_look_at_nothing(planning: float, breath: float) -> None:
    assert passes.breath_after(planning) == breath
