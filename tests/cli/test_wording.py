"""What messages look like to who reads them: short lines, one language, and English where programs read."""

from __future__ import annotations

import ast
import importlib.metadata
import json
import re
import shutil
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import click
import pexpect
import pytest
from babel.messages.extract import extract_from_dir

from gigaam_cli.cli.errors import _fitting
from gigaam_cli.core.i18n import choose_language, translate
from gigaam_cli.core.model_errors import ModelMissingError
from gigaam_cli.writers.registry import FORMATS
from tests.cli.drivers import BASE, Outcome, environment, gigaam
from tests.cli.test_messages import CATALOGUES, SOURCE, forms, load
from tests.cli.tree import commands, options

WIDEST = 100
# What a message usually says in its places. Paths have whatever length they have and do not count, nor does what
# others say: the system, FFmpeg, a library.
USUAL: dict[str, object] = {
    **dict.fromkeys(("path", "folder", "file", "where", "inputs", "filename", "source", "detail"), ""),
    **dict.fromkeys(("error", "message", "reason", "why", "endpoint", "known", "extensions", "choices"), ""),
    "command": "gigaam models pull v3_e2e_rnnt",
    "model": "v3_e2e_rnnt",
    "device": "cuda:0",
    "precision": "int8",
    "size": 1048576,
    "bytes": 1048576,
    "free": 4096,
}
_SOMETHING = "12"
# What click says only of a program with mistakes, of options that gigaam has not, or of consoles that are broken.
NEVER_MET = """
{editor}: Editing failed | Windows error: {error} | deprecated |
DeprecationWarning: | Value must be an iterable. | Takes {nargs} values but | defined twice |
cannot use the same flag | Could not determine name | No options defined but | Arguments take exactly one |
Do you want to continue? | Confirm the action without prompting. | Invalid start character | Shell completion |
Couldn't detect Bash version | Repeat for confirmation | The two entered values do not match | Unknown color |
Press any key to continue... | Choose from: | Choice({choices}) | does not match the format | not a valid UUID |
is not executable. | values are required, but | Unknown standard stream
"""


def printed_as_lines() -> Iterator[str]:
    """Yield what is printed as it is; help is laid out by click for the width that there is."""
    helps = {command.help for _name, command in commands()} | {
        command.short_help for _name, command in commands()
    }
    helps |= {option.help for _name, option in options()}
    for file in CATALOGUES:
        for message in load(file):
            if message.id and helps.isdisjoint(forms(message.id)):
                yield from (*forms(message.id), *forms(message.string))


def filled(message: str) -> str:
    """Return a message as it is usually read."""
    values = defaultdict(lambda: _SOMETHING, USUAL)
    plain = re.sub(r"\{(\w+)[!:][^}]*\}", r"{\1}", re.sub(r"%\((\w+)\)s", r"{\1}", message))
    return plain.format_map(values)


def test_no_message_is_wider_than_a_hundred_columns() -> None:
    messages = [filled(message) for message in printed_as_lines()]
    assert len(messages) > 500
    wide = [line for message in messages for line in message.splitlines() if len(line) > WIDEST]
    assert wide == []


def test_a_hint_is_laid_out_for_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for language in ("en", "ru"):
        choose_language(language)
        hint = ModelMissingError(model="demo", command="gigaam models pull v3_e2e_rnnt").hint(translate)
        for columns in (40, 80, 100):
            monkeypatch.setenv("COLUMNS", str(columns))
            lines = _fitting(hint)
            assert max(map(len, lines)) <= columns - 2
            assert " ".join(lines) == hint


def test_what_is_to_be_copied_stays_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    path = "/a-path-with-dashes/" + "x" * 60
    assert path in _fitting(f"Set GIGAAM_STATE_DIR to {path} and go on.")


@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal")
def test_an_error_on_a_terminal_has_its_hint_below(tmp_path: Path) -> None:
    arguments = ["-m", "gigaam_cli", "transcribe", str(tmp_path), "-n"]
    child = pexpect.spawn(
        sys.executable,
        arguments,
        dimensions=(24, 60),
        env=environment(TERM="xterm", COLUMNS=None, LINES=None),
        encoding="utf-8",
        timeout=30,
    )
    lines = child.read().replace("\r", "").splitlines()
    child.close()
    where = next(index for index, line in enumerate(lines) if line.endswith("[no_media]"))
    assert lines[where].startswith("gigaam: no audio or video was found in ")
    assert len(lines[where + 1 :]) > 1
    assert all(line.startswith("  ") and len(line) <= 60 for line in lines[where + 1 :])
    assert gigaam("transcribe", tmp_path, "-n").err.count("\n") == 1, "a log has one line"


