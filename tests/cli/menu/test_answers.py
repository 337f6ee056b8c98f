"""Answers and the arguments that say the same."""

from __future__ import annotations

from pathlib import Path

import click
from hypothesis import given, settings
from hypothesis import strategies as st

from gigaam_cli.cli.commands.transcribe import transcribe
from gigaam_cli.cli.commands.watch import watch
from gigaam_cli.cli.menu import answers as menu_answers
from gigaam_cli.cli.menu.answers import Answers, answered, arguments
from gigaam_cli.writers.registry import FORMATS

NAMES = st.text(st.characters(exclude_characters="\0/", exclude_categories=["Cs"]), min_size=1).filter(
    lambda name: name not in (".", "..")
)
PATHS = NAMES.map(lambda name: f"/somewhere/{name}")
ANSWERS = st.builds(
    Answers,
    inputs=st.lists(PATHS, min_size=1).map(tuple),
    model=st.none() | st.sampled_from(["demo", "v3_ctc"]),
    formats=st.lists(st.sampled_from(FORMATS), unique=True).map(tuple),
    output=st.none() | PATHS,
    device=st.none() | st.sampled_from(["cpu", "cuda:0,cuda:1"]),
    precision=st.none() | st.sampled_from(["int8", "fp32"]),
    recursive=st.none() | st.booleans(),
    overwrite=st.booleans(),
    force=st.booleans(),
    allow_partial=st.booleans(),
    rest=st.lists(st.sampled_from([("--pad", "0.5"), ("--exclude", "-*"), ("--verbose",)]), unique=True).map(
        lambda pairs: tuple(word for pair in pairs for word in pair)
    ),
)


@settings(deadline=None)
@given(ANSWERS)
def test_arguments_say_what_was_answered(answers: Answers) -> None:
    command, *rest = arguments(answers)
    assert command == "transcribe"
    assert answered(transcribe, rest) == answers


@settings(deadline=None)
@given(ANSWERS)
def test_the_command_takes_the_arguments_for_what_was_answered(answers: Answers) -> None:
    flags = transcribe.make_context("transcribe", arguments(answers)[1:]).params
    assert flags["inputs"] == answers.inputs
    assert flags["model"] == (answers.model or "v3_e2e_rnnt")
    assert tuple(name for names in flags["formats"] for name in names) == answers.formats
    assert flags["output"] is None if answers.output is None else str(flags["output"]) == answers.output
    assert flags["recursive"] is (answers.recursive is not False)
    assert (flags["overwrite"], flags["force"]) == (answers.overwrite, answers.force)


@settings(deadline=None)
@given(ANSWERS)
def test_a_watch_takes_what_was_answered(answers: Answers) -> None:
    given = Answers(**{name: getattr(answers, name) for name in Answers.__slots__} | {"watch": True})
    command, *rest = arguments(given)
    assert command == "watch"
    assert watch.make_context("watch", rest).params["overwrite"] is answers.overwrite


def test_every_way_to_name_an_input_counts_and_paths_become_absolute() -> None:
    given = ["a.mp3", "-f", "b", "-d", "c", "-o", "texts", "-m", "models/mine", "-F", "srt,txt", "-F", "srt"]
    answers = answered(transcribe, given)
    here = Path.cwd()
    assert answers.inputs == (f"{here}/a.mp3", f"{here}/b", f"{here}/c")
    assert (answers.output, answers.model) == (f"{here}/texts", f"{here}/models/mine")
    assert answers.formats == ("srt", "txt")


def test_options_that_the_menu_does_not_ask_for_are_kept_as_they_were_given() -> None:
    given = [
        "-i",
        "talk.mp3",
        "--until",
        "06:30",
        "-vv",
        "--include",
        "a*",
        "--include",
        "b*",
        "--lang",
        "ru",
    ]
    kept = ["--until", "06:30", "--verbose", "--verbose", "--include", "a*", "--include", "b*"]
    assert list(answered(transcribe, given).rest) == kept


def test_nothing_is_answered_where_nothing_is_given() -> None:
    assert answered(transcribe, ["-i"]) == Answers()


def test_inputs_that_look_like_options_stand_behind_two_dashes() -> None:
    assert arguments(Answers(inputs=("-talk.mp3",))) == ["transcribe", "--", "-talk.mp3"]


def test_a_profile_keeps_everything_that_is_not_for_one_run() -> None:
    answers = Answers(
        inputs=("/a",),
        model="demo",
        formats=("txt", "srt"),
        recursive=False,
        allow_partial=True,
        force=True,
        output="/o",
    )
    assert menu_answers.settings(answers) == {
        "model": "demo",
        "output": "/o",
        "format": "txt,srt",
        "recursive": False,
        "allow-partial": True,
    }
    assert menu_answers.settings(Answers(inputs=("/a",))) == {}


def test_every_answer_is_an_option_of_the_command() -> None:
    flags = {
        flag[2:] for option in transcribe.params if isinstance(option, click.Option) for flag in option.opts
    }
    every = Answers(("/a",), False, "m", ("txt",), "/o", "cpu", "int8", True, True, True, True)
    assert set(menu_answers.settings(every)) <= flags
