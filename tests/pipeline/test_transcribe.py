"""The main job with real recordings, FFmpeg, VAD and the demonstration model."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from jiwer import cer

from gigaam_cli.core.errors import FfmpegMissingError, NoMediaFoundError, OutputError
from gigaam_cli.core.events import DeviceChosen, Event, StageProgress
from gigaam_cli.core.model_errors import ModelMissingError
from gigaam_cli.core.paths import demo_folder
from gigaam_cli.engines.load import EngineOptions
from gigaam_cli.media import ffmpeg
from gigaam_cli.media.decode import DecodeOptions
from gigaam_cli.media.ffmpeg import Cut
from gigaam_cli.pipeline.control import Control
from gigaam_cli.pipeline.jobs import BatchReport, Recipe
from gigaam_cli.pipeline.request import Request
from gigaam_cli.pipeline.transcribe import carry_out, foresee, prepare
from gigaam_cli.segment.spans import SegmentOptions
from gigaam_cli.store.store import Store
from tests.conftest import DATA, encode
from tests.pipeline.rig import assert_nothing_left_running

FORMATS = ("txt", "timecodes", "srt", "vtt", "json", "tsv", "md")


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    yield
    assert_nothing_left_running()


def request_for(output: Path, *inputs: Path, formats: tuple[str, ...] = ("txt",)) -> Request:
    return Request(
        inputs or (DATA,), recipe=Recipe(formats=formats), model="demo", device="cpu", output=output
    )


def do(request: Request, store: Store | None = None) -> BatchReport:
    store = store or Store.in_memory()
    return carry_out(prepare(request, store), store)


def texts(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir() if path.is_file()}


def references() -> dict[str, str]:
    references: dict[str, str] = json.loads((DATA / "references.json").read_text(encoding="utf-8"))
    return references


def utterances() -> list[str]:
    truth = json.loads((DATA / "truth.json").read_text(encoding="utf-8"))
    return [utterance["text"] for utterance in truth["utterances"]]


def test_every_recording_gets_its_text(tmp_path: Path) -> None:
    report = do(request_for(tmp_path))
    assert {result.status for result in report.results} == {"done"}
    said = {**references(), "joined.ogg": " ".join(utterances())}
    assert {result.path.name for result in report.results} == set(said)
    written = texts(tmp_path)
    for name, reference in said.items():
        heard = " ".join(written[f"{Path(name).stem}.txt"].split())
        # The model has learnt the voice of the first two; it is weak on words that it has not.
        assert cer(reference, heard) <= (0.0 if name in ("base.wav", "joined.ogg") else 0.25), name
    assert report.rtfx > 1


def test_however_the_work_is_divided_the_outputs_are_the_same(tmp_path: Path) -> None:
    together, alone, again = (tmp_path / name for name in ("together", "alone", "again"))
    do(request_for(together, formats=FORMATS))
    for path in (DATA / "base.wav", *sorted(DATA.glob("*.ogg"))):
        request = request_for(alone, path, formats=FORMATS)
        do(dataclasses.replace(request, engine=EngineOptions(threads=1)))
    request = request_for(again, *sorted(DATA.glob("*.mp3"), reverse=True), formats=FORMATS)
    do(dataclasses.replace(request, engine=EngineOptions(batch_size=3)))
    apart = {**texts(alone), **texts(again)}
    assert len(apart) == 7 * len(FORMATS)
    assert texts(together) == apart


def test_the_store_gives_the_same_outputs_as_the_engine(tmp_path: Path) -> None:
    store = Store.in_memory()
    first, second = tmp_path / "first", tmp_path / "second"
    do(request_for(first, DATA / "joined.ogg", formats=FORMATS), store)
    report = do(request_for(second, DATA / "joined.ogg", formats=FORMATS), store)
    assert not report.results[0].recognised
    assert texts(first) == texts(second)


def test_a_cut_keeps_the_times_of_the_recording(tmp_path: Path) -> None:
    """Seconds 12 to 26 hold the third and the fourth phrase."""
    request = request_for(tmp_path, DATA / "joined.ogg", formats=("txt", "json"))
    recipe = dataclasses.replace(request.recipe, decode=DecodeOptions(cut=Cut(12.5, 26.0)))
    do(dataclasses.replace(request, recipe=recipe))
    heard = json.loads((tmp_path / "joined.json").read_text(encoding="utf-8"))
    assert (tmp_path / "joined.txt").read_text(encoding="utf-8").split() == " ".join(
        utterances()[2:4]
    ).split()
    words = [word for segment in heard["segments"] for word in segment["words"]]
    assert words[0]["start"] == pytest.approx(13.4708, abs=0.3)


def test_no_time_lies_outside_the_recording(tmp_path: Path) -> None:
    """It begins and ends in the middle of a word."""
    spoken = encode(DATA / "base.wav", tmp_path / "spoken.wav", "-ss", "1", "-t", "2.5")
    request = request_for(tmp_path / "out", spoken, formats=("json",))
    do(request)
    heard = json.loads((tmp_path / "out" / "spoken.json").read_text(encoding="utf-8"))
    (segment,) = heard["segments"]
    assert (segment["start"], segment["end"]) == (0.0, heard["duration"])
    assert len(segment["words"]) >= 4
    assert all(0 <= word["start"] <= word["end"] <= heard["duration"] for word in segment["words"])


def test_progress_reaches_the_last_word_and_never_goes_back(tmp_path: Path) -> None:
    events: list[Event] = []

    def note(event: Event) -> None:
        events.append(event)

    store = Store.in_memory()
    carry_out(prepare(request_for(tmp_path, DATA / "joined.ogg"), store), store, note)
    positions = [event.position for event in events if isinstance(event, StageProgress)]
    assert positions == sorted(set(positions))
    assert positions[-1] > 43
    (chosen,) = (event for event in events if isinstance(event, DeviceChosen))
    assert (chosen.model, chosen.device) == ("demo", "cpu")


def test_stopping_leaves_nothing_half_done(tmp_path: Path) -> None:
    control = Control()
    store = Store.in_memory()

    def stop(event: Event) -> None:
        if isinstance(event, StageProgress):
            control.stop("interrupted")

    report = carry_out(prepare(request_for(tmp_path), store), store, stop, control)
    assert report.ended == "interrupted"
    done = [result.path.stem for result in report.of_status("done")]
    assert set(texts(tmp_path)) == {f"{stem}.txt" for stem in done}
    do(request_for(tmp_path), store)
    whole = tmp_path / "whole"
    do(request_for(whole))
    assert texts(tmp_path) == texts(whole)


# --- what a text depends on ---------------------------------------------------------------------------------


def digest_of(request: Request) -> str:
    choice = prepare(request, Store.in_memory()).choice
    assert choice is not None
    return choice.digest


def test_the_digest_tells_a_rewritten_model_from_the_original(tmp_path: Path) -> None:
    source = Path(shutil.copytree(demo_folder() / "model", tmp_path / "model"))
    (source / "config.json").write_text('{"version": "v3"}')
    request = dataclasses.replace(request_for(tmp_path, DATA / "base.wav"), model=str(source))
    planned = foresee(request, Store.in_memory()).prepared.choice
    done = prepare(request, Store.in_memory()).choice
    assert planned is not None
    assert done is not None
    assert planned.digest == done.digest, "a dry run plans with what the run will have"
    assert (planned.model.rewritten, done.model.precision) == (None, "int8")
    assert digest_of(dataclasses.replace(request, precision="fp32")) != done.digest


def test_the_digest_depends_on_what_changes_a_text(tmp_path: Path) -> None:
    request = request_for(tmp_path, DATA / "base.wav")
    recipes = [
        Recipe(segment=SegmentOptions(threshold=0.4)),
        Recipe(segment=SegmentOptions(vad="none")),
        Recipe(decode=DecodeOptions(cut=Cut(1.0, None))),
        Recipe(audio_stream=0),
    ]
    digests = [digest_of(dataclasses.replace(request, recipe=recipe)) for recipe in recipes]
    assert len({digest_of(request), *digests}) == len(recipes) + 1


def test_and_on_nothing_else(tmp_path: Path) -> None:
    request = request_for(tmp_path, DATA / "base.wav")
    recipes = [
        Recipe(formats=FORMATS),
        Recipe(decode=DecodeOptions(stall_timeout=5, max_duration=7200)),
        Recipe(allow_partial=True),
    ]
    others = [
        *(dataclasses.replace(request, recipe=recipe) for recipe in recipes),
        dataclasses.replace(
            request, overwrite=True, force=True, output=None, engine=EngineOptions(threads=1)
        ),
    ]
    assert {digest_of(other) for other in others} == {digest_of(request)}


# --- what is refused before any work ------------------------------------------------------------------------


def test_a_model_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError):
        prepare(dataclasses.replace(request_for(tmp_path), model="v3_ctc"), Store.in_memory())


def test_inputs_without_a_recording(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("text")
    with pytest.raises(NoMediaFoundError):
        prepare(request_for(tmp_path / "out", tmp_path), Store.in_memory())


def test_an_output_that_cannot_be_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError):
        do(request_for(tmp_path / "file", DATA / "base.wav"))


def test_no_ffmpeg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIGAAM_FFMPEG", str(tmp_path / "nowhere"))
    ffmpeg.binary.cache_clear()
    with pytest.raises(FfmpegMissingError):
        do(request_for(tmp_path / "out", DATA / "base.wav"))
