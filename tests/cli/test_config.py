"""``gigaam config``: what is shown, and what is written without touching the rest of the file."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st
from tomlkit.exceptions import TOMLKitError

from gigaam_cli.cli import profiles
from gigaam_cli.cli.settings import table
from gigaam_cli.cli.settings_file import put, replace_profile, take_out
from gigaam_cli.core.settings import read
from gigaam_cli.core.settings_errors import (
    ProfileNameError,
    SettingsError,
    SettingsUnwritableError,
    SettingUnknownError,
    SettingWrongError,
)
from tests.cli.conftest import Call
from tests.cli.drivers import COMMAND, environment, gigaam
from tests.fakes.users import as_nobody, readable_folder

COMMENTED = """\
# mine
model = "demo"  # small

# texts
format = [
    "srt", # for films
]

[profiles.night]  # for cron
# slow
threads = 1
"""
LINES = st.lists(
    st.sampled_from(
        [
            "# a comment",
            "",
            'model = "demo" # why',
            "pad = 0.25",
            "format = ['srt', # one\n 'txt']",
            "[profiles.night] # dark",
            "[profiles.gpu]",
            '[profiles."a b"]',
            "[profiles]",
            "profiles.night.threads = 2",
            'profiles.flat = {pad = 1, model = "demo"}',
            "[extra]",
        ]
    ),
    max_size=8,
)


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "settings" / "config.toml"
    file.parent.mkdir()
    monkeypatch.setenv("GIGAAM_CONFIG", str(file))
    file.write_text(COMMENTED, encoding="utf-8")
    return file


def shown(call: Call, *arguments: str) -> dict[str, Any]:
    outcome = call("config", "show", "--json", *arguments)
    assert outcome.code == 0
    values: dict[str, Any] = json.loads(outcome.out)
    return values


def setting(values: dict[str, Any], key: str) -> dict[str, Any]:
    found: dict[str, Any] = next(item for item in values["settings"] if item["key"] == key)
    return found


def test_every_setting_is_shown_once_for_each_value(config: Path, call: Call) -> None:
    values = shown(call)
    assert (values["file"], values["exists"], values["profile"]) == (str(config), True, None)
    assert values["profiles"] == ["night"]
    assert {item["key"] for item in values["settings"]} == set(table().known)
    settle = [(item["value"], item["commands"]) for item in values["settings"] if item["key"] == "settle"]
    assert settle == [(0.0, ["transcribe", "adopt"]), (10.0, ["watch"])]


@pytest.mark.usefixtures("config")
def test_where_each_value_came_from(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIGAAM_PAD", "0.5")
    monkeypatch.setenv("GIGAAM_FORMAT", "txt,md")
    monkeypatch.setenv("GIGAAM_RECURSIVE", "")
    values = shown(call, "--profile", "night")
    told = {key: setting(values, key) for key in ("model", "format", "pad", "threads", "recursive")}
    assert {key: (one["value"], one["source"], one["profile"]) for key, one in told.items()} == {
        "model": ("demo", "file", None),
        "format": (["txt", "md"], "environment", None),
        "pad": (0.5, "environment", None),
        "threads": (1, "file", "night"),
        "recursive": (True, "default", None),
    }
    assert told["pad"]["variable"] == "GIGAAM_PAD"


def test_what_is_shown_is_a_settings_file(config: Path, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = call("config", "show", "--profile", "night")
    assert outcome.out.startswith(f"# {config}\n")
    assert "\n# Recognition\nmodel = " in outcome.out
    lines = outcome.out.splitlines()
    assert 'model = "demo"                      # config.toml:2' in lines
    assert "threads = 1                         # config.toml:11 [profiles.night]" in lines
    assert "# settle = 10.0                     # default of watch" in lines
    again = config.with_name("again.toml")
    again.write_text(outcome.out, encoding="utf-8")
    monkeypatch.setenv("GIGAAM_CONFIG", str(again))
    assert call("config", "show").code == 0


def test_times_are_shown_as_they_were_written(config: Path, call: Call) -> None:
    config.write_text("start = 00:01:30\nmax-duration = 90\n", encoding="utf-8")
    assert "start = 00:01:30 " in call("config", "show").out
    assert setting(shown(call), "start")["value"] == "00:01:30"
    assert setting(shown(call), "max-duration")["value"] == 90


@pytest.mark.usefixtures("config")
def test_a_variable_that_makes_no_sense_is_named(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIGAAM_PAD", "much")
    outcome = call("config", "show")
    assert outcome.code == 2
    assert "GIGAAM_PAD: 'much' is not a valid float" in outcome.err


def test_show_without_a_file(tmp_path: Path) -> None:
    outcome = gigaam("config", "show", XDG_CONFIG_HOME=str(tmp_path), HOME=str(tmp_path))
    assert outcome.code == 0
    assert "config.toml (not there)" in outcome.out.splitlines()[0]


def test_set_keeps_comments_and_order(config: Path, call: Call) -> None:
    outcome = call("config", "set", "max-segment", "20")
    assert (outcome.code, outcome.out) == (0, "")
    assert outcome.err == f"{config}:8: max-segment = 20\n"
    assert call("config", "set", "threads", "2", "--profile", "night").code == 0
    assert call("config", "set", "recursive", "off", "--profile", "new").code == 0
    assert (
        config.read_text(encoding="utf-8")
        == COMMENTED.replace("]\n\n[profiles", "]\nmax-segment = 20\n\n[profiles").replace(
            "threads = 1", "threads = 2"
        )
        + "\n[profiles.new]\nrecursive = false\n"
    )


def test_set_makes_the_file_and_its_folder(config: Path, call: Call) -> None:
    config.unlink()
    config.parent.rmdir()
    assert call("config", "set", "include", "*.mp3", "*.wav").code == 0
    assert config.read_text(encoding="utf-8") == 'include = ["*.mp3", "*.wav"]\n'


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["threads", "0"], "threads cannot be 0: 0 is not in the range x>=1"),
        (["threads", "four"], "'four' is not a valid integer"),
        (["recursive", "perhaps"], "it takes true or false"),
        (["modle", "demo"], "Did you mean model?"),
        (["force", "true"], "force is no setting"),
        (["model", "demo", "v3_ctc"], "model takes one value"),
        (["model", "demo", "--profile", "a b"], "a profile cannot be called a b"),
        (["model", "demo", "--profile", ""], "a profile cannot be called"),
        (["model"], "Missing argument"),
    ],
)
def test_set_writes_nothing_that_makes_no_sense(
    arguments: list[str], said: str, config: Path, call: Call
) -> None:
    outcome = call("config", "set", *arguments)
    assert outcome.code == 2
    assert said in outcome.err
    assert config.read_text(encoding="utf-8") == COMMENTED
    assert [file.name for file in config.parent.iterdir()] == ["config.toml"]


def test_set_mends_one_mistake_of_several(config: Path, call: Call) -> None:
    config.write_text("threads = 0\nmodle = 1\n", encoding="utf-8")
    assert call("config", "set", "threads", "2").code == 0
    assert call("config", "unset", "modle").code == 0
    assert call("config", "show").code == 0
    assert config.read_text(encoding="utf-8") == "threads = 2\n"


def test_set_changes_no_file_that_is_no_toml(config: Path, call: Call) -> None:
    config.write_text("nonsense\n", encoding="utf-8")
    assert call("config", "set", "threads", "2").code == 2
    assert config.read_text(encoding="utf-8") == "nonsense\n"


@pytest.mark.usefixtures("config")
def test_set_says_when_the_environment_comes_before_it(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIGAAM_MODEL", "demo")
    assert "GIGAAM_MODEL is set and comes before the file" in call("config", "set", "model", "v3_ctc").err


def test_a_variable_for_runs_chooses_no_profile_to_write_to(
    config: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIGAAM_PROFILE", "night")
    assert call("config", "set", "pad", "1").code == 0
    assert read(config).values["pad"] == 1


def test_unset(config: Path, call: Call) -> None:
    assert call("config", "unset", "format").code == 0
    assert call("config", "unset", "threads", "--profile", "night").code == 0
    text = config.read_text(encoding="utf-8")
    assert read(config).values == {"model": "demo"}
    assert read(config).profiles == {"night": {}}
    assert "# small" in text
    again = call("config", "unset", "format")
    assert (again.code, again.err) == (0, f"{config}: format was not set\n")
    assert call("config", "unset", "fromat").code == 2
    assert call("config", "unset", "format", "--profile", "nigt").code == 2
    assert config.read_text(encoding="utf-8") == text


def test_unset_of_the_last_dotted_key_takes_the_profile_along(config: Path, call: Call) -> None:
    config.write_text("pad = 1\nprofiles.night.threads = 2\n", encoding="utf-8")
    assert call("config", "unset", "threads", "--profile", "night").code == 0
    assert config.read_text(encoding="utf-8") == "pad = 1\n"


def test_a_link_a_mark_line_ends_and_rights_stay(config: Path) -> None:
    real = config.with_name("real.toml")
    real.write_bytes(b"\xef\xbb\xbf# mine\r\npad = 1\r\n")
    real.chmod(0o600)
    config.unlink()
    config.symlink_to(real)
    put("threads", 2)
    assert config.is_symlink()
    assert real.read_bytes() == b"\xef\xbb\xbf# mine\r\npad = 1\r\nthreads = 2\r\n"
    assert real.stat().st_mode & 0o777 == 0o600
    assert sorted(file.name for file in config.parent.iterdir()) == ["config.toml", "real.toml"]


def test_what_is_no_file_is_not_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIGAAM_CONFIG", os.devnull)
    with pytest.raises(SettingsUnwritableError):
        put("threads", 2)


@pytest.mark.root
def test_a_file_that_may_not_be_written_is_5() -> None:
    with readable_folder() as folder:
        command = [*as_nobody(), *COMMAND, "config", "set", "pad", "1"]
        ended = subprocess.run(
            command,
            env=environment(GIGAAM_CONFIG=str(folder / "config.toml")),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert ended.returncode == 5
        assert f"the settings file {folder}" in ended.stderr
        assert list(folder.iterdir()) == []


def tried(text: str) -> dict[str, Any] | None:
    """Return what a file says, None where it is no settings file."""
    try:
        values = tomlkit.parse(text).unwrap()
        read(Path(os.environ["GIGAAM_CONFIG"]))
    except (TOMLKitError, SettingsError):
        return None
    return values


@given(
    lines=LINES,
    key=st.sampled_from(["pad", "model", "threads"]),
    profile=st.sampled_from([None, "night", "new", "flat"]),
)
@how(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_change_changes_one_value_and_no_comment(
    lines: list[str], key: str, profile: str | None, config: Path
) -> None:
    text = "\n".join([*lines, ""])
    config.write_text(text, encoding="utf-8")
    before = tried(text)
    if before is None:
        return
    try:
        put(key, 7, profile)
    except SettingsUnwritableError:
        assert config.read_text(encoding="utf-8") == text
        return
    changed = config.read_text(encoding="utf-8")
    (before if profile is None else before.setdefault("profiles", {}).setdefault(profile, {}))[key] = 7
    assert tomlkit.parse(changed).unwrap() == before
    assert changed.count("# ") == text.count("# ")
    take_out(key, profile)
    assert f"{key} = 7" not in config.read_text(encoding="utf-8")


def test_a_layout_that_tomlkit_would_spoil_is_left_to_its_owner(config: Path) -> None:
    text = 'profiles.flat.pad = 1\nmodel = "demo"\n'
    config.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsUnwritableError, match="only you can change"):
        put("threads", 2, "new")
    assert config.read_text(encoding="utf-8") == text


def test_a_profile_is_saved_and_says_nothing_else(config: Path, call: Call) -> None:
    saved = profiles.save(
        "menu", {"format": ("srt,vtt",), "output": Path("/srv/texts"), "recursive": False, "threads": "3"}
    )
    assert saved == config
    assert profiles.names() == ("night", "menu")
    expected = {"format": ["srt", "vtt"], "output": "/srv/texts", "recursive": False, "threads": 3}
    assert read(config).profiles["menu"] == expected
    assert setting(shown(call, "--profile", "menu"), "threads")["value"] == 3
    profiles.save("menu", {"model": "demo"})
    assert read(config).profiles["menu"] == {"model": "demo"}
    assert config.read_text(encoding="utf-8").startswith(COMMENTED)


def test_a_saved_profile_keeps_the_comments_of_what_it_still_says(config: Path) -> None:
    replace_profile("night", {"threads": 1, "pad": 1})
    assert config.read_text(encoding="utf-8") == COMMENTED + "pad = 1\n"


def test_a_profile_of_what_makes_no_sense_is_not_saved(config: Path) -> None:
    for name, values, error in (
        ("menu", {"threads": 0}, SettingWrongError),
        ("menu", {"inputs": "a"}, SettingUnknownError),
        ("-x", {"threads": 1}, ProfileNameError),
    ):
        with pytest.raises(error):
            profiles.save(name, values)
    assert config.read_text(encoding="utf-8") == COMMENTED
