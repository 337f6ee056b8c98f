"""The options of the commands, in named groups. Every long flag has its environment variable: GIGAAM_FLAG."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from gigaam_cli.cli import completion
from gigaam_cli.cli.parameters import PATH, each_absolute, finite, formats, template, time, time_of_day
from gigaam_cli.core.i18n import LANGUAGES, mark
from gigaam_cli.core.i18n import translate as _
from gigaam_cli.engines.catalog import DEFAULT_MODEL
from gigaam_cli.writers.registry import FORMATS

HELP_NAMES = ["-h", "--help"]
Decorator = Callable[[Any], Any]
ONE_RUN = mark("it is for one run at a time; say it on the command line")
_INPUTS = mark("inputs belong to one run; name them on the command line")


class Option(click.Option):
    """An option, which is a setting too: the settings file may say it, unless ``once`` says why not."""

    def __init__(self, *arguments: Any, once: str = "", **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.once = once
        self.title = ""
        """What the group is called that it belongs to."""


def option(*names: str, **settings: Any) -> Decorator:
    """Return click's option with its environment variable, and its default shown."""
    settings.setdefault("cls", Option)
    long_name = next(name for name in names if name.startswith("--")).split("/")[0]
    variable = "GIGAAM_" + long_name[2:].upper().replace("-", "_")
    settings.setdefault("envvar", variable)
    settings.setdefault("callback", finite)
    settings.setdefault("show_default", settings.get("default") is not None)
    return click.option(*names, **settings)


def together(*decorators: Decorator, title: str = "") -> Decorator:
    """Return what adds several options to a command, as a group that ``title`` tells."""

    def decorate(command: Any) -> Any:
        known = len(getattr(command, "__click_params__", ()))
        for decorator in reversed(decorators):
            command = decorator(command)
        for parameter in command.__click_params__[known:]:
            if isinstance(parameter, Option):
                parameter.title = parameter.title or title
        return command

    return decorate


def use_profile(context: click.Context, _parameter: click.Parameter, value: str | None) -> None:
    """Put what the settings file says, and the profile ``value`` in it, in place of a command's defaults."""
    from gigaam_cli.cli.settings import defaults

    if context.resilient_parsing:  # nothing is run, such as where a shell completes a word
        return
    context.default_map = {**(context.default_map or {}), **defaults(context.command, value)}


# A command that has this reads the settings file. It comes before all options but --help.
profile_option = option(
    "--profile",
    metavar=_("NAME"),
    is_eager=True,
    expose_value=False,
    callback=use_profile,
    once=mark("a profile is chosen on the command line or by GIGAAM_PROFILE"),
    shell_complete=completion.profiles,
    help=_("Use the settings of a profile in the settings file."),
)
language_option = option(
    "--lang", type=click.Choice(LANGUAGES), help=_("Language of messages (default: the locale's).")
)


paths_argument = click.argument("paths", nargs=-1, type=PATH, metavar=_("[PATH...]"), callback=each_absolute)
_named_options = together(
    click.argument("inputs", nargs=-1, type=PATH, metavar=_("INPUT...")),
    option(
        "-f",
        "--files",
        multiple=True,
        once=_INPUTS,
        type=PATH,
        metavar=_("PATH"),
        help=_("A file or folder; the same as INPUT."),
    ),
    option(
        "-d",
        "--directory",
        shell_complete=completion.folders,
        multiple=True,
        once=_INPUTS,
        type=PATH,
        metavar=_("PATH"),
        help=_("A folder; the same as INPUT."),
    ),
    option(
        "--files-from",
        type=PATH,
        once=_INPUTS,
        metavar=_("PATH"),
        help=_("Read inputs from a file, a line each; - is stdin."),
    ),
    option(
        "-0",
        "--null",
        is_flag=True,
        once=_INPUTS,
        help=_("With --files-from: names end with NUL, not with a line."),
    ),
)


def _rules_options(settle: float) -> Decorator:
    return together(
        option("--recursive/--no-recursive", default=True, help=_("Look into sub-folders.")),
        option("--include", multiple=True, metavar=_("GLOB"), help=_("Take only files that match.")),
        option("--exclude", multiple=True, metavar=_("GLOB"), help=_("Leave out files that match.")),
        option(
            "--settle",
            type=click.FloatRange(min=0),
            default=settle,
            metavar=_("SECONDS"),
            help=_("Leave out files that changed less than this ago."),
        ),
        title=_("Inputs"),
    )


_part_options = together(
    option(
        "--audio-stream",
        type=click.IntRange(min=0),
        metavar="N",
        help=_("Which audio stream, from 0 (default: the file's own)."),
    ),
    option(
        "--start",
        type=time,
        default=0.0,
        show_default=False,
        metavar=_("TIME"),
        help=_("Begin there in each recording."),
    ),
    option("--end", type=time, metavar=_("TIME"), help=_("End there in each recording.")),
    title=_("Inputs"),
)
named_options = together(_named_options, _rules_options(settle=0.0))
input_options = together(named_options, _part_options)
# What arrives may still be growing.
watched_options = together(
    click.argument(
        "folders",
        nargs=-1,
        required=True,
        type=PATH,
        metavar=_("FOLDER..."),
        callback=each_absolute,
        shell_complete=completion.folders,
    ),
    _rules_options(settle=10.0),
    _part_options,
)

