"""Events are values that another process or a log can take."""

from __future__ import annotations

import dataclasses
import pickle
from pathlib import Path
from typing import get_args

import pytest

from gigaam_cli.core import events
from gigaam_cli.core.errors import DeviceLostError, DiskFullError, EmptyFileError

HERE = Path("a.mp3")
EVENTS: list[events.Event] = [
    events.RunStarted(3),
    events.DeviceChosen("cpu", "asked for", "demo", "int8", 2),
    events.DurationKnown(HERE, None),
    events.FileStarted(HERE, 4.0),
    events.StageProgress(HERE, 1.5),
    events.StageChanged(HERE, "recognising"),
    events.SegmentDone(HERE, 0.0, 1.0, "раз"),
    events.FileDone(HERE, 4.0, (Path("a.txt"),), recognised=True),
    events.FileSkipped(HERE, "done"),
    events.SecondLook(HERE, ((1.0, 2.0),)),
    events.StoreSetAside(HERE),
    events.FileWaiting(HERE),
    events.EngineStuck("cpu", 300.0),
    events.FileOvertaken(HERE, "done"),
    events.FileLeft(HERE, "skipped_by_user"),
    events.RunEnding("interrupted"),
    events.RunPaused(),
    events.RunResumed(2.5),
    events.ModelWaiting("v3_ctc"),
    events.ModelRewriting("v3_ctc", "int8"),
    events.ModelRewritten("v3_ctc", 20.5, accepted=False, reason="no"),
    events.FetchStarted("v3_ctc", "somebody/gigaam-onnx", 3, 1000, 0),
    events.FetchProgress("v3_ctc", "v3_ctc.onnx", 500, 500),
    events.FetchDone("v3_ctc", Path("models/v3_ctc"), 1000, fetched=True),
    events.PackStarted(("v3_ctc",), "v3_ctc.tar", 4, 1000),
    events.PackProgress("v3_ctc.onnx", 500),
    events.PackDone(("v3_ctc",), "v3_ctc.tar", 1000),
    events.WatchStarted((Path("inbox"),)),
    events.WatchPlanned(2),
    events.FolderGone(Path("inbox")),
    events.FolderBack(Path("inbox")),
    events.SourceMoved(HERE, Path("done/a.mp3")),
    events.SourceDeleted(HERE),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_travels_and_never_changes(event: events.Event) -> None:
    assert pickle.loads(pickle.dumps(event)) == event
    for field in dataclasses.fields(event)[:1]:
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(event, field.name, None)


@pytest.mark.parametrize("kind", [events.FileFailed, events.FilePostponed])
def test_a_failure_travels_with_its_error(kind: type[events.FileFailed | events.FilePostponed]) -> None:
    copy = pickle.loads(pickle.dumps(kind(HERE, EmptyFileError())))
    assert copy.path == HERE
    assert isinstance(copy.error, EmptyFileError)


def test_a_lost_device_travels_with_its_error() -> None:
    lost = events.DeviceLost("cuda:1", DeviceLostError(device="cuda:1", detail="no answer"))
    copy = pickle.loads(pickle.dumps(lost))
    assert copy.device == "cuda:1"
    assert str(copy.error) == str(lost.error)


def test_what_troubles_a_watch_travels_with_its_error() -> None:
    troubled = events.WatchTroubled(DiskFullError(path=HERE, size=10, detail="full"), 20.0)
    copy = pickle.loads(pickle.dumps(troubled))
    assert copy.pause == 20.0
    assert str(copy.error) == str(troubled.error)


def test_every_event_is_tested_here() -> None:
    with_errors = {events.FileFailed, events.FilePostponed, events.DeviceLost, events.WatchTroubled}
    assert {type(event) for event in EVENTS} | with_errors == set(get_args(events.Event))


def test_nobody_listens() -> None:
    events.nobody(events.RunStarted(1))
