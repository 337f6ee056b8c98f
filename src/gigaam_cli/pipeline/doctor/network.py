"""The hub that models come from."""

from __future__ import annotations

from gigaam_cli.core.i18n import mark as _
from gigaam_cli.core.model_errors import HubRefusedError, HubUnreachableError
from gigaam_cli.pipeline.doctor.findings import Finding
from gigaam_cli.pipeline.doctor.models import WantedModel
from gigaam_cli.pipeline.doctor.runner import explained

SECONDS = 12.0
_REQUEST_SECONDS = 5.0


def hub(model: WantedModel, *, offline: bool) -> Finding:
    """Look whether the hub answers; models can also be carried over from another machine."""
    from gigaam_cli.engines.catalog import DEFAULT_MODEL, by_name
    from gigaam_cli.engines.hub import endpoint, reach

    if offline:
        return Finding("note", _("not asked: --offline"))
    entry = by_name(model.name) or by_name(DEFAULT_MODEL)
    assert entry is not None  # noqa: S101 - the default model is in the catalog
    values = {"endpoint": endpoint()}
    try:
        seconds = reach(entry, _REQUEST_SECONDS)
    except HubUnreachableError as error:
        advice = _(
            "Check HTTPS_PROXY and HF_ENDPOINT. Or, where there is a network: gigaam models pack {model}"
        )
        command = f"gigaam models unpack {entry.name}.tar"
        shown = {**error.values, "model": entry.name}
        return Finding("warning", error.template, shown, advice, (command,))
    except HubRefusedError as error:
        return explained("warning", error)
    return Finding("ok", _("{endpoint} answers in {seconds} s"), {**values, "seconds": round(seconds, 2)})