# --- one language -------------------------------------------------------------------------------------------


@pytest.mark.skipif(
    tuple(map(int, importlib.metadata.version("click").split(".")[:2])) > (8, 5),
    reason="it may say more by now",
)
def test_everything_that_click_may_say_has_a_translation() -> None:
    (ours,) = (load(file) for file in CATALOGUES if file.name == "click.po")
    known = {form for message in ours for form in forms(message.id)} | {
        forms(message.id)[0] for message in ours if message.id
    }
    never = [part.strip() for part in NEVER_MET.replace("\n", " ").split("|")]
    said = extract_from_dir(Path(click.__file__).parent, keywords={"_": None, "ngettext": (1, 2)})
    messages = [message if isinstance(message, str) else message[0] for _name, _line, message, *_rest in said]
    assert len(messages) > 50
    missing = {message for message in messages if message not in known} - {"d"}  # days, in bars of click's
    assert {message for message in missing if not any(part in message for part in never)} == set()


def test_nothing_that_is_logged_is_translated() -> None:
    logged = 0
    for module in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            if not is_call or not isinstance(node.func.value, ast.Name) or node.func.value.id != "logger":  # type: ignore[attr-defined]
                continue
            logged += 1
            names = {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
            assert names.isdisjoint({"_", "translate", "translate_plural"}), f"{module}: {ast.unparse(node)}"
    assert logged > 10


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    """Return a folder with one recording that goes well and one that does not."""
    folder = tmp_path / "recordings"
    folder.mkdir()
    shutil.copy(BASE, folder / "talk.wav")
    (folder / "empty.wav").touch()
    return folder


def cyrillic(values: object) -> set[str]:
    """Return the keys and texts with Russian letters in what was JSON."""
    text = json.dumps(values, ensure_ascii=False)
    return set(re.findall("[А-Яа-яё]+", text))


def in_russian(*arguments: str | Path) -> Outcome:
    """Run the program in a Russian locale."""
    return gigaam(*arguments, LC_ALL="ru_RU.UTF-8", LANG="ru_RU.UTF-8")


def test_json_is_english_in_a_russian_locale(recordings: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.jsonl"
    arguments = ("transcribe", recordings, "-m", "demo", "-F", "json", "--json", "--progress", "json")
    outcome = in_russian(*arguments, "--report", report)
    assert outcome.code == 1
    events = [{name: value for name, value in event.items() if name != "text"} for event in outcome.events]
    lines = [json.loads(line) for line in report.read_text(encoding="utf-8").splitlines()]
    assert "the file is empty (0 bytes)" in json.dumps([json.loads(outcome.out), lines])
    assert cyrillic([json.loads(outcome.out), lines, events]) == set()
    text = json.loads((recordings / "talk.json").read_text(encoding="utf-8"))
    assert cyrillic(list(text)) == set()
    dry_run = ("transcribe", recordings, "-m", "demo", "--dry-run")
    for command in (("status",), ("verify",), ("history",), dry_run):
        assert cyrillic(json.loads(in_russian(*command, "--json").out)) == set()


def test_the_log_is_english_in_a_russian_locale(recordings: Path) -> None:
    """What was said is told in its own words with -vv."""
    arguments = ("transcribe", recordings, "-m", "demo", "-F", "txt", "-v")
    lines = in_russian(*arguments).err.splitlines()
    logged = [line for line in lines if re.match(r"\d\d:\d\d:\d\d [A-Z]+ ", line)]
    assert logged
    assert cyrillic(logged) == set()
    assert cyrillic([line for line in lines if line not in logged]), "what is for people is Russian"


def test_formats_are_called_the_same_in_all_languages() -> None:
    for command in ("transcribe", "export"):
        assert all(name in gigaam("--lang", "ru", command, "--help").out for name in FORMATS)
