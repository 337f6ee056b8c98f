"""Past runs: what was written down, for how many, and what speed follows from them."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from gigaam_cli.store import history
from gigaam_cli.store.database import Database
from gigaam_cli.store.history import Result, Start
from gigaam_cli.store.presence import Presence
from gigaam_cli.store.store import Store

START = Start("1.0", "v3_ctc", "int8", ("cpu",), ("talks", "запись\n\udcff.mp3"))
RESULT = Result(3, 1, 2, 1, 600.0, 20.0, "interrupted")


def run(store: Store, audio: float, wall: float, start: Start = START, ended: str | None = None) -> None:
    number = store.history.begin(start)
    store.history.end(number, Result(audio_seconds=audio, wall_seconds=wall, ended=ended))


def test_a_run_comes_out_as_it_went_in(store: Store) -> None:
    before = time.time()
    number = store.history.begin(START)
    store.history.end(number, RESULT)
    (known,) = store.history.latest(5)
    assert (known.number, known.pid, known.state) == (number, os.getpid(), "ended")
    assert (known.start, known.inputs, known.result) == (START, 2, RESULT)
    assert known.ended_at is not None
    assert before <= known.began_at <= known.ended_at <= time.time()
    assert known.result.rtfx == 30.0


def test_runs_are_there_when_the_store_is_opened_again(store: Store, folder: Path) -> None:
    store.history.begin(START)
    again = Store.open(folder)
    assert [known.start for known in again.history.latest(5)] == [START]
    again.close()


def test_a_run_without_an_end_is_at_work_or_was_killed(store: Store, folder: Path) -> None:
    other = Store.open(folder)
    other.history.begin(START)
    assert [run.state for run in store.history.latest(5)] == ["at_work"]
    other.close()  # as a run that is killed lets go of its lock, and writes nothing down
    store.history.begin(START)
    assert [run.state for run in store.history.latest(5)] == ["at_work", "killed"]


def test_the_newest_come_first_and_the_oldest_go(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "KEPT", 3)
    numbers = [store.history.begin(START) for _ in range(5)]
    assert [known.number for known in store.history.latest(10)] == numbers[:1:-1]
    assert [known.number for known in store.history.latest(2)] == numbers[:2:-1]


def test_of_many_inputs_the_first_are_kept_and_all_are_counted(store: Store) -> None:
    names = tuple(map(str, range(1000)))
    store.history.begin(replace(START, inputs=names))
    (known,) = store.history.latest(1)
    assert known.inputs == 1000
    assert known.start.inputs == names[:100]


def test_no_run_no_speed(store: Store) -> None:
    assert store.history.speed("v3_ctc", ["cpu"]) is None


def test_speed_is_that_of_the_same_model_and_devices(store: Store) -> None:
    run(store, 600, 20)
    run(store, 300, 10)
    run(store, 600, 1, replace(START, model="other"))
    run(store, 600, 1, replace(START, devices=("cuda:0", "cuda:1")))
    assert store.history.speed("v3_ctc", ["cpu"]) == 30.0
    assert store.history.speed("v3_ctc", ("cuda:0", "cuda:1")) == 600.0
    assert store.history.speed("v3_ctc", ("cuda:0",)) is None


def test_speed_is_not_taken_from_what_says_nothing_of_it(store: Store) -> None:
    run(store, 59, 1)
    run(store, 600, 1, ended="interrupted")
    run(store, 600, 0)
    store.history.begin(START)
    assert store.history.speed("v3_ctc", ["cpu"]) is None
    run(store, 60, 2, ended="out_of_time")
    assert store.history.speed("v3_ctc", ["cpu"]) == 30.0


def test_speed_is_that_of_the_latest_runs(store: Store) -> None:
    run(store, 6000, 1)
    for _ in range(5):
        run(store, 100, 10)
    assert store.history.speed("v3_ctc", ["cpu"]) == 10.0


def test_a_history_does_without_the_other_tables() -> None:
    database = Database.in_memory()
    number = history.History(database, Presence(None)).begin(START)
    assert number == 1
    database.close()
