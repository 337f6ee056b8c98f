"""What a run would meet: probed in order, several at a time, and added up."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from gigaam_cli.core.errors import (
    DeviceMissingError,
    EmptyFileError,
    NoRoomError,
    TooLongError,
    TruncatedMediaError,
)
from gigaam_cli.core.model_errors import ModelMissingError
from gigaam_cli.core.values import AudioStream, MediaInfo
from gigaam_cli.media.decode import DecodeOptions
from gigaam_cli.media.ffmpeg import Cut
from gigaam_cli.pipeline.jobs import FileResult, Job, Recipe
from gigaam_cli.pipeline.plan import Plan, Wish
from gigaam_cli.pipeline.preview import Ahead, Preview
from gigaam_cli.pipeline.request import Request
from gigaam_cli.pipeline.transcribe import Foreseen, Prepared, foresee
from gigaam_cli.store.store import Store
from gigaam_cli.store.values import Fingerprint
from tests.conftest import DATA, MakeMedia

HOUR = MediaInfo("wav", 3600.0, (AudioStream(0, "pcm_s16le", 16000, "mono"),))
Probe = Callable[[Path, float], MediaInfo]
SetProbe = Callable[[Probe], None]


@pytest.fixture
def probe_is(monkeypatch: pytest.MonkeyPatch) -> SetProbe:
    """Return a function that puts another probe in place of FFmpeg's."""
    return lambda probe: monkeypatch.setattr("gigaam_cli.pipeline.preview.probe", probe)


@pytest.fixture
def hours(probe_is: SetProbe) -> None:
    """Let every recording be an hour long."""
    probe_is(lambda _path, _timeout: HOUR)


def job(number: int, folder: Path, name: str = "", **changes: object) -> Job:
    path = folder / (name or f"{number}.wav")
    new = Job(number, Fingerprint(path, 1, 1), {"txt": path.with_suffix(".txt")})
    return replace(new, **changes)  # type: ignore[arg-type]


def preview_of(
    *jobs: Job,
    results: tuple[FileResult, ...] = (),
    recipe: Recipe | None = None,
    state: Path | None = None,
    speed: float | None = None,
) -> Preview:
    request = Request((), recipe=recipe or Recipe())
    lengths = {each.number: 60.0 for each in jobs if each.recognition}
    prepared = Prepared(request, Wish(request.recipe, ""), Plan(jobs, results), None)
    return Preview(Foreseen(prepared, (), lengths), state, speed)


# --- one by one ---------------------------------------------------------------------------------------------


def test_recordings_come_in_the_order_of_the_plan_however_long_each_takes(
    tmp_path: Path, probe_is: SetProbe
) -> None:
    def slow_at_first(path: Path, _timeout: float) -> MediaInfo:
        time.sleep(0.2 if path.stem == "0" else 0.0)
        return HOUR

    probe_is(slow_at_first)
    jobs = [job(number, tmp_path, recognition=7 if number % 3 == 1 else None) for number in range(50)]
    assert [ahead.job.number for ahead in preview_of(*jobs)] == list(range(50))


def test_each_is_told_as_soon_as_it_is_there(tmp_path: Path, probe_is: SetProbe) -> None:
    """...and few are looked at ahead: neither time nor memory depends on how many there are."""
    looked = 0

    def count(_path: Path, _timeout: float) -> MediaInfo:
        nonlocal looked
        looked += 1
        return HOUR

    probe_is(count)
    rows = iter(preview_of(*(job(number, tmp_path) for number in range(1000))))
    next(rows)
    assert looked < 200


def test_whoever_leaves_does_not_wait(tmp_path: Path, probe_is: SetProbe) -> None:
    going = threading.Event()

    def hang(path: Path, _timeout: float) -> MediaInfo:
        if path.stem != "0":
            going.wait(30)
        return HOUR

    probe_is(hang)
    rows = iter(preview_of(*(job(number, tmp_path) for number in range(20))))
    next(rows)
    began = time.monotonic()
    rows.close()  # type: ignore[attr-defined]
    assert time.monotonic() - began < 5
    going.set()


def test_what_cannot_be_probed_would_fail(tmp_path: Path) -> None:
    (tmp_path / "0.wav").touch()
    shutil.copy(DATA / "base.wav", tmp_path / "1.wav")
    preview = preview_of(job(0, tmp_path), job(1, tmp_path), job(2, tmp_path))
    empty, good, gone = preview
    assert isinstance(empty.error, EmptyFileError)
    assert good.error is None
    assert good.seconds == pytest.approx(5.75, abs=0.1)
    assert gone.error is not None
    assert gone.error.code == "unreadable"
    assert (preview.sums().recognise, preview.sums().fail) == (1, 2)


def error_of(recipe: Recipe, folder: Path) -> Exception | None:
    (ahead,) = preview_of(job(0, folder), recipe=recipe)
    return ahead.error


@pytest.mark.usefixtures("hours")
def test_what_is_too_long_would_fail(tmp_path: Path) -> None:
    short, long = (Recipe(decode=DecodeOptions(max_duration=limit)) for limit in (3599, 3601))
    assert isinstance(error_of(short, tmp_path), TooLongError)
    assert error_of(long, tmp_path) is None
    cut = Recipe(decode=DecodeOptions(Cut(10.0), max_duration=3599))
    assert error_of(cut, tmp_path) is None


