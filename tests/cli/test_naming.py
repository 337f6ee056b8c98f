"""What recordings are called in lines about them."""

from __future__ import annotations

from pathlib import Path

from gigaam_cli.cli.naming import Below


def test_below_one_folder_its_name_is_left_out() -> None:
    assert Below(["/calls"])(Path("/calls/a/talk.wav")) == str(Path("a/talk.wav"))


def test_below_one_of_several_inputs_it_comes_first() -> None:
    naming = Below(["/srv/calls", Path("/srv/talks"), "/srv/one.wav"])
    assert naming(Path("/srv/calls/a.wav")) == str(Path("calls/a.wav"))
    assert naming(Path("/srv/talks/deep/a.wav")) == str(Path("talks/deep/a.wav"))
    assert naming(Path("/srv/one.wav")) == "one.wav"


def test_files_that_were_named_have_their_names_unless_two_are_alike() -> None:
    naming = Below(["/a/talk.wav", "/b/talk.wav", "/b/other.wav"])
    assert naming(Path("/a/talk.wav")) == str(Path("/a/talk.wav"))
    assert naming(Path("/b/other.wav")) == "other.wav"


def test_what_is_below_no_input_has_its_name() -> None:
    assert Below([])(Path("/a/talk.wav")) == "talk.wav"
