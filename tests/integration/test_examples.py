"""What the README and the examples promise, as a user would try it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.integration.driver import Finished, gigaam, run

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
RECORDINGS = sorted((EXAMPLES / "recordings").iterdir())


def reference(recording: Path) -> str:
    return (EXAMPLES / "references" / f"{recording.stem}.txt").read_text(encoding="utf-8").strip()


def test_there_are_examples_of_every_kind_and_they_are_small() -> None:
    assert {path.suffix for path in RECORDINGS} >= {".mp3", ".ogg", ".m4a", ".mp4", ".wav"}
    assert sum(path.stat().st_size for path in EXAMPLES.rglob("*") if path.is_file()) < 2_000_000


def test_every_example_gives_its_text(tmp_path: Path) -> None:
    finished = gigaam("transcribe", EXAMPLES / "recordings", "-o", tmp_path, "-F", "txt")
    assert finished.code == 0, finished.stderr
    for recording in RECORDINGS:
        text = (tmp_path / f"{recording.stem}.txt").read_text(encoding="utf-8")
        assert text.split() == reference(recording).split(), recording.name


@pytest.mark.parametrize("language", ["README.md", "README.ru.md"])
def test_the_readme_names_the_two_commands(language: str) -> None:
    commands = re.findall(r"^make (\w+)$", (ROOT / language).read_text(encoding="utf-8"), re.MULTILINE)
    assert commands == ["try", "test"]
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(commands) <= set(targets)


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")
@pytest.mark.parametrize("language", ["README.md", "README.ru.md"])
def test_after_the_examples_comes_a_recording_of_ones_own(language: str) -> None:
    own = ".venv/bin/gigaam transcribe -m demo "
    assert f"```sh\n{own}talk.mp3\n```" in (ROOT / language).read_text(encoding="utf-8")
    recipe = subprocess.run(["make", "-n", "try"], cwd=ROOT, check=True, capture_output=True, text=True)
    assert f"{own}FILE" in recipe.stdout


@pytest.mark.skipif(os.name == "nt", reason="shell scripts")
def test_the_pipeline_script_counts_words() -> None:
    finished = run(["sh", str(EXAMPLES / "pipeline.sh"), str(EXAMPLES / "recordings")])
    assert finished.code == 0, finished.stderr
    lines = [line.split("\t") for line in finished.stdout.splitlines()]
    expected = {path.name: len(reference(path).split()) for path in RECORDINGS}
    assert {name: int(number) for number, name in lines} == expected
    assert [int(number) for number, _ in lines] == sorted(expected.values(), reverse=True)


@pytest.mark.skipif(os.name == "nt", reason="shell scripts")
class TestCronScript:
    def test_it_transcribes_and_says_nothing(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SETTLE", "0")
        recordings = tmp_path / "recordings"
        recordings.mkdir()
        shutil.copy(RECORDINGS[0], recordings)
        finished = self.cron(recordings, tmp_path / "texts")
        assert (finished.code, finished.stdout, finished.stderr) == (0, "", "")
        assert (tmp_path / "texts" / f"{RECORDINGS[0].stem}.txt").is_file()

    def test_an_empty_folder_is_nothing_to_report(self, tmp_path: Path) -> None:
        (tmp_path / "recordings").mkdir()
        assert self.cron(tmp_path / "recordings", tmp_path / "texts").code == 0

    def test_a_broken_recording_is_reported(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SETTLE", "0")
        (tmp_path / "talk.mp3").write_bytes(b"")
        finished = self.cron(tmp_path, tmp_path / "texts")
        assert finished.code == 1
        assert "empty_file" in finished.stderr

    @staticmethod
    def cron(recordings: Path, texts: Path) -> Finished:
        return run(["sh", str(EXAMPLES / "cron.sh"), str(recordings), str(texts)])
