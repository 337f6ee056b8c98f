"""FFmpeg as a process: it may hang, die or talk without end, and never outlives its reader."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np
import pytest

from gigaam_cli.core.errors import (
    DamagedMediaError,
    DecoderKilledError,
    DecoderStalledError,
    FfmpegMissingError,
    MediaError,
    NotMediaError,
)
from gigaam_cli.core.values import AudioStream, MediaInfo
from gigaam_cli.media import ffmpeg
from gigaam_cli.media.decode import DecodeOptions, Decoder
from gigaam_cli.media.probe import probe
from gigaam_cli.media.process import _apart, kill_all
from tests.conftest import MakeMedia
from tests.media.conftest import FakeFfmpeg, children

INFO = MediaInfo("wav", None, (AudioStream(0, "pcm_s16le", 16_000, "mono"),))
ONE_SECOND = "head -c 64000 /dev/zero"
IMPATIENT = DecodeOptions(stall_timeout=0.4)
SOON = 5.0


def run(
    path: Path, options: DecodeOptions = IMPATIENT, info: MediaInfo = INFO
) -> tuple[float, MediaError | None]:
    """Decode ``path`` with whatever is in FFmpeg's place; return the seconds of audio and what was wrong."""
    began = time.monotonic()
    with Decoder(path, 0, info, options) as decoder:
        for _ in decoder:
            pass
    assert time.monotonic() - began < SOON
    return decoder.seconds, decoder.error


def test_a_decoder_that_hangs_is_killed_and_what_it_gave_is_kept(
    fake_ffmpeg: FakeFfmpeg, base_wav: Path
) -> None:
    fake_ffmpeg(f"{ONE_SECOND}\nexec sleep 60")
    seconds, error = run(base_wav)
    assert isinstance(error, DecoderStalledError)
    assert seconds == 1.0


def test_what_a_wrapper_script_has_started_is_killed_with_it(fake_ffmpeg: FakeFfmpeg, base_wav: Path) -> None:
    """The script's child holds the pipe open: with the script alone dead, the reading would go on."""
    fake_ffmpeg(f"{ONE_SECOND}\nsleep 60\nexit 0")
    assert isinstance(run(base_wav)[1], DecoderStalledError)


def test_a_decoder_that_hangs_after_its_last_sample_is_killed(
    fake_ffmpeg: FakeFfmpeg, base_wav: Path
) -> None:
    fake_ffmpeg(f"{ONE_SECOND}\nexec sleep 60 >&-")
    seconds, error = run(base_wav)
    assert isinstance(error, DecoderStalledError)
    assert seconds == 1.0


def test_a_slow_decoder_is_left_alone(fake_ffmpeg: FakeFfmpeg, base_wav: Path) -> None:
    """Each piece is far less than a block, and all of them take longer than the time-out."""
    piece = "head -c 6400 /dev/zero; sleep 0.1"
    fake_ffmpeg(f"for i in 1 2 3 4 5 6 7 8; do {piece}; done")
    seconds, error = run(base_wav)
    assert error is None
    assert seconds == pytest.approx(0.8)


def test_a_slow_reader_does_not_count_as_a_stall(fake_ffmpeg: FakeFfmpeg, base_wav: Path) -> None:
    fake_ffmpeg("head -c 512000 /dev/zero")
    with Decoder(base_wav, 0, INFO, DecodeOptions(stall_timeout=0.1)) as decoder:
        for _ in decoder:
            time.sleep(0.15)
    assert decoder.error is None
    assert decoder.seconds == 8.0


def test_a_decoder_that_is_killed_says_by_which_signal(fake_ffmpeg: FakeFfmpeg, base_wav: Path) -> None:
    fake_ffmpeg(f"{ONE_SECOND}\nkill -9 $$")
    seconds, error = run(base_wav)
    assert isinstance(error, DecoderKilledError)
    assert error.values == {"signal": 9}
    assert seconds == 1.0


def test_a_decoder_that_was_asked_to_end_was_killed_too(fake_ffmpeg: FakeFfmpeg, base_wav: Path) -> None:
    """FFmpeg takes SIGTERM for a wish, ends with a code of its own and says nothing of an error."""
    fake_ffmpeg(f"{ONE_SECOND}\nexit 255")
    _, error = run(base_wav)
    assert isinstance(error, DecoderKilledError)
    assert error.values == {"signal": 15}
    fake_ffmpeg(f"{ONE_SECOND}\necho '[x @ 0x1] [error] no such thing' >&2; exit 255")
    _, error = run(base_wav)
    assert isinstance(error, DamagedMediaError)


