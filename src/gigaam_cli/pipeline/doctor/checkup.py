"""All checks in their order."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from gigaam_cli.core.i18n import mark as _
from gigaam_cli.pipeline.doctor import gpu, media, models, network, storage, system
from gigaam_cli.pipeline.doctor.findings import Check, Section, one
from gigaam_cli.pipeline.doctor.models import WantedModel
from gigaam_cli.pipeline.doctor.recognition import Measured, recognitions
from gigaam_cli.pipeline.doctor.remedies import Machine, this_machine

_DEVICE_SECONDS = 150.0
_STORE_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Checkup:
    """What to look at; ``measured`` is told how fast models are."""

    model: WantedModel
    measured: Measured
    offline: bool = False


def sections(checkup: Checkup, machine: Machine | None = None) -> tuple[Section, ...]:
    """Return all checks, the quick ones first."""
    machine = machine or this_machine()
    return (
        one(Check("python", "Python", system.python)),
        one(Check("gigaam", "gigaam", system.gigaam)),
        one(Check("ffmpeg", "FFmpeg", partial(media.ffmpeg, machine), seconds=60)),
        one(Check("onnxruntime", "onnxruntime", partial(system.onnxruntime, machine), seconds=60)),
        one(Check("cuda", "CUDA", partial(gpu.cuda, machine), seconds=_DEVICE_SECONDS, needed=False)),
        Section("extra", _("Extras"), partial(system.extras, machine), needed=False),
        one(Check("memory", _("Memory"), system.memory, needed=False)),
        Section("disk", _("Disk"), partial(storage.disks, machine)),
        one(Check("store", _("State store"), partial(storage.store, machine), seconds=_STORE_SECONDS)),
        one(
            Check(
                "hub",
                _("Model hub"),
                partial(network.hub, checkup.model, offline=checkup.offline),
                seconds=network.SECONDS,
                needed=False,
            )
        ),
        one(
            Check(
                "model",
                _("Model to use"),
                partial(models.wanted, checkup.model),
                about=checkup.model.name,
                seconds=_STORE_SECONDS,
            )
        ),
        Section("model_files", _("Models"), models.installed),
        Section(
            "recognition",
            _("Recognition"),
            partial(recognitions, machine, checkup.model, checkup.measured),
            seconds=_DEVICE_SECONDS,
        ),
    )
