"""What outputs are called: a name for each, whatever the inputs and whatever was published before."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gigaam_cli.pipeline.names import Recording, assign_names, output_folder, portable

TXT = {"txt": ".txt"}
ALL = {"txt": ".txt", "timecodes": "_timecodes.txt", "srt": ".srt", "json": ".json"}
HERE = Path("/in")


@dataclass
class Shelf:
    """A folder that remembers, as the store does, who published what."""

    owners: dict[Path, Path] = field(default_factory=dict)

    def assign(
        self, recordings: Sequence[Recording], suffixes: dict[str, str] = ALL
    ) -> dict[Path, dict[str, Path]]:
        return assign_names(recordings, suffixes, self._published, self._taken)

    def publish(self, outputs: dict[Path, dict[str, Path]]) -> None:
        for path, named in outputs.items():
            self.owners.update(dict.fromkeys(named.values(), path))

    def _published(self, recording: Path) -> frozenset[Path]:
        return frozenset(output for output, owner in self.owners.items() if owner == recording)

    def _taken(self, output: str, recording: Path) -> bool:
        return self.owners.get(Path(output), recording) != recording


def beside(*names: str, folder: Path = HERE) -> list[Recording]:
    """Recordings whose outputs go beside them."""
    return [Recording(folder / name, folder) for name in names]


def texts(*names: str, shelf: Shelf | None = None) -> list[str]:
    """The names of the txt outputs of ``names``, in their order."""
    recordings = beside(*names)
    outputs = (shelf or Shelf()).assign(recordings)
    return [outputs[item.path]["txt"].name for item in recordings]


def everything(outputs: dict[Path, dict[str, Path]]) -> list[Path]:
    return [output for named in outputs.values() for output in named.values()]


# --- by example ---------------------------------------------------------------------------------------------


def test_a_recording_alone_loses_its_extension() -> None:
    outputs = Shelf().assign(beside("talk.mp3"))[HERE / "talk.mp3"]
    assert [path.name for path in outputs.values()] == [
        "talk.txt",
        "talk_timecodes.txt",
        "talk.srt",
        "talk.json",
    ]


def test_two_that_share_a_name_both_keep_their_extensions() -> None:
    assert texts("talk.mp3", "talk.wav", "other.mp3") == ["talk.mp3.txt", "talk.wav.txt", "other.txt"]


def test_all_formats_of_a_recording_go_together() -> None:
    outputs = Shelf().assign(beside("talk.mp3", "talk_timecodes.mp3"))
    named = {path.name for path in everything(outputs)}
    assert {"talk.mp3.txt", "talk.mp3_timecodes.txt", "talk.mp3.srt"} <= named
    assert {"talk_timecodes.mp3.txt", "talk_timecodes.mp3_timecodes.txt"} <= named
    assert "talk.srt" not in named


def test_a_long_name_that_another_recording_wants_is_had_by_neither() -> None:
    names = texts("talk.mp3", "talk.wav", "talk.mp3.mp3")
    assert len(set(names)) == 3
    assert names[1] == "talk.wav.txt"


def test_names_that_differ_in_case_alone_are_kept_apart() -> None:
    """On many disks talk.txt and Talk.txt are one file."""
    assert texts("talk.mp3", "Talk.wav") == ["talk.mp3.txt", "Talk.wav.txt"]
    assert texts("ёлка.mp3", "е\u0308лка.wav") == ["ёлка.mp3.txt", "е\u0308лка.wav.txt"]


def test_an_input_that_is_named_like_an_output_is_not_written_over() -> None:
    assert texts("talk.mp3", "talk.txt") == ["talk.mp3.txt", "talk.txt.txt"]
    assert texts("talk.txt") == ["talk.txt.txt"]
    assert texts("talk.mp3", "TALK.TXT") == ["talk.mp3.txt", "TALK.TXT.txt"]


def test_two_trees_that_meet_in_one_folder() -> None:
    output = Path("/out")
    paths = [(Path("/a/x/talk.mp3"), Path("/a")), (Path("/b/x/talk.mp3"), Path("/b"))]
    recordings = [Recording(path, output_folder(path, root, output)) for path, root in paths]
    first, second = (named["txt"] for named in Shelf().assign(recordings).values())
    assert first.parent == second.parent == output / "x"
    assert first != second
    assert all(re.fullmatch(r"talk\.mp3-[0-9a-f]{8}\.txt", path.name) for path in (first, second))


@pytest.mark.parametrize("times", [2, 3, 4, 9])
def test_files_that_had_one_path_in_turn_have_texts_of_their_own(times: int) -> None:
    """Each is known under another path since: it was moved away."""
    shelf, seen = Shelf(), set[Path]()
    for number in range(times):
        (outputs,) = shelf.assign([Recording(HERE / "talk.mp3", HERE, f"version {number}")]).values()
        assert seen.isdisjoint(outputs.values())
        seen.update(outputs.values())
        shelf.publish({Path(f"/away/{number}.mp3"): outputs})


def test_outputs_go_beside_their_recording_where_no_folder_is_named() -> None:
    assert output_folder(Path("/a/x/talk.mp3"), Path("/a"), None) == Path("/a/x")


@pytest.mark.parametrize("stem", ["д" * 125, "\U0001f3a4" * 62, "x" * 251, "\udcff" * 250])
def test_a_name_too_long_is_cut_and_ends_in_hex_digits(stem: str) -> None:
    outputs = everything(Shelf().assign(beside(f"{stem}.mp3")))
    for output in outputs:
        assert len(os.fsencode(output.name)) <= 255
    assert re.search(r"-[0-9a-f]{8}\.txt$", outputs[0].name)


def test_two_long_names_that_differ_at_their_end_stay_apart() -> None:
    outputs = everything(Shelf().assign(beside(f"{'x' * 245}1.mp3", f"{'x' * 245}2.mp3")))
    assert len(set(outputs)) == len(outputs)


def test_a_name_that_is_no_utf8_is_kept_byte_for_byte() -> None:
    (name,) = texts(os.fsdecode(b"\xff\xfe.mp3"))
    assert os.fsencode(name) == b"\xff\xfe.txt"


# --- what was published before ------------------------------------------------------------------------------


def test_a_newcomer_beside_a_published_output_takes_the_long_name() -> None:
    shelf = Shelf()
    shelf.publish(shelf.assign(beside("talk.mp3")))
    assert texts("talk.mp3", "talk.wav", shelf=shelf) == ["talk.txt", "talk.wav.txt"]
    assert texts("talk.wav", shelf=shelf) == ["talk.wav.txt"]


def test_a_long_name_stays_when_the_other_recording_is_gone() -> None:
    shelf = Shelf()
    shelf.publish(shelf.assign(beside("talk.mp3", "talk.wav"), TXT))
    assert texts("talk.mp3", shelf=shelf) == ["talk.mp3.txt"]
    named = shelf.assign(beside("talk.mp3"))[HERE / "talk.mp3"]
    assert named["srt"].name == "talk.mp3.srt", "a new format is named like the one that is there"


def test_two_that_published_different_formats_under_one_name_keep_both() -> None:
    shelf = Shelf()
    shelf.publish(shelf.assign(beside("talk.mp3"), {"txt": ".txt"}))
    shelf.publish(shelf.assign(beside("talk.wav"), {"srt": ".srt"}))
    outputs = shelf.assign(beside("talk.mp3", "talk.wav"), {"txt": ".txt", "srt": ".srt"})
    assert outputs[HERE / "talk.mp3"] == {"txt": HERE / "talk.txt", "srt": HERE / "talk.mp3.srt"}
    assert outputs[HERE / "talk.wav"] == {"txt": HERE / "talk.wav.txt", "srt": HERE / "talk.srt"}


def test_every_format_keeps_its_own_published_name() -> None:
    shelf = Shelf()
    shelf.publish(shelf.assign(beside("talk.mp3"), {"txt": ".txt"}))
    shelf.publish(shelf.assign(beside("talk.mp3", "talk.wav"), {"srt": ".srt"}))
    before = {output.name for output, owner in shelf.owners.items() if owner.name == "talk.mp3"}
    after = shelf.assign(beside("talk.mp3"), {"txt": ".txt", "srt": ".srt"})
    assert {output.name for output in everything(after)} == before


def test_a_newcomer_differs_by_more_than_case_from_what_is_published() -> None:
    shelf = Shelf()
    shelf.publish(shelf.assign(beside("talk.mp3"), {"txt": ".txt"}))
    shelf.publish(shelf.assign(beside("talk.wav"), {"srt": ".srt"}))
    names = texts("talk.mp3", "talk.wav", "TALK.ogg", shelf=shelf)
    assert names == ["talk.txt", "talk.wav.txt", "TALK.ogg.txt"]


# --- for any names ------------------------------------------------------------------------------------------

# Few letters and extensions, so that clashes are the rule.
STEMS = st.one_of(
    st.text("aAа.", min_size=1, max_size=3).filter(lambda text: set(text) != {"."}),
    st.sampled_from(["a_timecodes", "a.txt", "a.mp3", "x" * 240, "x" * 241, "д" * 120 + "a", "\udcff"]),
)
NAMES = st.builds("{}{}".format, STEMS, st.sampled_from([".mp3", ".MP3", ".wav", ".txt", ".srt", ""]))
FOLDERS = st.sampled_from([Path("/out"), Path("/out/x")])
RECORDINGS = st.lists(
    st.builds(
        lambda root, name, folder: Recording(Path(root) / name, folder), st.sampled_from("ab"), NAMES, FOLDERS
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda item: item.path,
)
FORMATS = st.sets(st.sampled_from(sorted(ALL)), min_size=1).map(
    lambda some: {name: ALL[name] for name in some}
)


@given(RECORDINGS)
def test_no_two_outputs_share_a_name(recordings: list[Recording]) -> None:
    outputs = everything(Shelf().assign(recordings))
    assert len(set(outputs)) == len(outputs) == len(recordings) * len(ALL)
    assert all(len(os.fsencode(output.name)) <= 255 for output in outputs)


@given(st.lists(NAMES, min_size=1, max_size=6, unique=True))
def test_no_output_is_named_like_an_input(names: list[str]) -> None:
    inputs = beside(*names)
    assert not {item.path for item in inputs} & set(everything(Shelf().assign(inputs)))


@given(RECORDINGS, st.randoms(use_true_random=False))
def test_the_order_of_the_inputs_changes_nothing(recordings: list[Recording], random: object) -> None:
    shuffled = list(recordings)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert Shelf().assign(shuffled) == Shelf().assign(recordings)


@given(st.lists(st.tuples(RECORDINGS, FORMATS), min_size=1, max_size=4))
def test_what_is_published_keeps_its_name_in_every_later_run(
    runs: Iterable[tuple[list[Recording], dict[str, str]]],
) -> None:
    shelf = Shelf()
    first: dict[tuple[Recording, str], Path] = {}
    for recordings, suffixes in runs:
        outputs = shelf.assign(recordings, suffixes)
        assert len(set(everything(outputs))) == len(everything(outputs))
        for item in recordings:
            for name, output in outputs[item.path].items():
                assert shelf.owners.get(output, item.path) == item.path, "somebody else's"
                assert first.setdefault((item, name), output) == output, "renamed"
        shelf.publish(outputs)


# --- disks and systems that know fewer names ----------------------------------------------------------------


def test_on_a_disk_that_folds_case_long_names_differ_by_more_than_that() -> None:
    paths = [Path("/a/talk.mp3"), Path("/b/TALK.MP3")]
    recordings = [Recording(path, Path("/out")) for path in paths]
    shelf = Shelf()
    for folding in (False, True):
        named = assign_names(recordings, TXT, lambda _path: (), lambda *_: False, folding)
        names = [named[path]["txt"].name for path in paths]
        if folding:
            assert all(re.fullmatch(r"(?i)talk\.mp3-[0-9a-f]{8}\.txt", name) for name in names)
            assert len({name.casefold() for name in names}) == 2
        else:
            assert names == ["talk.mp3.txt", "TALK.MP3.txt"]
    assert shelf.assign(recordings, TXT), "the default tells them apart"


@given(RECORDINGS)
def test_there_no_two_outputs_differ_by_case_alone(recordings: list[Recording]) -> None:
    outputs = everything(assign_names(recordings, ALL, lambda _path: (), lambda *_: False, folding=True))
    assert len({str(path).casefold() for path in outputs}) == len(outputs)


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("talk", "talk"),
        ("talk.wav:part", "talk.wav_part"),
        ('a<b>c"d|e?f*g', "a_b_c_d_e_f_g"),
        ("tab\there", "tab_here"),
        ("con", "_con"),
        ("AUX.mp3", "_AUX.mp3"),
        ("com1 .x", "_com1 .x"),
        ("com10", "com10"),
        ("console", "console"),
        ("Звонок №1", "Звонок №1"),
    ],
)
def test_a_name_that_windows_takes(stem: str, name: str) -> None:
    assert portable(stem, windows=True) == name
    assert portable(stem, windows=False) == stem
