"""Texts that were there before the store: taken in once, and as good as gigaam's own from then on."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from gigaam_cli.core.errors import NoMediaFoundError
from gigaam_cli.pipeline.adopt import STATES, Adoption, Finding, adopt
from gigaam_cli.pipeline.export import Export, plan_export
from gigaam_cli.pipeline.overview import overview
from gigaam_cli.pipeline.verify import verify
from gigaam_cli.store.store import Store
from gigaam_cli.writers.registry import FORMATS
from tests.fakes.sounds import beeps, silence, write_wav
from tests.pipeline.rig import Rig

ALL = FORMATS
PLAIN = ("txt", "timecodes")


def transcribed(rig: Rig, formats: tuple[str, ...] = PLAIN) -> None:
    """Transcribe everything in the folder, and lose the store."""
    recipe, rig.recipe = rig.recipe, replace(rig.recipe, formats=formats)
    rig.run()
    rig.store.close()
    rig.store = Store.in_memory()
    rig.recipe = recipe


def adopted(rig: Rig, *, work: bool = True, formats: tuple[str, ...] = ALL) -> list[Finding]:
    findings = list(adopt(Adoption((rig.folder,), formats=formats), rig.store, work=work))
    assert {finding.state for finding in findings} <= set(STATES)
    return findings


def the_only(rig: Rig) -> Finding:
    (finding,) = adopted(rig)
    return finding


def reasons(finding: Finding) -> dict[str, str]:
    return {item.path.name: item.error.code for item in finding.left_out}


def snapshot(rig: Rig) -> dict[str, tuple[bytes, int]]:
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in rig.folder.iterdir()}


def touch(path: Path) -> None:
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 10**9))


def rewrite_json(path: Path, **changes: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.fixture
def talk(rig: Rig) -> Path:
    return rig.record("talk.wav", 3)


def test_what_was_adopted_is_done_and_nothing_is_recognised(rig: Rig, talk: Path) -> None:
    transcribed(rig)
    assert rig.run().result("talk.wav").reason == "exists"
    before = snapshot(rig)
    finding = the_only(rig)
    assert (finding.state, finding.words, finding.left_out) == ("adopted", False, ())
    assert [path.name for path in finding.texts] == ["talk.txt", "talk_timecodes.txt"]
    rig.digest = "of another model"
    outcome = rig.run()
    assert outcome.result("talk.wav").reason == "done"
    assert outcome.loaded == 0
    assert snapshot(rig) == before
    assert the_only(rig).state == "known"


def test_a_look_changes_nothing(rig: Rig, talk: Path) -> None:
    transcribed(rig, ALL)
    before = snapshot(rig)
    first, again = (adopted(rig, work=False) for _ in range(2))
    assert first == again
    assert (first[0].state, first[0].words) == ("adopted", True)
    assert rig.run().result("talk.wav").reason == "exists"
    assert snapshot(rig) == before
    assert adopted(rig) == first, "it tells what would be done"


def test_force_recognises_again_and_replaces_the_texts(rig: Rig, talk: Path) -> None:
    transcribed(rig)
    for text in (talk.with_suffix(".txt"), rig.folder / "talk_timecodes.txt"):
        text.write_text("old\n")
    adopted(rig)
    assert rig.run(force=True).result("talk.wav").recognised
    rig.assert_published("talk.wav")
    assert rig.run().result("talk.wav").reason == "done"


@pytest.mark.parametrize("formats", [PLAIN, ALL])
def test_a_changed_recording_is_recognised_again(rig: Rig, talk: Path, formats: tuple[str, ...]) -> None:
    transcribed(rig, formats)
    adopted(rig)
    rig.codes["talk.wav"] = [1500, 1501]
    write_wav(talk, beeps(rig.codes["talk.wav"]))
    outcome = rig.run()
    assert outcome.result("talk.wav").recognised
    assert (rig.folder / "talk.txt").read_text().split() == rig.words("talk.wav").split()


def test_a_recording_that_was_only_touched_stays_adopted(rig: Rig, talk: Path) -> None:
    transcribed(rig)
    adopted(rig)
    touch(talk)
    outcome = rig.run()
    assert (outcome.result("talk.wav").reason, outcome.loaded) == ("done", 0)


def test_a_text_that_is_edited_after_that_is_kept(rig: Rig, talk: Path) -> None:
    transcribed(rig)
    adopted(rig)
    talk.with_suffix(".txt").write_text("better\n")
    rig.run(force=True)
    assert talk.with_suffix(".txt").read_text() == "better\n"


def test_a_text_that_is_deleted_after_that_is_recognised_again_for(rig: Rig, talk: Path) -> None:
    transcribed(rig)
    adopted(rig)
    before = snapshot(rig)["talk_timecodes.txt"]
    talk.with_suffix(".txt").unlink()
    outcome = rig.run()
    assert outcome.result("talk.wav").recognised
    assert outcome.result("talk.wav").outputs == (talk.with_suffix(".txt"),)
    assert snapshot(rig)["talk_timecodes.txt"] == before, "the adopted one stays"
    assert rig.run().result("talk.wav").reason == "done"


def test_with_the_words_nothing_is_ever_recognised_for_another_format(rig: Rig, talk: Path) -> None:
    transcribed(rig, ("json",))
    assert the_only(rig).words
    outcome = rig.run()
    assert (outcome.named("done"), outcome.loaded) == (["talk.wav"], 0)
    texts = rig.texts()
    texts.pop("talk.json")
    assert texts["talk.txt"].split() == rig.words("talk.wav").split()
    talk.with_suffix(".json").unlink()
    rig.store = Store.in_memory()
    for name in texts:
        (rig.folder / name).unlink()
    rig.run()
    assert rig.texts() == texts, "they are what recognition gives"


def test_once_recognised_the_words_of_the_json_are_not_used_for_another_model(rig: Rig, talk: Path) -> None:
    transcribed(rig, ("json",))
    adopted(rig)
    rig.run(force=True)
    rig.digest = "of another model"
    assert rig.run().result("talk.wav").recognised


def test_export_needs_the_words(rig: Rig, talk: Path) -> None:
    rig.record("other.wav", 2)
    transcribed(rig, ("txt", "json"))
    (rig.folder / "other.json").unlink()
    assert [finding.words for finding in adopted(rig)] == [False, True]
    plan = plan_export(Export(recipe=replace(rig.recipe, formats=("txt", "srt"))), rig.store)
    (job,) = plan.jobs
    assert job.file.path == talk
    assert [path.name for path in job.outputs.values()] == ["talk.srt"]
    assert [(result.path.name, result.reason) for result in plan.results] == [("other.wav", "not_recognised")]


def test_status_and_verify_know_of_adopted_recordings(rig: Rig, talk: Path) -> None:
    rig.record("other.wav", 2)
    transcribed(rig, ("txt", "json"))
    (rig.folder / "other.json").unlink()
    adopted(rig)

    def states() -> dict[str, str]:
        return {each.known.file.path.name: each.state for each in overview(rig.store)}

    assert states() == {"talk.wav": "done", "other.wav": "adopted"}
    for verdict in verify(rig.store, contents=True):
        assert verdict.state == "ok"
        assert {text.state for text in verdict.texts} == {"ok"}
    (rig.folder / "other.txt").write_text("mine\n")
    (edited,) = next(verify(rig.store)).texts
    assert edited.state == "edited"
    (rig.folder / "other.txt").unlink()
    assert states()["other.wav"] == "unwritten"


def test_an_empty_text_is_taken_where_silence_gives_one(rig: Rig) -> None:
    write_wav(rig.folder / "talk.wav", silence(1.0))
    transcribed(rig, ALL)
    texts = [path for path in rig.folder.iterdir() if path.suffix != ".wav"]
    empty = {path for path in texts if path.stat().st_size == 0}
    assert {path.name for path in empty} >= {"talk.txt", "talk_timecodes.txt", "talk.srt"}
    for text in texts:
        text.write_bytes(b"")
    finding = the_only(rig)
    assert set(finding.texts) == empty
    assert reasons(finding) == {path.name: "empty_text" for path in texts if path not in empty}


def to_nothing(path: Path) -> None:
    path.write_bytes(b"")


def to_notes(path: Path) -> None:
    path.write_text('{"my": "notes"}')


def to_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def to_loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)


def to_newer(path: Path) -> None:
    rewrite_json(path, schema=99)


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        (to_nothing, "empty_text"),
        (to_notes, "foreign_text"),
        (to_newer, "foreign_text"),
        (to_folder, "foreign_text"),
        (to_loop, "unreadable"),
    ],
)
def test_a_json_that_is_not_ours_is_left_out_alone(
    rig: Rig, talk: Path, harm: Callable[[Path], None], code: str
) -> None:
    transcribed(rig, ("txt", "timecodes", "json"))
    harm(talk.with_suffix(".json"))
    finding = the_only(rig)
    assert (finding.state, finding.words, reasons(finding)) == ("adopted", False, {"talk.json": code})
    assert rig.run().result("talk.wav").reason == "done"
    assert the_only(rig).state == "left_out", "what is left is that alone"


def test_a_json_of_a_recording_of_another_size_speaks_against_all_texts(rig: Rig, talk: Path) -> None:
    transcribed(rig, ("txt", "json"))
    write_wav(talk, beeps([1500]))
    finding = the_only(rig)
    assert (finding.state, finding.texts) == ("left_out", ())
    assert reasons(finding) == {"talk.wav": "other_recording"}
    assert list(rig.store.known()) == []


def test_an_empty_recording_is_left_out(rig: Rig, talk: Path) -> None:
    transcribed(rig)
    talk.write_bytes(b"")
    assert reasons(the_only(rig)) == {"talk.wav": "empty_file"}


def test_a_recording_that_changes_meanwhile_is_left_out(
    rig: Rig, talk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    transcribed(rig)

    def slow_checksum(path: Path) -> str:
        touch(path)
        return "abc"

    monkeypatch.setattr("gigaam_cli.pipeline.adopt.sha256_of", slow_checksum)
    assert reasons(the_only(rig)) == {"talk.wav": "changed_while_reading"}
    assert list(rig.store.known()) == []


def test_only_the_formats_that_are_named_are_taken(rig: Rig, talk: Path) -> None:
    transcribed(rig, ("txt", "srt"))
    (finding,) = adopted(rig, formats=("srt", "vtt"))
    assert finding.texts == (talk.with_suffix(".srt"),)
    assert rig.run().result("talk.wav").reason == "exists"
    (finding,) = adopted(rig)
    assert finding.texts == (talk.with_suffix(".txt"),)


def test_recordings_without_texts_are_told_and_stay_as_they_are(rig: Rig, talk: Path) -> None:
    transcribed(rig)
    rig.record("new.wav", 1)
    assert [(each.recording.name, each.state) for each in adopted(rig)] == [
        ("new.wav", "no_texts"),
        ("talk.wav", "adopted"),
    ]
    assert rig.run().named("done") == ["new.wav"]


def test_what_is_known_of_a_touched_recording_stays(rig: Rig, talk: Path) -> None:
    """A text of somebody's stands beside a recording that gigaam has recognised."""
    rig.run()
    talk.with_suffix(".srt").write_text("1\n00:00:00,000 --> 00:00:01,000\nПривет\n")
    touch(talk)
    assert the_only(rig).texts == (talk.with_suffix(".srt"),)
    rig.recipe = replace(rig.recipe, formats=("txt", "timecodes", "srt"))
    outcome = rig.run()
    assert (outcome.result("talk.wav").reason, outcome.loaded) == ("done", 0)
    assert [each.state for each in overview(rig.store)] == ["done"]
    (plan,) = plan_export(Export(recipe=replace(rig.recipe, formats=("vtt",))), rig.store).jobs
    assert rig.store.transcript(plan.recognition or 0).words


def test_names_that_two_recordings_want_are_found_as_transcribe_gave_them(rig: Rig) -> None:
    rig.record("talk.wav", 2)
    write_wav(rig.folder / "talk.WAV.ts", beeps([1600]))
    rig.record("deep/talk.wav", 1)
    (rig.folder / "talk.wav").rename(rig.folder / "talk.oga")
    rig.record("talk.wav", 3)
    transcribed(rig)
    assert (rig.folder / "talk.oga.txt").exists()
    assert {finding.state for finding in adopted(rig)} == {"adopted"}
    assert {result.reason for result in rig.run().report.results} == {"done"}


def test_no_recording_no_adoption(rig: Rig) -> None:
    (rig.folder / "notes.txt").write_text("mine\n")
    with pytest.raises(NoMediaFoundError):
        adopted(rig)
