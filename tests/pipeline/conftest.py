"""What the tests of the pipeline share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gigaam_cli.segment.spans import SegmentOptions
from gigaam_cli.segment.vad import VadModel
from gigaam_cli.store.store import Store
from tests.fakes.vad import LoudnessVad
from tests.pipeline.rig import Rig, assert_nothing_left_running


@pytest.fixture
def store() -> Iterator[Store]:
    """A store of its own for a test."""
    store = Store.in_memory()
    yield store
    store.close()


@pytest.fixture
def rig(tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    """A workshop where every beep is a segment; whatever a test does there, it leaves nothing running."""

    def make_vad(options: SegmentOptions) -> VadModel:
        return LoudnessVad()

    monkeypatch.setattr("gigaam_cli.segment.segmenter.make_vad", make_vad)
    folder = tmp_path / "recordings"
    folder.mkdir()
    yield Rig(folder, store)
    assert_nothing_left_running()
