"""Which files are shorter than their container says, where FFmpeg does not tell."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from gigaam_cli.media.ending import missing_share
from tests.conftest import MakeMedia

# Name, FFmpeg's word for the container, options of the encoder.
PROMISING = [
    ("talk.wav", "wav", ()),
    ("stereo.wav", "wav", ("-ac", "2", "-c:a", "pcm_s24le")),
    ("talk.caf", "caf", ("-c:a", "pcm_s16be")),
    ("talk.wma", "asf", ()),
    ("talk.avi", "avi", ("-c:a", "pcm_s16le")),
    ("talk.ogg", "ogg", ("-c:a", "libvorbis")),
    ("talk.opus", "ogg", ()),
]


def cut_off(path: Path, share: float) -> Path:
    content = path.read_bytes()
    path.write_bytes(content[: round(len(content) * share)])
    return path


@pytest.mark.parametrize(("name", "container", "options"), PROMISING, ids=[item[0] for item in PROMISING])
def test_whole_files_miss_nothing(
    name: str, container: str, options: tuple[str, ...], make_media: MakeMedia
) -> None:
    assert missing_share(make_media(name, *options), container) == 0


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
@pytest.mark.parametrize(("name", "container", "options"), PROMISING, ids=[item[0] for item in PROMISING])
def test_cut_off_files_do(
    name: str, container: str, options: tuple[str, ...], share: float, make_media: MakeMedia
) -> None:
    missing = missing_share(cut_off(make_media(name, *options), share), container)
    if container == "ogg":
        assert missing > 0, "only the last page is known to be incomplete"
    else:
        assert missing == pytest.approx(1 - share, abs=0.05)


@pytest.mark.parametrize("name", ["talk.wav", "talk.caf"])
def test_a_few_bytes_are_no_loss(name: str, make_media: MakeMedia) -> None:
    path = make_media(name, "-c:a", "pcm_s16be" if name.endswith("caf") else "pcm_s16le")
    path.write_bytes(path.read_bytes()[:-1000])
    assert missing_share(path, path.suffix[1:]) == 0


def test_what_follows_the_last_page_of_an_ogg_file_does_not_matter(make_media: MakeMedia) -> None:
    path = make_media("talk.ogg")
    path.write_bytes(path.read_bytes() + b"TAG" + bytes(125))
    assert missing_share(path, "ogg") == 0


@pytest.mark.parametrize("length", [3, 5, 20, 26])
def test_half_a_page_head_is_a_loss(length: int, make_media: MakeMedia) -> None:
    path = make_media("talk.opus")
    content = path.read_bytes()
    path.write_bytes(content + content[:length])
    assert (missing_share(path, "ogg") > 0) is (length >= len(b"OggS"))


@pytest.mark.parametrize(("promised", "missing"), [(200_000, 0.5), (100_000, 0.0), (0xFFFFFFFF, 0.0)])
def test_large_wav_files_keep_their_size_elsewhere(promised: int, missing: float, tmp_path: Path) -> None:
    path = tmp_path / "large.wav"
    head = b"RF64" + b"\xff" * 4 + b"WAVEds64" + struct.pack("<IQQQI", 28, promised + 72, promised, 0, 0)
    head += b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, 16_000, 32_000, 2, 16) + b"data" + b"\xff" * 4
    path.write_bytes(head + bytes(100_000))
    assert missing_share(path, "wav") == pytest.approx(missing, abs=0.01) or promised == 0xFFFFFFFF


@pytest.mark.parametrize("container", ["wav", "avi", "caf", "asf", "ogg", "mp3", "matroska,webm"])
@pytest.mark.parametrize(
    "content", [b"", b"RIFF", bytes(100_000), b"\xff" * 100_000], ids=["0", "4", "00", "ff"]
)
def test_any_bytes_are_read_without_trouble(container: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    assert 0 <= missing_share(path, container) < 1


def test_a_file_that_is_gone_is_for_others_to_complain_about(tmp_path: Path) -> None:
    assert missing_share(tmp_path / "nothing", "wav") == 0
