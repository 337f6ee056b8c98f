"""``gigaam models pack`` and ``unpack``: models for machines without network."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, BinaryIO

import click

from gigaam_cli.cli.options import language_option, option, progress_option, quiet_option
from gigaam_cli.core.i18n import translate as _

_SEVERAL = "gigaam-models"


@click.command(
    help=_(
        "Write models into one file, with their checksums, for a machine without network.\n\n"
        "There, gigaam models unpack FILE installs them. With -o - they go to stdout: "
        "gigaam models pack v3_ctc -o - | ssh HOST gigaam models unpack -"
    ),
    short_help=_("Write models into one file."),
    options_metavar=_("[OPTIONS]"),
)
@click.argument("names", nargs=-1, required=True, metavar=_("MODEL..."))
@option(
    "-o",
    "--output",
    type=click.Path(allow_dash=True, path_type=Path),
    metavar=_("FILE"),
    envvar=None,  # GIGAAM_OUTPUT is where texts go
    help=_("The file, or a folder for it (default: MODEL.tar here); - is stdout."),
)
@option("--overwrite", is_flag=True, envvar=None, help=_("Replace a file that is there."))
@progress_option
@quiet_option
@language_option
def pack(names: tuple[str, ...], output: Path | None, **flags: Any) -> int:
    """Run the command and return its exit code."""
    from gigaam_cli.cli.fetching import told
    from gigaam_cli.cli.signals import Signals
    from gigaam_cli.engines import pack as work
    from gigaam_cli.engines.catalog import DEMO_MODELS

    for name in names:
        if name in DEMO_MODELS:
            raise click.UsageError(
                _("{model} comes with gigaam: there is nothing to pack").format(model=name)
            )
    chosen = tuple(dict.fromkeys(names))
    target = _target(output, chosen)

    def packed(observer: Any) -> None:
        models = [work.prepared(name) for name in chosen]
        if target is None:
            work.pack(
                models,
                _binary(sys.stdout, _("a terminal takes no models: name a file or a pipe")),
                "-",
                observer,
            )
        else:
            work.pack_file(models, target, observer, overwrite=flags["overwrite"])

    with Signals():
        return told(packed, flags["progress"], flags["quiet"])


@click.command(
    help=_(
        "Install the models of a file that gigaam models pack wrote; - is stdin.\n\n"
        "Every checksum is compared before anything is put in its place."
    ),
    short_help=_("Install models from such a file."),
    options_metavar=_("[OPTIONS]"),
)
@click.argument(
    "file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path), metavar=_("FILE")
)
@progress_option
@quiet_option
@language_option
def unpack(file: Path, **flags: Any) -> int:
    """Run the command and return its exit code."""
    from gigaam_cli.cli.fetching import make_ready, told
    from gigaam_cli.cli.signals import Signals
    from gigaam_cli.engines.unpack import unpack as work

    def unpacked(observer: Any) -> None:
        if str(file) == "-":
            stream = _binary(sys.stdin, _("a terminal sends no models: name a file or use a pipe"))
            names = work(stream, "stdin", observer)
            _read_to_its_end(stream)
        else:
            with file.open("rb") as stream:
                names = work(stream, str(file), observer)
        for name in names:
            make_ready(name, observer)

    with Signals():
        return told(unpacked, flags["progress"], flags["quiet"])


def _target(output: Path | None, names: tuple[str, ...]) -> Path | None:
    """Return the file that is to be written, None for stdout."""
    if output is not None and str(output) == "-":
        return None
    file = f"{names[0] if len(names) == 1 else _SEVERAL}.tar"
    if output is None:
        return Path(file)
    return output / file if output.is_dir() else output


def _binary(stream: Any, refusal: str) -> BinaryIO:
    """Return stdin or stdout for bytes, unless a person sits there."""
    from gigaam_cli.cli.console import is_terminal

    if stream is None or is_terminal(stream):
        raise click.UsageError(refusal)
    binary: BinaryIO = stream.buffer
    return binary


def _read_to_its_end(stream: BinaryIO) -> None:
    """Let whoever writes to the pipe finish: behind the last file there is padding."""
    while stream.read(1 << 16):
        continue
