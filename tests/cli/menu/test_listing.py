"""What the browser shows of a folder."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from gigaam_cli.cli.menu.listing import Entry, Listing, entries_of

ENTRIES = tuple(Entry(Path("/top") / name, name.isupper()) for name in ("A", "B", "talk.mp3", "tune.wav"))
STEPS = st.one_of(
    st.integers(-9, 9).map(lambda rows: lambda listing: listing.moved(rows)),
    st.text("atux", max_size=2).map(lambda typed: lambda listing: listing.filtered(typed)),
    st.just(Listing.toggled),
)


@settings(deadline=None)
@given(st.lists(STEPS))
def test_the_pointer_is_always_at_a_row(steps: list) -> None:  # type: ignore[type-arg]
    listing = Listing(Path("/top"), ENTRIES)
    for step in steps:
        listing = step(listing)
        assert 0 <= listing.pointed <= len(listing.shown)
        assert (listing.entry is None) == (listing.pointed == 0)
        assert listing.taken == (tuple(sorted(listing.marked)) or (Path("/top"),))


def test_folders_come_first_and_only_recordings_follow(tmp_path: Path) -> None:
    for name in ("b.MP3", "a.wav", "notes.txt", ".hidden.mp3"):
        (tmp_path / name).touch()
    for name in ("z", ".git", "d.mp3"):
        (tmp_path / name).mkdir()
    (tmp_path / "gone.mp3").symlink_to("nowhere")
    assert [(entry.path.name, entry.is_folder) for entry in entries_of(tmp_path)] == [
        ("d.mp3", True),
        ("z", True),
        ("a.wav", False),
        ("b.MP3", False),
        ("gone.mp3", False),
    ]


def test_a_filter_points_at_what_it_finds() -> None:
    listing = Listing(Path("/top"), ENTRIES).filtered("tU")
    assert listing.entry == ENTRIES[3]
    assert listing.filtered("nothing").entry is None


def test_a_space_is_typed_where_the_name_goes_on_with_one_and_marks_elsewhere() -> None:
    entries = (Entry(Path("/top/my talk.mp3"), False), Entry(Path("/top/tune.wav"), False))
    listing = Listing(Path("/top"), entries)
    assert not listing.goes_on_with_a_space
    assert listing.filtered("My").goes_on_with_a_space
    assert not listing.filtered("my ").goes_on_with_a_space
    assert not listing.filtered("tune").goes_on_with_a_space
    assert listing.filtered("/srv/my").goes_on_with_a_space


def test_what_is_in_no_name_finds_nothing() -> None:
    listing = Listing(Path("/top"), ENTRIES)
    assert listing.filtered("nothing").finds_nothing
    assert not listing.filtered("tu").finds_nothing
    assert not listing.finds_nothing


def test_marks_stay_from_folder_to_folder(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.mp3").touch()
    listing = Listing(tmp_path).opened(tmp_path / "deep").moved(1).toggled().opened(tmp_path)
    assert listing.taken == (tmp_path / "deep" / "a.mp3",)
    assert listing.entry == Entry(tmp_path / "deep", is_folder=True)
    assert listing.toggled().moved(-1).opened(tmp_path / "deep").moved(1).toggled().taken == (
        tmp_path / "deep",
    )


def test_a_folder_that_is_gone_says_so(tmp_path: Path) -> None:
    listing = Listing(tmp_path).opened(tmp_path / "gone")
    assert listing.problem == "No such file or directory"
    assert listing.taken == (tmp_path / "gone",)
