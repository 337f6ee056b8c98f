"""FFmpeg: which one runs, and what it can read."""

from __future__ import annotations

import os

from gigaam_cli.core.errors import FfmpegMissingError
from gigaam_cli.core.i18n import mark as _
from gigaam_cli.pipeline.doctor.findings import Finding
from gigaam_cli.pipeline.doctor.remedies import Machine, install_ffmpeg, unset_variable
from gigaam_cli.pipeline.doctor.runner import explained

_ORIGINS = {
    "variable": _("{version}, named by GIGAAM_FFMPEG: {path}"),
    "path": _("{version}, on the PATH: {path}"),
    "bundled": _("{version}, bundled with gigaam: {path}"),
}


def ffmpeg(machine: Machine) -> Finding:
    """Look which FFmpeg there is, whether it runs, and whether it reads what gigaam takes."""
    from gigaam_cli.media import abilities
    from gigaam_cli.media.ffmpeg import binary, origin

    try:
        path, where = binary(), origin()
    except FfmpegMissingError as error:
        return explained("failed", error, _remedy(machine))
    try:
        found = abilities.look(path)
    except FfmpegMissingError as error:
        values = {"path": path, "origin": where, "detail": error.values["detail"]}
        return Finding("failed", _("{path} cannot be used: {detail}"), values, remedies=(_remedy(machine),))
    values = {"version": found.version, "path": path, "origin": where, "unread": found.unread}
    if not found.unread:
        return Finding("ok", _ORIGINS[where], values)
    names = ", ".join(found.unread)
    what = _("{version} at {path} cannot read {names}")
    return Finding("warning", what, {**values, "names": names}, remedies=(_remedy(machine),))


def _remedy(machine: Machine) -> str:
    """Return how another FFmpeg is taken: one that was named and is of no use stands in the way of all others."""
    if os.environ.get("GIGAAM_FFMPEG"):
        return unset_variable(machine, "GIGAAM_FFMPEG")
    return install_ffmpeg(machine)
