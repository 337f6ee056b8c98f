"""What has been answered in the menu, and the command line that says the same."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import click

_INPUTS = ("inputs", "files", "directory")
_VALUES = ("model", "device", "precision", "output")
_FLAGS = ("overwrite", "force", "allow_partial")
_OF_THE_MENU = ("interactive", "lang")


@dataclass(frozen=True, slots=True)
class Answers:
    """What to do with what. None, and no formats, stand for what the settings say.

    ``rest`` are options of a command line that the menu does not ask for.
    """

    inputs: tuple[str, ...] = ()
    watch: bool = False
    model: str | None = None
    formats: tuple[str, ...] = ()
    output: str | None = None
    device: str | None = None
    precision: str | None = None
    recursive: bool | None = None
    overwrite: bool = False
    force: bool = False
    allow_partial: bool = False
    rest: tuple[str, ...] = ()


def arguments(answers: Answers) -> list[str]:
    """Return the arguments of ``gigaam`` that do what was answered; inputs come last."""
    separator = ["--"] if any(path.startswith("-") for path in answers.inputs) else []
    command = "watch" if answers.watch else "transcribe"
    return [command, *_options(answers), *answers.rest, *separator, *answers.inputs]


def settings(answers: Answers) -> dict[str, object]:
    """Return the answers that a profile keeps, by long flags without dashes: all that is not for one run."""
    values: dict[str, object] = {name: getattr(answers, name) for name in _VALUES if getattr(answers, name)}
    if answers.formats:
        values["format"] = ",".join(answers.formats)
    if answers.recursive is not None:
        values["recursive"] = answers.recursive
    values.update({_dashed(name): True for name in _flags(answers) if name != "force"})
    return values


def _options(answers: Answers) -> Iterator[str]:
    if answers.formats:
        yield from ("--format", ",".join(answers.formats))
    for name in _VALUES:
        value = getattr(answers, name)
        if value:
            yield from (f"--{name}", value)
    if answers.recursive is not None:
        yield "--recursive" if answers.recursive else "--no-recursive"
    yield from (f"--{_dashed(name)}" for name in _flags(answers))


def _flags(answers: Answers) -> Iterator[str]:
    """Yield the flags that are set; a watch knows no ``--force``."""
    return (name for name in _FLAGS if getattr(answers, name) and not (answers.watch and name == "force"))


def _dashed(name: str) -> str:
    return name.replace("_", "-")


def answered(command: click.Command, given: Sequence[str]) -> Answers:
    """Return what the arguments of ``gigaam transcribe`` answer; they were found to be valid before.

    Paths become absolute, as the line that says the same is to hold in any folder.
    """
    import click

    from gigaam_cli.cli.parameters import absolute, formats

    values, _unknown, order = command.make_parser(click.Context(command)).parse_args(list(given))
    parameters = {parameter.name or "": parameter for parameter in order if values.get(parameter.name)}
    # Where none are named, click has a mark of its own in their place.
    inputs = [path for name in _INPUTS if isinstance(values.get(name), list | tuple) for path in values[name]]
    output = values.get("output")
    named = values.get("formats") or []
    return Answers(
        inputs=tuple(str(absolute(path)) for path in inputs),
        model=_model(values.get("model")),
        formats=tuple(dict.fromkeys(name for each in named for name in formats(each))),
        output=str(absolute(output)) if output and output != "-" else output,
        device=values.get("device"),
        precision=values.get("precision"),
        recursive=values.get("recursive"),
        overwrite=bool(values.get("overwrite")),
        force=bool(values.get("force")),
        allow_partial=bool(values.get("allow_partial")),
        rest=tuple(_rest(parameters.values(), values)),
    )


def _model(name: str | None) -> str | None:
    """Return the model's name, or its folder wherever the line will be used."""
    from gigaam_cli.cli.parameters import absolute

    return str(absolute(name)) if name and os.sep in name else name


def _rest(parameters: Iterable[click.Parameter], values: dict[str, Any]) -> Iterator[str]:
    import click

    known = {*_INPUTS, *_VALUES, *_FLAGS, *_OF_THE_MENU, "formats", "recursive"}
    for parameter in parameters:
        if parameter.name in known or not isinstance(parameter, click.Option):
            continue
        value = values[parameter.name or ""]
        name = max(parameter.opts, key=len)
        if parameter.count:
            yield from [name] * value
        elif parameter.is_flag:
            yield name
        else:
            for each in value if parameter.multiple else [value]:
                yield from (name, each)
