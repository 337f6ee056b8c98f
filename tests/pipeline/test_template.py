"""Outputs are called as the user wants, and stay below the folder that is theirs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gigaam_cli.pipeline.names import output_folder
from gigaam_cli.pipeline.template import Template, TemplateError
from tests.pipeline.rig import Rig

TALK = Path("/in/monday/first/talk.mp3")
ROOT = Path("/in")


@pytest.mark.parametrize(
    ("text", "placed"),
    [
        ("{name}", "talk"),
        ("{folder}/{name}", "monday/first/talk"),
        ("{parent}/{name}.{ext}", "first/talk.mp3"),
        ("texts/{ext}/{name}_{parent}", "texts/mp3/talk_first"),
        ("{{}}-{folder}//{name}", "{}-monday/first/talk"),
    ],
)
def test_each_field_is_what_it_says(text: str, placed: str) -> None:
    template = Template(text)
    assert template.folder(TALK, ROOT) / template.stem(TALK) == Path(placed)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "{name}/",
        "{name}/x",
        "{folder}",
        "{folder}-{name}",
        "{model}/{name}",
        "{name!r}",
        "{name:>200}",
        "{name.x}",
        "{0}{name}",
        "{}{name}",
        "{name",
        "../{name}",
        "a/../../{name}",
        "/{name}",
        "C:\\{name}",
        "a\\..\\..\\{name}",
        "\\\\host\\share\\{name}",
        "{name}\0",
    ],
)
def test_what_leads_elsewhere_or_names_nobody_is_refused(text: str) -> None:
    with pytest.raises(TemplateError):
        Template(text)


NAMES = st.text("ab.._ {}\\", min_size=1, max_size=6).filter(lambda name: name not in (".", ".."))


@given(st.lists(NAMES, min_size=1, max_size=4), st.sampled_from(["{folder}/", "{name}/", "{parent}/x/", ""]))
def test_no_recording_leads_out_of_the_folder(names: list[str], start: str) -> None:
    path = ROOT.joinpath(*names)
    folder = output_folder(path, ROOT, Path("/out"), Template(start + "{name}"))
    assert os.path.normpath(folder) == str(folder)
    assert folder.is_relative_to("/out")


def test_a_run_writes_there_and_finds_its_texts_again(rig: Rig) -> None:
    recording = rig.record("talk.wav", 2)
    template = Template("texts/{name}-{ext}")
    (done,) = rig.run(template=template).report.results
    assert done.outputs[0] == recording.parent / "texts" / "talk-wav.txt"
    assert [result.reason for result in rig.run(template=template).report.results] == ["done"]
    (moved,) = rig.run().report.results
    assert (moved.status, moved.outputs[0]) == ("done", recording.with_suffix(".txt"))


def test_where_two_recordings_would_share_a_name_both_keep_their_extensions(rig: Rig) -> None:
    for name in ("one/talk.wav", "two/talk.wav"):
        (rig.folder / name).parent.mkdir()
        rig.record(name, 1)
    rig.record("alone.wav", 1)
    results = rig.run(template=Template("{name}"), output=rig.folder / "out").report.results
    names = sorted(result.outputs[0].name for result in results)
    assert names[0] == "alone.txt"
    assert [name[:9] for name in names[1:]] == ["talk.wav-"] * 2