_template_option = option(
    "--template",
    type=template,
    metavar=_("TEMPLATE"),
    help=_("How texts are called, such as {example}.").format(example="texts/{name}"),
)
output_options = together(
    option(
        "-F",
        "--format",
        "formats",
        type=formats,
        multiple=True,
        shell_complete=completion.formats,
        metavar=_("FORMATS"),
        envvar="GIGAAM_FORMAT",
        help=_("Formats: {known} (default txt,timecodes).").format(known=", ".join(FORMATS)),
    ),
    option(
        "-o",
        "--output",
        shell_complete=completion.folders,
        type=click.Path(readable=False, allow_dash=True, path_type=Path),
        metavar=_("PATH"),
        help=_("Folder for the texts (default: beside each input); - is stdout."),
    ),
    _template_option,
    option("--overwrite", is_flag=True, help=_("Replace files that gigaam did not write.")),
    title=_("Outputs"),
)
adopted_options = together(
    option(
        "-F",
        "--format",
        "formats",
        type=formats,
        multiple=True,
        shell_complete=completion.formats,
        metavar=_("FORMATS"),
        envvar="GIGAAM_FORMAT",
        help=_("Formats: {known} (default: all that are there).").format(known=", ".join(FORMATS)),
    ),
    option(
        "-o",
        "--output",
        shell_complete=completion.folders,
        type=click.Path(readable=False, path_type=Path),
        metavar=_("PATH"),
        help=_("Folder with the texts (default: beside each input)."),
    ),
    _template_option,
    title=_("Outputs"),
)

recognition_options = together(
    option(
        "-m",
        "--model",
        default=DEFAULT_MODEL,
        shell_complete=completion.models,
        metavar=_("MODEL"),
        help=_("A model's name, demo, or a folder with model files."),
    ),
    option(
        "--device",
        default="auto",
        shell_complete=completion.devices,
        metavar=_("DEVICE"),
        help=_("auto, cpu, cuda, cuda:0,cuda:1 or all."),
    ),
    option(
        "--precision",
        type=click.Choice(["auto", "int8", "fp16", "fp32"]),
        default="auto",
        help=_("Precision of the model's files."),
    ),
    option(
        "--offline",
        is_flag=True,
        help=_("Use no network, not even for a model that is missing."),
    ),
    option(
        "--batch-size",
        type=click.IntRange(min=1),
        metavar="N",
        help=_("Segments that go to the device together."),
    ),
    option(
        "--threads",
        type=click.IntRange(min=1),
        metavar="N",
        help=_("Segments recognised at the same time (default: one a core)."),
    ),
    title=_("Recognition"),
)

segment_options = together(
    option("--vad", type=click.Choice(["silero", "none"]), default="silero", help=_("What finds speech.")),
    option(
        "--vad-threshold",
        type=click.FloatRange(0, 1),
        default=0.5,
        metavar=_("NUMBER"),
        help=_("Probability from which on it is speech."),
    ),
    option(
        "--max-segment",
        type=click.FloatRange(1, 25),
        default=22.0,
        metavar=_("SECONDS"),
        help=_("Longest segment in seconds."),
    ),
    option(
        "--min-silence",
        type=click.FloatRange(min=0),
        default=0.2,
        metavar=_("SECONDS"),
        help=_("Shortest pause in seconds."),
    ),
    option(
        "--pad",
        type=click.FloatRange(0, 2),
        default=0.3,
        metavar=_("SECONDS"),
        help=_("Seconds kept around speech."),
    ),
    title=_("Segments"),
)

reading_options = together(
    option("--max-duration", type=time, metavar=_("TIME"), help=_("Refuse recordings that are longer.")),
    option(
        "--stall-timeout",
        type=click.FloatRange(min=0.1),
        default=60.0,
        metavar=_("SECONDS"),
        help=_("Give FFmpeg up after so many seconds without progress."),
    ),
    option(
        "--retries",
        type=click.IntRange(0, 10),
        default=0,
        metavar="N",
        help=_("Try what failed for a passing reason so often again, after a pause."),
    ),
    option("--allow-partial", is_flag=True, help=_("Publish what a recording that breaks off gave.")),
    title=_("Trouble and limits"),
)

limit_options = together(
    reading_options,
    option(
        "--max-runtime",
        type=time,
        metavar=_("TIME"),
        help=_("Begin no recording after so long; what is begun is finished."),
    ),
    option("--until", type=time_of_day, metavar=_("HH:MM"), help=_("The same, by the clock.")),
    title=_("Trouble and limits"),
)

progress_option = option(
    "--progress",
    type=click.Choice(["auto", "rich", "plain", "json", "none"]),
    default="auto",
    help=_("How progress is shown."),
)
json_option = option(
    "--json", "as_json", is_flag=True, once=ONE_RUN, envvar="GIGAAM_JSON", help=_("Print everything as JSON.")
)
quiet_option = option("-q", "--quiet", is_flag=True, help=_("Say only what went wrong."))

dry_run_option = option(
    "--dry-run", is_flag=True, once=ONE_RUN, help=_("Only tell what a run would meet; write nothing.")
)
report_option = option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar=_("FILE"),
    help=_("Write what becomes of each input to a file, as lines of JSON."),
)
ask_option = option("-n", "--non-interactive", is_flag=True, help=_("Never ask."))
verbose_option = option(
    "-v", "--verbose", count=True, show_default=False, help=_("Say more; twice for everything.")
)

behaviour_options = together(
    option("--force", is_flag=True, once=ONE_RUN, help=_("Do again what is done.")),
    dry_run_option,
    ask_option,
    progress_option,
    option(
        "--json",
        "as_json",
        is_flag=True,
        once=ONE_RUN,
        envvar="GIGAAM_JSON",
        help=_("Print the summary as JSON on stdout."),
    ),
    report_option,
    verbose_option,
    quiet_option,
    profile_option,
    language_option,
    title=_("Behaviour"),
)
attending_options = together(
    ask_option,
    progress_option,
    report_option,
    verbose_option,
    quiet_option,
    profile_option,
    language_option,
    title=_("Behaviour"),
)
