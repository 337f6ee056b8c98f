"""What was measured of models stays known, whatever becomes of the file."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gigaam_cli.store.speeds import FILE_NAME, read_speeds, write_speed


def test_speeds_are_kept_by_model_and_device(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    write_speed(folder, "demo", "cpu", 200.123)
    write_speed(folder, "v3_ctc", "cpu", 30.0)
    write_speed(folder, "demo", "cuda:0", 900.0)
    write_speed(folder, "demo", "cpu", 210.0)
    assert {key: speed.rtfx for key, speed in read_speeds(folder).items()} == {
        ("demo", "cpu"): 210.0,
        ("v3_ctc", "cpu"): 30.0,
        ("demo", "cuda:0"): 900.0,
    }
    assert [file.name for file in folder.iterdir()] == [FILE_NAME]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"speeds": [{"model": 1}]}', b"\xff", b'{"speeds": 3}']
)
def test_a_file_that_cannot_be_read_tells_nothing_and_is_replaced(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    assert read_speeds(tmp_path) == {}
    write_speed(tmp_path, "demo", "cpu", 2.0)
    assert len(read_speeds(tmp_path)) == 1


def test_a_folder_that_cannot_be_written_to_is_an_error_of_the_system(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError):  # noqa: PT011 - which one is the system's affair
        write_speed(tmp_path / "file", "demo", "cpu", 2.0)


@given(st.binary())
def test_no_bytes_are_too_odd(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.mktemp("odd")
    (folder / FILE_NAME).write_bytes(content)
    assert isinstance(read_speeds(folder), dict)
