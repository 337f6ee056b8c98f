"""The plan: for every state in which outputs can be, what is to be done."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from gigaam_cli.core.errors import InputMissingError
from gigaam_cli.media.discover import Found, Refused, Skipped
from gigaam_cli.pipeline.jobs import Recipe
from gigaam_cli.pipeline.plan import Plan, Wish, is_ours, make_plan
from gigaam_cli.pipeline.sinks import FolderSink
from gigaam_cli.store.store import Store
from gigaam_cli.store.values import Ending, Fingerprint
from gigaam_cli.writers.base import Shaping

ENDING = Ending(1.0, 1.0, "wav", "pcm_s16le", 0)


class Shelf:
    """Recordings that are recognised without an engine, and outputs that are published for real."""

    def __init__(self, folder: Path, store: Store) -> None:
        self.folder = folder
        self.store = store
        self.wish = Wish(Recipe(), "digest")

    def found(self, name: str) -> Found:
        path = self.folder / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"sound")
        status = path.stat()
        return Found(path, self.folder, status.st_size, status.st_mtime_ns)

    def plan(self, *names: str, **wish: object) -> Plan:
        wished = replace(self.wish, **wish)  # type: ignore[arg-type]
        return make_plan([self.found(name) for name in names], wished, self.store)

    def recognise(self, name: str, digest: str = "digest", partial: bool = False) -> int:
        found = self.found(name)
        number = self.store.begin(Fingerprint(found.path, found.size, found.mtime_ns), digest, "m", "e")
        self.store.finish(number, replace(ENDING, partial=partial), [])
        return number

    def publish(self, *names: str, **wish: object) -> Plan:
        """Do what is to be done."""
        plan = self.plan(*names, **wish)
        wished = replace(self.wish, **wish)  # type: ignore[arg-type]
        sink = FolderSink(self.store, wished.recipe, wished.overwrite)
        for job in plan.jobs:
            number = job.recognition or self.recognise(job.file.path.name, wished.digest)
            sink.deliver(job, number, self.store.transcript(number))
        return plan


@pytest.fixture
def shelf(tmp_path: Path, store: Store) -> Shelf:
    return Shelf(tmp_path / "in", store)


def work(plan: Plan) -> dict[str, tuple[list[str], bool]]:
    """Which outputs are to be written for which input, and whether it is to be recognised for that."""
    return {
        job.file.path.name: ([path.name for path in job.outputs.values()], job.recognition is None)
        for job in plan.jobs
    }


def settled(plan: Plan) -> dict[str, tuple[str, str]]:
    return {result.path.name: (result.status, result.reason) for result in plan.results}


NEW = {"talk.mp3": (["talk.txt", "talk_timecodes.txt"], True)}
WRITTEN_AGAIN = {"talk.mp3": (["talk.txt", "talk_timecodes.txt"], False)}
DONE = {"talk.mp3": ("skipped", "done")}


def test_what_is_new_is_to_be_recognised(shelf: Shelf) -> None:
    plan = shelf.plan("talk.mp3")
    assert work(plan) == NEW
    assert plan.results == ()
    assert plan.to_recognise == plan.jobs
    assert plan.to_write == ()


def test_what_is_done_is_skipped(shelf: Shelf) -> None:
    shelf.publish("talk.mp3")
    plan = shelf.plan("talk.mp3")
    assert plan.jobs == ()
    assert settled(plan) == DONE
    assert [path.name for path in plan.results[0].outputs] == ["talk.txt", "talk_timecodes.txt"]


def test_what_is_recognised_but_not_published_is_to_be_written(shelf: Shelf) -> None:
    number = shelf.recognise("talk.mp3")
    plan = shelf.plan("talk.mp3")
    assert work(plan) == WRITTEN_AGAIN
    assert plan.to_write == plan.jobs
    assert plan.jobs[0].recognition == number


def test_a_new_format_alone_is_written_from_the_store(shelf: Shelf) -> None:
    shelf.publish("talk.mp3")
    plan = shelf.plan("talk.mp3", recipe=Recipe(formats=("txt", "srt", "timecodes")))
    assert work(plan) == {"talk.mp3": (["talk.srt"], False)}


def test_an_output_that_was_deleted_is_written_again(shelf: Shelf) -> None:
    shelf.publish("talk.mp3")
    (shelf.folder / "talk.txt").unlink()
    assert work(shelf.plan("talk.mp3")) == {"talk.mp3": (["talk.txt"], False)}


def test_an_output_that_was_edited_is_kept(shelf: Shelf) -> None:
    shelf.publish("talk.mp3")
    (shelf.folder / "talk.txt").write_text("my own words")
    assert settled(shelf.plan("talk.mp3")) == DONE
    changed = shelf.plan("talk.mp3", digest="another model")
    assert work(changed) == {"talk.mp3": (["talk_timecodes.txt"], True)}


def test_unless_it_is_to_be_overwritten(shelf: Shelf) -> None:
    shelf.publish("talk.mp3")
    (shelf.folder / "talk.txt").write_text("my own words")
    assert work(shelf.plan("talk.mp3", overwrite=True)) == {"talk.mp3": (["talk.txt"], False)}
    shelf.publish("talk.mp3", overwrite=True)
    assert settled(shelf.plan("talk.mp3")) == DONE


def test_overwriting_does_not_do_again_what_is_current(shelf: Shelf) -> None:
    shelf.publish("talk.mp3")
    assert settled(shelf.plan("talk.mp3", overwrite=True)) == DONE


def test_a_file_of_the_user_is_in_the_way(shelf: Shelf) -> None:
    shelf.found("talk.mp3")
    mine = shelf.folder / "talk.txt"
    mine.write_text("mine")
    plan = shelf.plan("talk.mp3")
    assert plan.jobs == ()
    assert settled(plan) == {"talk.mp3": ("skipped", "exists")}
    assert plan.results[0].outputs == (mine,)
    assert work(shelf.plan("talk.mp3", overwrite=True)) == NEW
    assert mine.read_text() == "mine"


def test_nothing_is_done_beside_a_file_that_is_in_the_way(shelf: Shelf) -> None:
    shelf.publish("talk.mp3", recipe=Recipe(formats=("txt",)))
    (shelf.folder / "talk.srt").write_text("mine")
    plan = shelf.plan("talk.mp3", recipe=Recipe(formats=("srt", "json")))
    assert settled(plan) == {"talk.mp3": ("skipped", "exists")}


def test_another_way_of_writing_writes_again(shelf: Shelf) -> None:
    shelf.publish("talk.mp3")
    recipe = Recipe(shaping=Shaping(pause=1.0))
    assert work(shelf.plan("talk.mp3", recipe=recipe)) == WRITTEN_AGAIN
    shelf.publish("talk.mp3", recipe=recipe)
    assert settled(shelf.plan("talk.mp3", recipe=recipe)) == DONE


def test_another_model_recognises_again(shelf: Shelf) -> None:
    shelf.publish("talk.mp3")
    assert work(shelf.plan("talk.mp3", digest="another")) == NEW
    shelf.publish("talk.mp3", digest="another")
    assert settled(shelf.plan("talk.mp3", digest="another")) == DONE
    assert work(shelf.plan("talk.mp3")) == WRITTEN_AGAIN, "the first text is still known"


def test_force_does_everything_again(shelf: Shelf) -> None:
    shelf.publish("talk.mp3")
    assert work(shelf.plan("talk.mp3", force=True)) == NEW


def test_a_recording_that_changed_is_recognised_again(shelf: Shelf) -> None:
    shelf.publish("talk.mp3")
    (shelf.folder / "talk.mp3").write_bytes(b"another sound")
    assert work(shelf.plan("talk.mp3")) == NEW


def test_a_text_of_the_old_recording_is_never_taken_for_one_of_the_new(shelf: Shelf) -> None:
    """The change is recognised in a run that wants one format; the other still shows the old recording."""
    both, one = Recipe(formats=("txt", "srt")), Recipe(formats=("txt",))
    shelf.publish("talk.mp3", recipe=both)
    (shelf.folder / "talk.mp3").write_bytes(b"another sound")
    shelf.publish("talk.mp3", recipe=one)
    assert work(shelf.plan("talk.mp3", recipe=both)) == {"talk.mp3": (["talk.srt"], False)}


def test_a_recording_that_breaks_off_is_written_only_where_that_will_do(shelf: Shelf) -> None:
    shelf.recognise("talk.mp3", partial=True)
    assert work(shelf.plan("talk.mp3")) == NEW
    assert work(shelf.plan("talk.mp3", recipe=Recipe(allow_partial=True))) == WRITTEN_AGAIN


def test_stdout_gets_everything_and_nothing_is_looked_for(shelf: Shelf) -> None:
    shelf.publish("a.mp3")
    (shelf.folder / "b.txt").write_text("mine")
    plan = shelf.plan("a.mp3", "b.mp3", to_stdout=True)
    assert work(plan) == {"a.mp3": ([], False), "b.mp3": ([], True)}
    assert plan.results == ()


def test_what_cannot_be_taken_and_what_is_left_out_is_settled(shelf: Shelf) -> None:
    error = InputMissingError(path="gone.mp3")
    inputs: list[Found | Refused | Skipped] = [
        Refused(Path("/gone.mp3"), error),
        shelf.found("talk.mp3"),
        Skipped(Path("/x.mp3"), "hidden"),
    ]
    plan = make_plan(inputs, shelf.wish, shelf.store)
    assert work(plan) == NEW
    assert settled(plan) == {"gone.mp3": ("failed", "input_missing"), "x.mp3": ("skipped", "hidden")}
    assert plan.results[0].error is error


def test_what_is_named_in_several_ways_is_settled_once(shelf: Shelf) -> None:
    """A file beside the folder that it is in, a folder three times, a missing one twice."""
    talk, gone = shelf.found("talk.mp3"), Refused(Path("/gone.mp3"), InputMissingError(path="gone.mp3"))
    inputs: list[Found | Refused | Skipped] = [
        Skipped(talk.path, "hidden"),
        talk,
        Skipped(talk.path, "hidden"),
        gone,
        gone,
        Skipped(Path("/folder"), "seen"),
        Skipped(Path("/folder"), "seen"),
    ]
    plan = make_plan(inputs, shelf.wish, shelf.store)
    assert work(plan) == NEW
    assert [(result.path.name, result.reason) for result in plan.results] == [
        ("gone.mp3", "input_missing"),
        ("folder", "seen"),
    ]


def test_jobs_are_numbered_in_order_of_the_inputs(shelf: Shelf) -> None:
    shelf.publish("b.mp3")
    plan = shelf.plan("a.mp3", "b.mp3", "c.mp3")
    numbers = [job.number for job in plan.jobs]
    assert [job.file.path.name for job in plan.jobs] == ["a.mp3", "c.mp3"]
    assert numbers == sorted(set(numbers))


def test_a_newcomer_leaves_published_outputs_alone(shelf: Shelf) -> None:
    shelf.publish("talk.mp3")
    plan = shelf.plan("talk.mp3", "talk.wav")
    assert settled(plan) == DONE
    assert work(plan) == {"talk.wav": (["talk.wav.txt", "talk.wav_timecodes.txt"], True)}
    assert work(shelf.plan("talk.wav")) == work(plan)


def test_two_recordings_with_outputs_of_one_name_never_fight_over_them(shelf: Shelf) -> None:
    """Each published its own format alone at first; together they must come to rest."""
    both = Recipe(formats=("txt", "srt"))
    shelf.publish("talk.mp3", recipe=Recipe(formats=("txt",)))
    shelf.publish("talk.wav", recipe=Recipe(formats=("srt",)))
    shelf.publish("talk.mp3", "talk.wav", recipe=both)
    assert shelf.plan("talk.mp3", "talk.wav", recipe=both).jobs == ()
    assert len(list(shelf.folder.glob("*.txt"))) == len(list(shelf.folder.glob("*.srt"))) == 2


def test_the_name_of_an_output_that_is_gone_is_free(shelf: Shelf) -> None:
    shelf.publish("talk.mp3")
    for name in ("talk.mp3", "talk.txt", "talk_timecodes.txt"):
        (shelf.folder / name).unlink()
    assert work(shelf.plan("talk.wav")) == {"talk.wav": (["talk.txt", "talk_timecodes.txt"], True)}


def test_the_tree_of_the_inputs_is_mirrored(shelf: Shelf, tmp_path: Path) -> None:
    plan = shelf.plan("x/y/talk.mp3", output=tmp_path / "out")
    assert plan.jobs[0].outputs["txt"] == tmp_path / "out" / "x" / "y" / "talk.txt"
    assert not (tmp_path / "out").exists()


def test_a_file_is_ours_until_somebody_changes_it(shelf: Shelf) -> None:
    shelf.publish("talk.mp3")
    text = shelf.folder / "talk.txt"
    assert is_ours(text, shelf.store)
    assert not is_ours(shelf.folder / "talk.mp3", shelf.store)
    before = text.stat()
    os.utime(text, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    assert not is_ours(text, shelf.store)
    text.unlink()
    assert not is_ours(text, shelf.store)
