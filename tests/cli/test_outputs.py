"""Where texts go, what is done again and what is not, and what stdout carries."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from gigaam_cli.core.paths import demo_folder
from tests.cli.conftest import Call
from tests.cli.drivers import BASE, BASE_TEXT, Outcome, gigaam, shell


def texts(folder: Path) -> dict[str, str]:
    """Return the texts below a folder by their names."""
    return {
        file.relative_to(folder).as_posix(): file.read_text(encoding="utf-8")
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.suffix != ".wav"
    }


def summary(outcome: Outcome) -> tuple[int, int, int]:
    """Return how many files ``--json`` says were done, failed and skipped."""
    said = json.loads(outcome.out)
    return said["done"], said["failed"], said["skipped"]


def test_texts_lie_beside_their_recording(folder: Path, call: Call) -> None:
    assert call("transcribe", folder, "-m", "demo").code == 0
    assert texts(folder) == {
        "talk.txt": f"{BASE_TEXT}\n",
        "talk_timecodes.txt": f"[00:00:00 - 00:00:05] {BASE_TEXT}\n",
    }


def test_a_folder_for_texts_mirrors_the_inputs(folder: Path, tmp_path: Path, call: Call) -> None:
    (folder / "deep").mkdir()
    shutil.copy(BASE, folder / "deep" / "b.wav")
    output = tmp_path / "new" / "texts"
    assert call("transcribe", folder, "-m", "demo", "-F", "txt", "-F", "json,srt", "-o", output).code == 0
    names = ["deep/b.json", "deep/b.srt", "deep/b.txt", "talk.json", "talk.srt", "talk.txt"]
    assert sorted(texts(output)) == names
    assert texts(folder) == {}


def test_stdout_has_the_texts_in_order_and_nothing_else(call: Call) -> None:
    recordings = demo_folder() / "recordings"
    references = json.loads((recordings / "references.json").read_text(encoding="utf-8"))
    outcome = call(
        "transcribe", recordings / "person.ogg", BASE, recordings / "numbers.m4a", "-m", "demo", "-o", "-"
    )
    expected = f"{references['person.ogg']} {BASE_TEXT} {references['numbers.m4a']}"
    assert (outcome.code, outcome.out.split()) == (0, expected.split())


def test_a_failed_file_leaves_no_trace_on_stdout(folder: Path, call: Call) -> None:
    (folder / "a.mp3").touch()
    outcome = call("transcribe", folder, "-m", "demo", "-o", "-", "-F", "timecodes")
    assert (outcome.code, outcome.out) == (1, f"[00:00:00 - 00:00:05] {BASE_TEXT}\n")


def test_stdin_to_stdout_in_a_pipeline() -> None:
    outcome = shell('cat "$1" | gigaam transcribe - -m demo | wc -w', BASE)
    assert (outcome.code, int(outcome.out)) == (0, len(BASE_TEXT.split()))


@pytest.mark.parametrize(
    "arguments", ["-o -", "--json", "--dry-run", "--help"], ids=lambda arguments: arguments.strip("- ")
)
def test_a_reader_that_is_gone_ends_the_run_quietly(arguments: str, folder: Path) -> None:
    script = (
        f'gigaam transcribe "$1" -m demo --progress none -q {arguments} | head -0; exit ${{PIPESTATUS[0]}}'
    )
    outcome = shell(script, folder)
    assert (outcome.code, outcome.out, outcome.err) == (141, "", "")


def test_a_second_run_has_nothing_to_do(folder: Path, call: Call) -> None:
    call("transcribe", folder, "-m", "demo")
    written = {file: file.stat().st_mtime_ns for file in folder.iterdir()}
    outcome = call("transcribe", folder, "-m", "demo", "--json")
    assert (outcome.code, summary(outcome)) == (0, (0, 0, 1))
    assert "1 file: done already" in outcome.err
    assert "talk.wav" not in outcome.err
    assert {file: file.stat().st_mtime_ns for file in folder.iterdir()} == written


def test_another_format_is_written_without_recognising_again(
    folder: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    call("transcribe", folder, "-m", "demo")
    monkeypatch.setenv("GIGAAM_FFMPEG", "/nowhere/ffmpeg")
    outcome = call("transcribe", folder, "-m", "demo", "-F", "txt,srt")
    assert outcome.code == 0
    assert "done: talk.wav (0:05) -> talk.srt" in outcome.err


def test_force_recognises_again(folder: Path, call: Call) -> None:
    command = ("transcribe", folder, "-m", "demo", "-F", "txt", "--progress", "json")
    call(*command)
    assert [event["event"] for event in call(*command).events].count("segment_done") == 0
    again = call(*command, "--force")
    assert [event["event"] for event in again.events].count("segment_done") == 1
    assert texts(folder) == {"talk.txt": f"{BASE_TEXT}\n"}


def test_somebody_elses_file_is_kept_unless_overwrite(folder: Path, call: Call) -> None:
    (folder / "talk.txt").write_text("мои заметки\n")
    kept = call("transcribe", folder, "-m", "demo", "-F", "txt")
    assert kept.code == 0
    assert (
        "skipped: talk.wav: a text is there that gigaam did not write; --overwrite replaces it (talk.txt)"
        in kept.err
    )
    assert texts(folder) == {"talk.txt": "мои заметки\n"}
    assert call("transcribe", folder, "-m", "demo", "-F", "txt", "--overwrite").code == 0
    assert texts(folder) == {"talk.txt": f"{BASE_TEXT}\n"}


def test_an_edited_text_is_kept_unless_overwrite(folder: Path, call: Call) -> None:
    command = ("transcribe", folder, "-m", "demo", "-F", "txt")
    call(*command)
    (folder / "talk.txt").write_text("исправлено\n")
    assert call(*command).code == 0
    assert texts(folder) == {"talk.txt": "исправлено\n"}
    assert call(*command, "--overwrite").code == 0
    assert texts(folder) == {"talk.txt": f"{BASE_TEXT}\n"}


def test_the_summary_as_json(folder: Path) -> None:
    (folder / "пусто.mp3").touch()
    outcome = gigaam("transcribe", folder, "-m", "demo", "-F", "txt", "--json", LC_ALL="ru_RU.UTF-8")
    said = json.loads(outcome.out)
    assert outcome.code == 1
    assert {name: said[name] for name in ("schema", "done", "failed", "skipped", "ended")} == {
        "schema": 1,
        "done": 1,
        "failed": 1,
        "skipped": 0,
        "ended": None,
    }
    assert said["audio_seconds"] == pytest.approx(5.75, abs=0.1)
    files = {Path(file["path"]).name: file for file in said["files"]}
    assert files["talk.wav"]["outputs"] == [str(folder / "talk.txt")]
    assert files["пусто.mp3"]["reason"] == "empty_file"
    assert files["пусто.mp3"]["message"] == "the file is empty (0 bytes)", "JSON is English in any language"


def test_texts_are_called_by_the_template(folder: Path, call: Call) -> None:
    command = ("-m", "demo", "-F", "txt", "--template", "texts/{name} ({ext})")
    assert call("transcribe", folder, *command).code == 0
    assert texts(folder / "texts") == {"talk (wav).txt": f"{BASE_TEXT}\n"}
    assert call("export", folder, "-F", "srt", "--template", "texts/{name}").code == 0
    assert (folder / "texts" / "talk.srt").exists()


@pytest.mark.parametrize("template", ["../{name}", "/tmp/{name}", "all", "{who}/{name}"])
def test_a_template_that_leads_elsewhere_is_refused_before_any_work(
    template: str, folder: Path, call: Call
) -> None:
    outcome = call("transcribe", folder, "-m", "demo", "--template", template)
    assert outcome.code == 2
    assert template in outcome.err
    assert texts(folder) == {}
