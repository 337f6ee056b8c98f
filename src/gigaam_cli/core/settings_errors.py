"""What can be wrong with the settings file, in the same tree as all errors: wrong use, all of it."""

from __future__ import annotations

from gigaam_cli.core.errors import GigaamError, OutputError
from gigaam_cli.core.i18n import mark as _


class SettingsError(GigaamError):
    """The settings file says what makes no sense."""

    code = "settings"


class SettingsUnreadableError(SettingsError):
    """The settings file is there and cannot be read, or was named and is not there."""

    code = "settings_unreadable"
    template = _("the settings file {path} cannot be read: {detail}")
    advice = _("Check that it is there and that you may read it; GIGAAM_CONFIG names another one.")


class SettingsMalformedError(SettingsError):
    """The settings file is no TOML."""

    code = "settings_malformed"
    template = _("{path}: line {line}, column {column}: {detail}")
    advice = _("A setting is a line such as {example}.")


class SettingUnknownError(SettingsError):
    """No option has this name."""

    code = "setting_unknown"
    template = _("{place}: there is no setting {key}")
    advice = _("gigaam config show lists all settings.")
    guess = _("Did you mean {nearest}? gigaam config show lists all settings.")


class NotASettingError(SettingsError):
    """The option belongs to one run, not to all of them."""

    code = "not_a_setting"
    template = _("{place}: {key} is no setting: {detail}")
    advice = _("gigaam config show lists all settings.")


class SettingWrongError(SettingsError):
    """The value of a setting makes no sense."""

    code = "setting_wrong"
    template = _("{place}: {key} cannot be {value}: {detail}")
    advice = _("gigaam config set checks a value before it is written.")


class ProfileUnknownError(SettingsError):
    """There is no profile of that name."""

    code = "profile_unknown"
    template = _("{path} has no profile {name}")
    advice = _("Its profiles: {known}.")
    guess = _("Did you mean {nearest}? Its profiles: {known}.")


class ProfileNameError(SettingsError):
    """A profile cannot be called so."""

    code = "profile_name"
    template = _("a profile cannot be called {name}")
    advice = _("Take letters, digits, - and _.")


class SettingsUnwritableError(OutputError):
    """The settings file cannot be written."""

    code = "settings_unwritable"
    template = _("the settings file {path} cannot be written: {detail}")
    advice = _("Check permissions and free space, or name another file in GIGAAM_CONFIG.")
