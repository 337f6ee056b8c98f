"""Where gigaam keeps things on this machine."""

from __future__ import annotations

import os
from pathlib import Path

APP = "gigaam"


def models_folder() -> Path:
    """Where models are installed: ``GIGAAM_MODELS_DIR``, or the user's cache folder."""
    from platformdirs import user_cache_path

    return _override("GIGAAM_MODELS_DIR") or user_cache_path(APP) / "models"


def state_folder() -> Path:
    """Where the state store and logs lie: ``GIGAAM_STATE_DIR``, or the user's state folder."""
    from platformdirs import user_state_path

    return _override("GIGAAM_STATE_DIR") or user_state_path(APP)


def settings_file() -> Path:
    """Where settings are: ``GIGAAM_CONFIG``, or ``config.toml`` in the user's configuration folder."""
    from platformdirs import user_config_path

    return _override("GIGAAM_CONFIG") or user_config_path(APP) / "config.toml"


def settings_file_is_named() -> bool:
    """Whether ``GIGAAM_CONFIG`` names the settings file: then it must be there."""
    return _override("GIGAAM_CONFIG") is not None


def demo_folder() -> Path:
    """The demonstration model and recordings that the package brings along."""
    return Path(__file__).parent.parent / "demo"


def _override(variable: str) -> Path | None:
    value = os.environ.get(variable)
    return Path(os.path.expanduser(value)) if value else None  # noqa: PTH111 - Path raises where nobody lives