@pytest.mark.parametrize("kilobytes", [0, 1, 128, 200])
def test_a_decoder_that_is_killed_once_goes_on_where_it_was(
    kilobytes: int, fake_ffmpeg: FakeFfmpeg, base_wav: Path, tmp_path: Path
) -> None:
    """Whole blocks come before the kill, or parts of one."""
    sound = np.random.default_rng(26).standard_normal(100_000).astype("<f4")
    (tmp_path / "sound").write_bytes(sound.tobytes())
    killed = f"touch '{tmp_path}/once'; head -c {kilobytes}k '{tmp_path}/sound'; kill -9 $$"
    fake_ffmpeg(f"[ -e '{tmp_path}/once' ] || {{ {killed}; }}; cat '{tmp_path}/sound'")
    with Decoder(base_wav, 0, INFO, IMPATIENT) as decoder:
        blocks = list(decoder)
    assert decoder.error is None
    np.testing.assert_array_equal(np.concatenate(blocks), sound)
    assert {len(block) for block in blocks[:-1]} == {32_000}


def test_a_decoder_that_is_killed_by_us_is_not_started_again(
    fake_ffmpeg: FakeFfmpeg, base_wav: Path, tmp_path: Path
) -> None:
    fake_ffmpeg(f"echo x >> '{tmp_path}/starts'; {ONE_SECOND}; sleep 60")
    with Decoder(base_wav, 0, INFO, DecodeOptions()) as decoder:
        threading.Timer(0.3, decoder.kill).start()
        list(decoder)
    assert isinstance(decoder.error, DecoderKilledError)
    assert (tmp_path / "starts").read_text() == "x\n"


def test_a_probe_that_is_killed_once_is_made_again(
    fake_ffmpeg: FakeFfmpeg, base_wav: Path, tmp_path: Path
) -> None:
    real = ffmpeg.binary()
    fake_ffmpeg(f"[ -e '{tmp_path}/once' ] || {{ touch '{tmp_path}/once'; kill -9 $$; }}; exec {real} \"$@\"")
    assert probe(base_wav).container == "wav"


@pytest.mark.parametrize(
    ("log", "detail"),
    [
        ("[error] the disk caught fire", "the disk caught fire"),
        (
            "[flac @ 0x55d0c0] [error] no\n[dec:flac @ 0x1] [fatal] that is too much\n[error] end",
            "that is too much",
        ),
        ("[warning] a trifle", "no reason given"),
        ("", "no reason given"),
    ],
)
def test_a_decoder_that_gives_up_says_why(
    log: str, detail: str, fake_ffmpeg: FakeFfmpeg, base_wav: Path
) -> None:
    fake_ffmpeg(f"cat >&2 <<'END'\n{log}\nEND\n{ONE_SECOND}\nexit 1")
    seconds, error = run(base_wav)
    assert isinstance(error, DamagedMediaError)
    assert error.values == {"detail": detail}
    assert seconds == 1.0


@pytest.mark.parametrize("ending", ["exit 1", "exit 0"])
def test_noise_that_only_its_name_calls_a_recording_is_none(
    ending: str, fake_ffmpeg: FakeFfmpeg, base_wav: Path
) -> None:
    fake_ffmpeg(f"{ONE_SECOND}\n{ending}")
    noise = MediaInfo("mp3", 100.0, INFO.streams, estimated=True, guessed=True)
    assert isinstance(run(base_wav, info=noise)[1], NotMediaError)


def test_a_flood_of_complaints_does_not_block(fake_ffmpeg: FakeFfmpeg, base_wav: Path) -> None:
    fake_ffmpeg(f"yes '[error] Header missing' | head -n 100000 >&2\n{ONE_SECOND}")
    assert run(base_wav) == (1.0, None)


def test_half_a_sample_at_the_end_is_dropped(fake_ffmpeg: FakeFfmpeg, base_wav: Path) -> None:
    fake_ffmpeg("head -c 64003 /dev/zero")
    assert run(base_wav) == (1.0, None)


@pytest.mark.parametrize("read", [0, 1])
def test_a_decoder_closed_early_leaves_nothing_behind(
    read: int, make_media: MakeMedia, base_wav: Path
) -> None:
    path = make_media("long.wav", "-af", "aloop=loop=20:size=92000")
    threads = threading.active_count()
    with Decoder(path, 0, probe(path), DecodeOptions()) as decoder:
        blocks = iter(decoder)
        for _ in range(read):
            next(blocks)
        assert len(children()) == 1
        began = time.monotonic()
    assert time.monotonic() - began < 1.0
    assert children() == []
    assert threading.active_count() == threads
    assert decoder.error is None


