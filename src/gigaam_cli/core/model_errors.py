"""What can go wrong with models: they are not there, not whole, or cannot be fetched."""

from __future__ import annotations

from gigaam_cli.core.errors import EnvironmentFailure, OutputError
from gigaam_cli.core.i18n import mark as _


class ModelMissingError(EnvironmentFailure):
    """The model is not on this machine."""

    code = "model_missing"
    template = _("the model {model} is not on this machine")
    advice = _("Fetch it: {command}. Or name its folder with -m FOLDER, or try -m demo.")


class ModelNotThereError(EnvironmentFailure):
    """A model that is to be checked or removed is not on this machine."""

    code = "model_not_there"
    template = _("the model {model} is not on this machine")
    advice = _("gigaam models list shows which are.")


class ModelUnknownError(EnvironmentFailure):
    """No such name in the catalog, and no such folder."""

    code = "model_unknown"
    template = _("there is no model named {model}, and no folder of that name")
    advice = _("Known models: {known}.")
    guess = _("Did you mean {nearest}? Known models: {known}.")


class ModelDamagedError(EnvironmentFailure):
    """The model's files cannot be loaded."""

    code = "model_damaged"
    template = _("the model in {folder} cannot be loaded: {detail}")
    advice = _("Check that the folder holds all files of one model, and that they are whole.")


class ModelChangedError(ModelDamagedError):
    """A file is not what was installed."""

    code = "model_changed"
    template = _("{file} is not what was installed: {detail}")
    advice = _("Fetch the model again: {command}.")


class PrecisionMissingError(EnvironmentFailure):
    """The model is there, but not in this precision."""

    code = "precision_missing"
    template = _("the model in {folder} has no {precision} files")
    advice = _("Leave --precision out to take what is there.")


class HubUnreachableError(EnvironmentFailure):
    """There is no way to the hub, or it does not answer."""

    code = "hub_unreachable"
    template = _("the model hub {endpoint} cannot be reached: {detail}")
    advice = _(
        "Check the network and HTTPS_PROXY, or name a mirror in HF_ENDPOINT; a fetch goes on where it ended."
    )


class OfflineError(EnvironmentFailure):
    """Fetching was asked for and forbidden at once."""

    code = "offline"
    template = _("the model {model} is not on this machine, and --offline forbids to fetch it")
    advice = _("Leave --offline (GIGAAM_OFFLINE) out, or put its files there by hand.")


class HubRefusedError(EnvironmentFailure):
    """The hub answers, but does not give what was asked for."""

    code = "hub_refused"
    template = _("the model hub does not give {what}: {detail}")
    advice = _("Look whether it is still there; if it wants a permission, set HF_TOKEN.")


class DownloadDamagedError(EnvironmentFailure):
    """What arrived is not what the hub declares."""

    code = "download_damaged"
    template = _("{file} arrived damaged: {detail}")
    advice = _("It was thrown away; run the same command again.")


class ModelsFolderError(OutputError):
    """A model cannot be put where models are."""

    code = "models_unwritable"
    template = _("{path} cannot be written: {detail}")
    advice = _("Check permissions and free space, or name another folder in GIGAAM_MODELS_DIR.")


class ModelForeignError(EnvironmentFailure):
    """A model's folder holds what is not ours to delete."""

    code = "model_not_ours"
    template = _("{folder} holds {file}, which belongs to no model")
    advice = _("Move it away, or delete the folder yourself.")


class PackDamagedError(EnvironmentFailure):
    """A pack of models is not whole, or holds what it must not."""

    code = "pack_damaged"
    template = _("{source} is no whole pack of models: {detail}")
    advice = _("Nothing was installed. Make it again with gigaam models pack, and copy it again.")


class PackForeignError(EnvironmentFailure):
    """A pack holds what this gigaam does not know."""

    code = "pack_unknown"
    template = _("{source} holds {model}, which this gigaam does not know")
    advice = _("Upgrade gigaam here.")


class PackExistsError(OutputError):
    """There is a file where a pack is to go."""

    code = "pack_exists"
    template = _("{path} is there already")
    advice = _("Replace it with --overwrite, or name another file with -o FILE.")
