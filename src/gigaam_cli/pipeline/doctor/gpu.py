"""NVIDIA's cards and driver, and whether onnxruntime can use them."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from gigaam_cli.core.i18n import mark as _
from gigaam_cli.pipeline.doctor.findings import Finding
from gigaam_cli.pipeline.doctor.remedies import Machine, pip_install, pip_remove

_SECONDS = 15.0
_QUERY = ("--query-gpu=name,driver_version,memory.total", "--format=csv,noheader,nounits")


@dataclass(frozen=True, slots=True)
class Card:
    """A card as the driver's tool tells of it; ``memory`` in MiB, as a text."""

    name: str
    driver: str
    memory: str


def cuda(machine: Machine) -> Finding:
    """Look at the cards, the driver, and whether recognition can use them."""
    from gigaam_cli.core.ort import knows_cuda
    from gigaam_cli.engines.devices import choose_devices

    cards, trouble = _cards()
    known = knows_cuda()
    values: dict[str, object] = {
        "cards": [f"{card.name}, {card.memory} MiB" for card in cards],
        "known": known,
    }
    if trouble and known:
        return Finding("warning", _("nvidia-smi fails: {detail}"), {**values, "detail": trouble}, _REINSTALL)
    if not known:
        return _unknown(machine, cards, values)
    device, *_others = choose_devices("auto")
    if device.gpu is not None:
        drivers = ", ".join(sorted({card.driver for card in cards}))
        names = ", ".join(card.name for card in cards) or device.name
        return Finding(
            "ok", _("{names}; driver {driver}"), {**values, "names": names, "driver": drivers or "?"}
        )
    if not cards:
        return Finding("note", _NONE, values)
    command = pip_install(machine, "onnxruntime-gpu[cuda,cudnn]")
    what = _("{names} cannot be used: {detail}")
    return Finding("warning", what, _unused(cards, values, device.reason), _REINSTALL, (command,))


_NONE = _("no NVIDIA card: the CPU recognises")
_REINSTALL = _(
    "The driver comes from https://www.nvidia.com/drivers; start the machine anew after installing it."
)


def _unknown(machine: Machine, cards: Sequence[Card], values: dict[str, object]) -> Finding:
    """Return what is to be said where onnxruntime was built without CUDA."""
    if not cards:
        return Finding("note", _NONE, values)
    commands = (
        pip_remove(machine, "onnxruntime", "onnxruntime-gpu"),
        pip_install(machine, "onnxruntime-gpu[cuda,cudnn]"),
    )
    reason = _("this onnxruntime was built without CUDA")
    what = _("{names} cannot be used: {detail}")
    return Finding("warning", what, _unused(cards, values, reason), remedies=commands)


def _unused(cards: Sequence[Card], values: dict[str, object], reason: str) -> dict[str, object]:
    return {**values, "names": ", ".join(card.name for card in cards), "detail": reason}


def _cards() -> tuple[list[Card], str]:
    """Return the cards that the driver's tool shows, and what is wrong with it."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return [], ""
    try:
        told = subprocess.run(  # noqa: S603 - the driver's own tool
            [tool, *_QUERY],
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        return [], _("it does not answer")
    except OSError as error:
        return [], error.strerror or str(error)
    if told.returncode:
        lines = (told.stdout + told.stderr).strip().splitlines()
        return [], lines[0] if lines else f"exit {told.returncode}"
    return list(cards_in(told.stdout)), ""


def cards_in(listing: str) -> Sequence[Card]:
    """Read what nvidia-smi prints."""
    rows = ([cell.strip() for cell in line.split(",")] for line in listing.splitlines())
    return [Card(*row) for row in rows if len(row) == 3]
