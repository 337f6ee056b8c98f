"""Settings as a run meets them: flag, environment, profile, file, default, and a file that makes no sense."""

from __future__ import annotations

import os
from pathlib import Path

import click
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st

from gigaam_cli.cli.commands.group import program
from gigaam_cli.cli.settings import Table, as_toml, table
from tests.cli.conftest import Call
from tests.cli.drivers import BASE, gigaam, shell

NUMBERS = st.none() | st.integers(1, 25)


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a settings file with a profile, which is in use."""
    file = tmp_path / "config.toml"
    monkeypatch.setenv("GIGAAM_CONFIG", str(file))
    file.write_text(
        'model = "demo"\nformat = ["srt", "vtt"]\n[profiles.night]\nformat = "md"\n', encoding="utf-8"
    )
    return file


def texts(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir() if file.name != "talk.wav")


def meant(arguments: list[str]) -> dict[str, object]:
    """Return what ``transcribe`` is told, without running it."""
    command = program.commands["transcribe"]
    with command.make_context("transcribe", [*arguments, "talk.wav"]) as context:
        return context.params


@given(flag=NUMBERS, variable=NUMBERS, profile=NUMBERS, top=NUMBERS)
@how(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_flag_environment_profile_file_default(
    flag: int | None, variable: int | None, profile: int | None, top: int | None, config: Path
) -> None:
    lines = [
        f"max-segment = {top}" if top else "",
        "[profiles.night]",
        f"max-segment = {profile}" if profile else "",
    ]
    config.write_text("\n".join(lines), encoding="utf-8")
    arguments = ["--profile", "night", *(["--max-segment", str(flag)] if flag else [])]
    with pytest.MonkeyPatch.context() as patch:
        if variable:
            patch.setenv("GIGAAM_MAX_SEGMENT", str(variable))
        params = meant(arguments)
    assert params["max_segment"] == float(flag or variable or profile or top or 22)


@pytest.mark.usefixtures("config")
def test_the_file_and_its_profile_do_a_run(folder: Path, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    assert call("transcribe", folder).code == 0
    assert texts(folder) == ["talk.srt", "talk.vtt"]
    assert call("transcribe", folder, "--profile", "night").code == 0
    assert texts(folder) == ["talk.md", "talk.srt", "talk.vtt"]
    monkeypatch.setenv("GIGAAM_PROFILE", "night")
    assert call("transcribe", folder, "-F", "tsv", "--force").code == 0
    assert "talk.tsv" in texts(folder)
    assert call("transcribe", folder, "-m", "v3_ctc").code == 4, "the flag wins"


def test_settings_of_other_types(config: Path) -> None:
    config.write_text(
        'recursive = false\ninclude = ["*.a b", "*.c"]\nstart = 00:01:30\nmax-duration = 90\noffline = true\n'
        'verbose = 2\nthreads = "2"\nreport = "~/report"\nuntil = "06:30"',
        encoding="utf-8",
    )
    told = meant([])
    assert (told["recursive"], told["include"], told["offline"]) == (False, ("*.a b", "*.c"), True)
    assert (told["start"], told["max_duration"], told["verbose"], told["threads"]) == (90.0, 90.0, 2, 2)
    assert told["report"] == Path(os.path.expanduser("~/report"))  # noqa: PTH111
    assert isinstance(told["until"], float)


WRONG = {
    "threads = 0": "threads cannot be 0: 0 is not in the range x>=1",
    "threads = 1.5": "threads cannot be 1.5: '1.5' is not a valid integer",
    "threads = true": "threads cannot be true: it takes a number",
    "pad = nan": "pad cannot be nan: nan is not a number",
    'vad = "guess"': "vad cannot be \"guess\": 'guess' is not one of 'silero', 'none'",
    'format = ["txt", "doc"]': "doc is not a format; there are txt, timecodes",
    "format = [1]": "format cannot be [1]",
    "include = true": "include cannot be true: it takes a list of texts in quotes",
    'recursive = "maybe"': 'recursive cannot be "maybe": it takes true or false',
    "model = 3": "model cannot be 3: it takes a text in quotes",
    'model = ["demo"]': 'model cannot be ["demo"]: it takes a text in quotes',
    "model = 2026-01-01": "model cannot be 2026-01-01",
    'until = "25:00"': "25:00 is not a time of day",
    'lang = "de"': "'de' is not one of 'en', 'ru'",
    "[pad]\na = 1": "pad cannot be {...}",
    "max_segment = 3": "there is no setting max_segment. Did you mean max-segment?",
    "no-recursive = true": "there is no setting no-recursive. Did you mean recursive?",
    "dry-run = true": "dry-run is no setting: it is for one run at a time",
    'files = ["a.mp3"]': "files is no setting: inputs belong to one run",
    'profile = "night"': "profile is no setting: a profile is chosen on the command line",
    "limit = 3": "limit is no setting",
    "[profiles.other]\nthreads = 0": "[profiles.other]: threads cannot be 0",
    "threads 3": "line 1, column 9",
}


@pytest.mark.parametrize(("text", "said"), WRONG.items(), ids=WRONG)
def test_a_file_that_makes_no_sense_is_wrong_use(
    text: str, said: str, config: Path, folder: Path, call: Call
) -> None:
    config.write_text(text, encoding="utf-8")
    outcome = call("transcribe", folder, "-m", "demo")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith(f"gigaam: {config}:")
    assert said in outcome.err
    assert outcome.err.count("\n") == 1
    assert texts(folder) == []


def test_mistakes_are_told_in_russian(config: Path, folder: Path, call: Call) -> None:
    config.write_text("model = demo", encoding="utf-8")
    said = call("--lang", "ru", "transcribe", folder).err
    assert said.startswith(f"gigaam: {config}: строка 1, столбец 9: недопустимое значение")
    config.write_text('lang = "ru"', encoding="utf-8")
    assert "нет профиля night" in call("transcribe", folder, "--profile", "night").err
    config.write_text('modle = "demo"', encoding="utf-8")
    assert "настройки modle нет. Может быть, model?" in call("--lang", "ru", "transcribe", folder).err


@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="needs process substitution")
def test_a_file_that_can_be_read_only_once(folder: Path) -> None:
    said = shell('GIGAAM_CONFIG=<(echo "model = \\"demo\\"") gigaam transcribe "$1"', folder)
    assert said.code == 0


def test_nesting_without_end_is_told(config: Path, folder: Path, call: Call) -> None:
    config.write_text("model = " + "[" * 100_000, encoding="utf-8")
    assert call("transcribe", folder).code == 2


def test_an_unknown_profile_is_wrong_use(config: Path, folder: Path, call: Call) -> None:
    for command in (["transcribe", folder], ["export"], ["watch", folder], ["models", "pull", "demo"]):
        outcome = call(*command, "--profile", "nigt")
        assert outcome.code == 2
        assert f"{config} has no profile nigt. Did you mean night?" in outcome.err


def test_a_named_file_that_is_not_there_is_wrong_use(config: Path, folder: Path, call: Call) -> None:
    config.unlink()
    outcome = call("transcribe", folder, "-m", "demo")
    assert outcome.code == 2
    assert f"the settings file {config} cannot be read" in outcome.err
    assert "GIGAAM_CONFIG" in outcome.err


def test_help_and_what_reads_no_settings_work_with_any_file(config: Path, call: Call) -> None:
    config.write_text("= nonsense", encoding="utf-8")
    for command in (["transcribe", "--help"], ["status"], ["config", "path"], ["--help"]):
        assert call(*command).code == 0


def test_the_language_of_the_file(config: Path) -> None:
    config.write_text('lang = "ru"\n[profiles.guest]\nlang = "en"\n', encoding="utf-8")
    file = str(config)
    assert gigaam("--help", GIGAAM_CONFIG=file).out.startswith("Использование")
    assert gigaam("--help", "--lang", "en", GIGAAM_CONFIG=file).out.startswith("Usage")
    assert gigaam("--help", GIGAAM_LANG="en", GIGAAM_CONFIG=file).out.startswith("Usage")
    assert gigaam("transcribe", "--profile=guest", "--help", GIGAAM_CONFIG=file).out.startswith("Usage")
    assert gigaam("status", "--help", GIGAAM_PROFILE="guest", GIGAAM_CONFIG=file).out.startswith("Usage")
    assert gigaam("--help", GIGAAM_PROFILE="nobody", GIGAAM_CONFIG=file).code == 0


def test_the_users_own_file_in_the_folder_for_it(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("XDG_CONFIG_HOME", "APPDATA", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    file = Path(gigaam("config", "path").out.strip())
    assert file.is_relative_to(tmp_path)
    assert not file.exists()
    assert gigaam("config", "set", "model", "demo").code == 0
    assert gigaam("config", "set", "format", "json").code == 0
    assert gigaam("transcribe", folder).code == 0
    assert texts(folder) == ["talk.json"]


@pytest.mark.usefixtures("config")
def test_standard_input_and_settings(tmp_path: Path, call: Call) -> None:
    outcome = call("transcribe", "-", "--profile", "night", stdin=BASE.read_bytes())
    assert outcome.code == 0
    assert outcome.out.strip()


def test_every_setting_is_an_option_that_commands_with_profiles_share() -> None:
    rules = table()
    assert {"model", "format", "max-segment", "recursive", "lang", "move-to"} <= set(rules.known)
    assert {"files", "null", "json", "force", "dry-run", "profile", "limit", "again"} <= set(rules.refused)
    for key in rules.known:
        readers = rules.settings[key]
        kinds = {
            (type(reader.option.type), reader.option.multiple, reader.option.is_flag) for reader in readers
        }
        assert len(kinds) == 1, f"{key} means different things"
        assert all(reader.option.name for reader in readers)


def test_a_command_without_profiles_reads_no_settings() -> None:
    plain = click.Group("program", {"look": click.Command("look", params=[click.Option(["--far"])])})
    assert Table(plain).known == ()


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("threads", "4", 4),
        ("pad", "0.5", 0.5),
        ("pad", "1", 1),
        ("recursive", "no", False),
        ("offline", "1", True),
        ("model", "3", "3"),
        ("start", "1:30", "1:30"),
        ("format", "srt, VTT", ["srt", "vtt"]),
        ("include", "*.mp3,x", ["*.mp3,x"]),
        ("output", Path("texts"), "texts"),
        ("threads", "many", "many"),
        ("nonsense", "1", "1"),
    ],
)
def test_texts_get_the_type_that_toml_has_for_them(key: str, text: object, value: object) -> None:
    assert as_toml(key, text, table()) == value
