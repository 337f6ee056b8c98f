"""Disks that fill up and runs that are killed: all of a recording's files or none, and the next run completes."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import pytest

from gigaam_cli.core.errors import DiskFullError
from gigaam_cli.pipeline.jobs import Recipe
from gigaam_cli.store.store import Store
from gigaam_cli.writers.base import Shaping
from tests.fakes.disk import Faults
from tests.pipeline.rig import Rig, assert_each_input_once

NAMES = ["0.wav", "1.wav"]
# Two files of two recordings: each is written, synced and renamed.
STEPS = range(1, 13)
WAYS = [Recipe(shaping=Shaping(paragraph_pause=0.5)), Recipe(shaping=Shaping(pause=5.0))]


@pytest.mark.parametrize("step", STEPS)
def test_a_disk_that_fills_up_at_any_step(rig: Rig, step: int) -> None:
    paths = rig.record_some(2, 2)
    outcome = rig.run(fault=Faults(step))
    assert isinstance(outcome.report.fatal, DiskFullError)
    assert outcome.report.ended == "disk_full"
    assert_each_input_once(outcome, paths)
    assert outcome.named("failed") == []
    assert len(outcome.named("done")) == (step - 1) // 6
    rig.assert_published(*outcome.named("done"))
    again = rig.run()
    assert again.report.fatal is None
    assert again.named("done") == outcome.named("skipped")
    rig.assert_published(*NAMES)
    assert rig.run().named("skipped") == NAMES


def test_there_are_no_more_steps_than_were_tried(rig: Rig) -> None:
    rig.record_some(2, 2)
    faults = Faults()
    rig.run(fault=faults)
    assert len(faults.steps) == len(STEPS)


@pytest.mark.parametrize("step", STEPS)
def test_texts_that_were_to_be_replaced_stay_as_they_were(rig: Rig, step: int) -> None:
    """...and stay known as gigaam's own: the next run replaces them."""
    rig.record_some(2, 2)
    versions = []
    for rig.recipe in WAYS:
        rig.run()
        versions.append(rig.texts())
    assert all(versions[0][name] != versions[1][name] for name in versions[0])
    rig.recipe = WAYS[0]
    outcome = rig.run(fault=Faults(step))
    assert isinstance(outcome.report.fatal, DiskFullError)
    texts = rig.texts()
    for stem in ("0", "1"):
        names = [name for name in texts if name.startswith(stem)]
        replaced = f"{stem}.wav" in outcome.named("done")
        assert {name: texts[name] for name in names} == {name: versions[1 - replaced][name] for name in names}
    again = rig.run()
    assert again.loaded == 0
    assert rig.texts() == versions[0]
    assert rig.run().named("skipped") == NAMES


@pytest.mark.parametrize("number", [errno.EIO, errno.EACCES])
@pytest.mark.parametrize("step", [1, 5, 6])
def test_another_failure_of_the_disk_costs_one_recording(rig: Rig, step: int, number: int) -> None:
    paths = rig.record_some(2, 2)
    outcome = rig.run(fault=Faults(step, number))
    assert outcome.report.ended is None
    assert_each_input_once(outcome, paths)
    (failed,) = outcome.report.of_status("failed")
    assert failed.reason == "output_unwritable"
    rig.assert_published(*outcome.named("done"))
    assert rig.store._db.connection.execute("SELECT count(*) FROM placing").fetchone() == (0,), (
        "nothing is announced"
    )
    again = rig.run()
    assert again.loaded == 0, "what was said is known"
    rig.assert_published(*NAMES)


# A fresh process, so that it can be killed: recordings, store, and the step at which to die; 0 for none.
KILLED = """
import os, sys
from pathlib import Path
import gigaam_cli.segment.segmenter as segmenter
from gigaam_cli.store.store import Store
from tests.fakes.disk import Faults
from tests.fakes.vad import LoudnessVad
from tests.pipeline.rig import Rig
segmenter.make_vad = lambda options: LoudnessVad()
rig = Rig(Path(sys.argv[1]), Store.open(Path(sys.argv[2])))
rig.run(fault=Faults(int(sys.argv[3]), meddle=lambda: os._exit(9)))
"""


@pytest.mark.parametrize("again", [False, True], ids=["new", "replaced"])
@pytest.mark.parametrize("step", [1, 3, 4, 5, 6, 7, 10, 11, 12])
def test_a_run_that_is_killed_at_any_step(rig: Rig, tmp_path: Path, step: int, again: bool) -> None:
    """Also between two renames, or after a rename and before the store knows of it."""
    rig.record_some(2, 2)
    state = tmp_path / "state"
    rig.store = Store.open(state)
    if again:
        rig.run()
        for name in NAMES:
            rig.record(name, 3)
    rig.store.close()
    command = [sys.executable, "-c", KILLED, str(rig.folder), str(state), str(step)]
    root = Path(__file__).parents[2]
    assert subprocess.run(command, check=False, timeout=60, cwd=root).returncode == 9
    rig.store = Store.open(state)
    assert_each_input_once(rig.run(), [rig.folder / name for name in NAMES])
    rig.assert_published(*NAMES)
    outcome = rig.run()
    assert [result.reason for result in outcome.report.results] == ["done", "done"]
    rig.store.close()
