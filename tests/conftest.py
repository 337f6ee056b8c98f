"""What all tests share: recordings, a way to make other containers of them, and a home of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import numpy as np
import pytest

from gigaam_cli.core.i18n import choose_language
from gigaam_cli.core.values import SAMPLE_RATE
from gigaam_cli.media import ffmpeg
from tests.isolation import ISOLATED, isolate

if TYPE_CHECKING:
    from gigaam_cli.core.values import Audio

DATA = Path(__file__).parent / "data"

# No deadline, for others may be at work here, too. What is tried by default is the same each time, so that a gate
# fails for what was changed; ``--hypothesis-profile search`` looks for more.
hypothesis.settings.register_profile("gigaam", deadline=None, derandomize=True)
hypothesis.settings.register_profile("search", deadline=None, max_examples=1000)
hypothesis.settings.load_profile("gigaam")


def pytest_configure(config: pytest.Config) -> None:
    """Let nothing of where the tests run reach the programs under test: network, nohup, size of the terminal."""
    config.stash[ISOLATED] = isolate()
    for size in ("COLUMNS", "LINES"):  # xdist says them of a terminal that its workers do not have
        os.environ.pop(size, None)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


MakeMedia = Callable[..., Path]


def encode(source: Path, target: Path, *options: str) -> Path:
    """Convert ``source`` into ``target``, whose extension chooses the container; return ``target``."""
    arguments = ["-y", "-v", "error", "-i", f"file:{source}", *options, f"file:{target}"]
    subprocess.run([ffmpeg.binary(), "-nostdin", *arguments], check=True, timeout=60)
    return target


def listen(path: Path) -> Audio:
    """Return a recording's samples, decoded without any of our own code."""
    raw = ("-f", "f32le", "-ac", "1", "-ar", str(SAMPLE_RATE), "pipe:1")
    command = [ffmpeg.binary(), "-nostdin", "-v", "error", "-i", f"file:{path}", *raw]
    return np.frombuffer(subprocess.run(command, check=True, capture_output=True).stdout, np.float32)


@dataclass(frozen=True)
class Phrase:
    """What is said in a recording, and when; ``end`` is that of the clip, about half a second behind the sound."""

    text: str
    start: float
    end: float


@dataclass(frozen=True)
class Joined:
    """A recording of phrases that are known, with its samples."""

    path: Path
    audio: Audio
    phrases: tuple[Phrase, ...]


@pytest.fixture(scope="session", autouse=True)
def _nobodys_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what runs before a test has its own home out of the user's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIGAAM_STATE_DIR", str(tmp_path_factory.mktemp("nobody")))
        yield


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give each test state, models and settings of its own, English messages and no settings from outside."""
    for name in [name for name in os.environ if name.startswith("GIGAAM_")]:
        monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("GIGAAM_STATE_DIR", str(home / "state"))
    monkeypatch.setenv("GIGAAM_MODELS_DIR", str(home / "models"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    choose_language("en")
    ffmpeg.binary.cache_clear()
    yield
    ffmpeg.binary.cache_clear()
    choose_language("en")


@pytest.fixture(scope="session")
def base_wav() -> Path:
    """A phrase of about six seconds by the demonstration model's voice: mono, 16 kHz, 16 bits."""
    return DATA / "base.wav"


@pytest.fixture(scope="session")
def base(base_wav: Path) -> Audio:
    """The samples of the base recording."""
    return listen(base_wav)


@pytest.fixture(scope="session")
def joined() -> Joined:
    """Seven phrases with pauses between them and soft noise under all, about 45 s."""
    truth = json.loads((DATA / "truth.json").read_text(encoding="utf-8"))
    phrases = [Phrase(item["text"], item["start"], item["end"]) for item in truth["utterances"]]
    path = DATA / truth["file"]
    return Joined(path, listen(path), tuple(phrases))


@pytest.fixture
def make_media(tmp_path: Path, base_wav: Path) -> MakeMedia:
    """Return a function that makes ``name`` in the test's folder from the base recording, or from ``source``."""

    def make(name: str, *options: str, source: Path = base_wav) -> Path:
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        return encode(source, target, *options)

    return make