def test_what_breaks_off_would_fail_unless_that_will_do(make_media: MakeMedia) -> None:
    whole = make_media("0.wav")
    whole.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    assert isinstance(error_of(Recipe(), whole.parent), TruncatedMediaError)
    assert error_of(Recipe(allow_partial=True), whole.parent) is None


# --- added up -----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("hours")
def test_time_comes_from_what_is_left_to_recognise(tmp_path: Path) -> None:
    heard = frozenset({(0.0, 1000.0), (1000.0, 1800.0)})
    preview = preview_of(
        job(0, tmp_path), job(1, tmp_path, heard=heard), job(2, tmp_path, recognition=5), speed=10.0
    )
    rows = list(preview)
    assert [row.known_seconds for row in rows] == [0.0, 1800.0, 0.0]
    sums = preview.sums()
    assert (sums.recognise, sums.write) == (2, 1)
    assert (sums.audio_seconds, sums.known_seconds) == (7200.0, 1800.0)
    assert sums.wall_seconds == 540.0


@pytest.mark.usefixtures("hours")
def test_without_a_run_to_judge_by_there_is_no_time(tmp_path: Path) -> None:
    preview = preview_of(job(0, tmp_path))
    list(preview)
    assert preview.sums().wall_seconds is None


@pytest.mark.usefixtures("hours")
def test_only_the_part_that_is_wanted_counts(tmp_path: Path) -> None:
    (ahead,) = preview_of(job(0, tmp_path), recipe=Recipe(decode=DecodeOptions(Cut(60.0, 90.0))))
    assert ahead.seconds == 30.0


def test_what_nothing_tells_the_length_of_is_counted(tmp_path: Path, probe_is: SetProbe) -> None:
    probe_is(lambda _path, _timeout: replace(HOUR, duration=None))
    preview = preview_of(job(0, tmp_path))
    list(preview)
    assert (preview.sums().recognise, preview.sums().unmeasured) == (1, 1)


@pytest.mark.usefixtures("hours")
def test_names_that_are_anothers_are_listed_up_to_a_limit(tmp_path: Path) -> None:
    jobs = [job(number, tmp_path, outputs={"txt": tmp_path / f"{number}.wav.txt"}) for number in range(60)]
    preview = preview_of(*jobs, job(60, tmp_path))
    rows = list(preview)
    assert [row.is_long for row in rows] == [True] * 60 + [False]
    assert (len(preview.sums().longer), preview.sums().long_names) == (50, 60)


@pytest.mark.usefixtures("hours")
def test_room_is_for_texts_by_their_format_and_for_what_is_kept(tmp_path: Path) -> None:
    def needed(*formats: str, state: Path | None = None, recognition: int | None = None) -> int:
        outputs = {name: tmp_path / "new" / f"0.{name}" for name in formats}
        preview = preview_of(job(0, tmp_path, outputs=outputs, recognition=recognition), state=state)
        list(preview)
        return sum(room.needed for room in preview.sums().rooms)

    assert 100_000 < needed("txt") < 200_000, "an hour of Russian"
    assert needed("txt", "json") > needed("json") > 5 * needed("txt")
    assert needed("txt", state=tmp_path / "state") > needed("txt") + 500_000
    assert needed("txt", state=tmp_path / "state", recognition=1) < 8192, "a minute that is kept already"


@pytest.mark.usefixtures("hours")
def test_too_little_room_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def problems(free: int) -> list[str]:
        usage = SimpleNamespace(total=1 << 40, free=free)
        monkeypatch.setattr(shutil, "disk_usage", lambda _folder: usage)
        preview = preview_of(job(0, tmp_path))
        list(preview)
        assert all(isinstance(problem, NoRoomError) for problem in preview.sums().problems)
        return [problem.code for problem in preview.sums().problems]

    assert problems(100_000) == ["no_room"], "for an hour, not for the shortest text"
    assert problems(10_000) == ["no_room"], "told once"
    assert problems(1_000_000) == []


def test_results_that_are_settled_are_counted_by_reason(tmp_path: Path) -> None:
    results = (
        FileResult(tmp_path / "a", "skipped", reason="done"),
        FileResult(tmp_path / "b", "skipped", reason="done"),
        FileResult(tmp_path / "c", "skipped", reason="exists"),
        FileResult(tmp_path / "d", "failed", reason="empty_file", error=EmptyFileError()),
    )
    sums = preview_of(results=results).sums()
    assert (dict(sums.skipped), sums.fail) == ({"done": 2, "exists": 1}, 1)


# --- without model or device --------------------------------------------------------------------------------


def test_what_is_missing_is_told_and_the_rest_planned(store: Store) -> None:
    request = Request((DATA / "base.wav",), model="v3_ctc", device="cuda:7")
    foreseen = foresee(request, store)
    assert [type(problem) for problem in foreseen.problems] == [DeviceMissingError, ModelMissingError]
    assert foreseen.prepared.choice is None
    assert len(foreseen.prepared.plan.to_recognise) == 1


def test_nothing_is_missing_where_no_recording_is_there(store: Store) -> None:
    foreseen = foresee(Request((DATA / "nowhere.wav",), model="v3_ctc"), store)
    assert foreseen.problems == ()


def test_what_is_ahead_of_a_known_recording_says_its_length() -> None:
    assert Ahead(job(0, Path("/in"), recognition=1), 60.0).known_seconds == 0.0