def test_a_decoder_that_hangs_is_closed_at_once(fake_ffmpeg: FakeFfmpeg, base_wav: Path) -> None:
    fake_ffmpeg("sleep 60")
    began = time.monotonic()
    with Decoder(base_wav, 0, INFO, DecodeOptions()):
        pass
    assert time.monotonic() - began < SOON


def test_an_error_of_the_reader_closes_the_decoder(base_wav: Path) -> None:
    with pytest.raises(ZeroDivisionError), Decoder(base_wav, 0, INFO, DecodeOptions()):
        raise ZeroDivisionError
    assert children() == []


def test_closing_twice_does_no_harm(base_wav: Path) -> None:
    with Decoder(base_wav, 0, INFO, DecodeOptions()) as decoder:
        decoder.close()
    assert children() == []


def test_all_decoders_are_killed_at_once(fake_ffmpeg: FakeFfmpeg, base_wav: Path) -> None:
    fake_ffmpeg(f"{ONE_SECOND}\nsleep 60")
    with (
        Decoder(base_wav, 0, INFO, DecodeOptions()) as one,
        Decoder(base_wav, 0, INFO, DecodeOptions()) as two,
    ):
        threading.Timer(0.3, kill_all).start()
        began = time.monotonic()
        for decoder in (one, two):
            for _ in decoder:
                pass
        assert time.monotonic() - began < SOON
    assert isinstance(one.error, DecoderKilledError)
    assert isinstance(two.error, DecoderKilledError)
    kill_all()


def test_many_decoders_leave_no_descriptors(base_wav: Path) -> None:
    def descriptors() -> int:
        folder = Path("/proc/self/fd")
        return len(list(folder.iterdir())) if folder.is_dir() else 0

    run(base_wav, DecodeOptions())
    before = descriptors()
    for _ in range(5):
        run(base_wav, DecodeOptions())
    assert descriptors() == before


def test_blocks_may_be_changed_by_their_reader(base_wav: Path) -> None:
    with Decoder(base_wav, 0, INFO, DecodeOptions()) as decoder:
        block = next(iter(decoder))
        block *= np.float32(0.5)


def test_a_probe_that_hangs_is_stopped_with_all_that_it_has_started(
    fake_ffmpeg: FakeFfmpeg, base_wav: Path, tmp_path: Path
) -> None:
    started = tmp_path / "started"
    fake_ffmpeg(f"sleep 60 & echo $! > '{started}'; wait")
    began = time.monotonic()
    with pytest.raises(DecoderStalledError):
        probe(base_wav, timeout=0.3)
    assert time.monotonic() - began < SOON
    child = int(started.read_text(encoding="utf-8"))
    while runs(child):
        assert time.monotonic() - began < SOON
        time.sleep(0.01)


def runs(process: int) -> bool:
    """Whether it is there and not just waiting for somebody to take note of its end."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def test_a_program_that_cannot_be_run_is_no_ffmpeg(fake_ffmpeg: FakeFfmpeg, base_wav: Path) -> None:
    fake_ffmpeg("").write_bytes(b"\x7fELF, but not really")
    with pytest.raises(FfmpegMissingError):
        probe(base_wav)


def test_a_probe_that_crashes_says_so(fake_ffmpeg: FakeFfmpeg, base_wav: Path) -> None:
    fake_ffmpeg("kill -SEGV $$")
    with pytest.raises(DecoderKilledError) as caught:
        probe(base_wav)
    assert caught.value.values == {"signal": 11}


def test_a_probe_without_an_answer(fake_ffmpeg: FakeFfmpeg, base_wav: Path) -> None:
    fake_ffmpeg("exit 1")
    with pytest.raises(NotMediaError, match="no answer"):
        probe(base_wav)


def test_words_of_a_probe_that_are_no_utf8_can_be_kept_and_shown(
    fake_ffmpeg: FakeFfmpeg, base_wav: Path
) -> None:
    """Such as the tags of a damaged file."""
    fake_ffmpeg(r"printf 'Error opening input: no \377\376 codec\n' >&2; exit 1")
    with pytest.raises(NotMediaError, match="codec") as caught:
        probe(base_wav)
    assert str(caught.value).encode("utf-8")


def test_ctrl_c_does_not_reach_it_on_any_system() -> None:
    assert _apart("linux") == _apart("darwin") == {"start_new_session": True}
    flags = _apart("win32")["creationflags"]
    assert flags & 0x00000200, "a process group of its own"
    assert flags & 0x08000000, "no window"
