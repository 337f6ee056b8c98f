"""Everything that can foreseeably go wrong, as one tree of exceptions.

Each leaf has a stable ``code``, a message and a hint that says what to do next. Both are templates in
English, which front ends translate before the values are filled in. This layer knows neither exit codes
nor HTTP statuses.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ClassVar

from gigaam_cli.core.i18n import mark as _


class GigaamError(Exception):
    """A foreseeable failure: what happened, to what, and what to do next."""

    code: ClassVar[str] = "error"
    template: ClassVar[str] = ""
    advice: ClassVar[str] = ""
    guess: ClassVar[str] = ""
    """What stands in the place of ``advice`` where something of a similar name is known, as ``nearest``."""

    def __init__(self, **values: object) -> None:
        super().__init__(values)
        self.values = values

    def message(self, translate: Callable[[str], str] = str) -> str:
        """What happened, through ``translate``."""
        return translate(self.template).format(**self._shown(translate))

    def hint(self, translate: Callable[[str], str] = str) -> str:
        """What to do next, through ``translate``; may be empty."""
        return translate(self.counsel).format(**self._shown(translate))

    @property
    def counsel(self) -> str:
        """The template of ``hint``."""
        return self.guess if self.guess and self.values.get("nearest") else self.advice

    def _shown(self, translate: Callable[[str], str]) -> dict[str, object]:
        """The values, a ``detail`` through ``translate``: it may be a marked message itself."""
        detail = self.values.get("detail")
        return {**self.values, "detail": translate(detail)} if isinstance(detail, str) else self.values

    def __str__(self) -> str:
        return self.message()

    def __reduce__(self) -> tuple[Callable[[], GigaamError], tuple[()]]:
        return partial(type(self), **self.values), ()


# --- one recording cannot be transcribed; the rest of the run goes on ---------------------------------------


class MediaError(GigaamError):
    """One recording cannot be read."""

    code = "media_error"
    passing: ClassVar[bool] = False
    """It may go well the next time, as nothing in the recording says that it must not."""
    counts: ClassVar[bool] = False
    """Again and again, it is the recording's fault after all: it is left alone after several times."""


class EmptyFileError(MediaError):
    """The file has no bytes."""

    code = "empty_file"
    template = _("the file is empty (0 bytes)")
    advice = _("Copy or record it again.")


class NotMediaError(MediaError):
    """FFmpeg does not recognise the contents, or they are of a kind that gigaam does not open."""

    code = "not_media"
    template = _("this is not audio or video that gigaam opens: {detail}")
    advice = _("Check how the file came about; playlists and lists of files are not followed.")


class NoAudioStreamError(MediaError):
    """There is a container, but nothing to hear in it."""

    code = "no_audio_stream"
    template = _("there is no audio stream in the file")
    advice = _("Check whether the recording has sound.")


class AudioStreamMissingError(MediaError):
    """``--audio-stream`` names a stream that this file does not have."""

    code = "audio_stream_missing"
    template = _("there is no audio stream {number}; the file has {count}")
    advice = _("Streams are counted from 0; leave --audio-stream out for the default one.")


class TruncatedMediaError(MediaError):
    """The recording ends before its container says it does."""

    code = "truncated_media"
    template = _("the recording breaks off at {decoded} of {expected}")
    advice = _("Copy it again, or publish what there is with --allow-partial.")


class DamagedMediaError(MediaError):
    """FFmpeg gave up on the file."""

    code = "damaged_media"
    template = _("FFmpeg cannot decode the file: {detail}")
    advice = _("Play it in another program; if that works, convert it and try again.")


class DecoderStalledError(MediaError):
    """FFmpeg made no progress for a while and was stopped."""

    code = "decoder_stalled"
    passing = True
    template = _("FFmpeg made no progress for {seconds} s and was stopped")
    advice = _("The file or its disk may be faulty; a slow network disk wants a larger --stall-timeout.")


class DecoderKilledError(MediaError):
    """Something killed FFmpeg."""

    code = "decoder_killed"
    passing = True
    counts = True
    template = _("FFmpeg was killed (signal {signal})")
    advice = _("Look for a shortage of memory, then run again.")


class TooLongError(MediaError):
    """The recording is longer than ``--max-duration``."""

    code = "too_long"
    template = _("the recording is longer than {limit}")
    advice = _("Raise --max-duration if that is intended.")


class UnreadableError(MediaError):
    """The operating system does not let us read the file."""

    code = "unreadable"
    passing = True
    template = _("cannot be read: {detail}")
    advice = _("Check its permissions and its disk.")


class ChangedWhileReadingError(MediaError):
    """The file is not the one that the run began with."""

    code = "changed_while_reading"
    passing = True
    template = _("the file changed while it was being read")
    advice = _("Run again when it has stopped changing, or use --settle.")


class OvertakenError(MediaError):
    """Another run recognised the same recording, and what this one built on is gone."""

    code = "overtaken"
    passing = True
    template = _("another run was at the same recording")
    advice = _("Run again: what is recognised is not done twice.")


class RecognitionError(MediaError):
    """The engine failed on a segment of this recording."""

    code = "recognition_failed"
    passing = True
    counts = True
    template = _("recognition failed at {position}: {detail}")
    advice = _("Run again; if it fails at the same place, report it with the log.")


class LeftAloneError(MediaError):
    """A recording failed again and again, and is not tried any more."""

    code = "left_alone"
    template = _("it failed {times} times and is left alone: {detail}")
    advice = _("It is tried again when it changes, or with --force.")


class UnexpectedError(MediaError):
    """A bug of ours, kept to the one file that showed it."""

    code = "internal_error"
    passing = True
    template = _("an error of gigaam itself: {detail}")
    advice = _("Please report it; -vv shows where it happened.")


# --- the environment ----------------------------------------------------------------------------------------


class EnvironmentFailure(GigaamError):  # noqa: N818 - EnvironmentError is a builtin
    """Something that every recording needs is not there."""

    code = "environment"


class FfmpegMissingError(EnvironmentFailure):
    """There is no FFmpeg to run."""

    code = "ffmpeg_missing"
    template = _("FFmpeg was not found ({detail})")
    advice = _("Install ffmpeg, or set GIGAAM_FFMPEG to its path.")


class DeviceMissingError(EnvironmentFailure):
    """The named device is not there, or onnxruntime cannot use it."""

    code = "device_missing"
    template = _("the device {device} cannot be used: {detail}")
    advice = _("Use --device cpu or --device auto.")


class DeviceLostError(EnvironmentFailure):
    """A device that worked does not work any longer."""

    code = "device_lost"
    template = _("the device {device} was lost: {detail}")
    advice = _("Look for its driver's messages in the system's log; what is recognised is not done twice.")


class EngineCrashedError(EnvironmentFailure):
    """The process that an engine has to itself ended under its work, and again under the same work."""

    code = "engine_crashed"
    template = _("the process that recognises on {device} ended, twice over the same audio")
    advice = _("Look for a shortage of memory and for the driver's messages in the system's log.")


class EngineStuckError(EnvironmentFailure):
    """An engine was asked and did not answer."""

    code = "engine_stuck"
    template = _("there was no answer for {seconds} s, twice")
    advice = _("Look for a shortage of memory and for the driver's messages in the system's log.")


class StoreError(EnvironmentFailure):
    """The state store cannot be used."""

    code = "store_unusable"
    template = _("the state store {path} cannot be used: {detail}")
    advice = _("Set GIGAAM_STATE_DIR to a folder on a local disk that you may write to.")


class StoreDamagedError(StoreError):
    """What is in the state store makes no sense."""

    code = "store_damaged"
    template = _("the state store {path} is damaged: {detail}")
    advice = _("Run again: it is set aside then, and gigaam adopt takes in the texts that are there.")


class StoreTooNewError(EnvironmentFailure):
    """A newer gigaam wrote this state store."""

    code = "store_too_new"
    template = _("the state store {path} is of a newer gigaam (schema {found}; this one knows {known})")
    advice = _("Upgrade gigaam, or set GIGAAM_STATE_DIR to another folder.")


# --- inputs and outputs -------------------------------------------------------------------------------------


class NoMediaFoundError(GigaamError):
    """Nothing to do: no input has media in it."""

    code = "no_media"
    template = _("no audio or video was found in {where}")
    advice = _("Extensions looked for: {extensions}. A file named outright is tried whatever its extension.")


class NothingIncludedError(NoMediaFoundError):
    """There are recordings, but the user's own rules leave all of them out."""

    code = "nothing_included"
    template = _("no recording in {where} is left by the rules ({left_out} are left out)")
    advice = _("Look at --include, --exclude, --settle and --no-recursive; --dry-run shows what is left out.")


class NothingKnownError(NoMediaFoundError):
    """The store has no recording that was asked for."""

    code = "nothing_known"
    template = _("gigaam has recognised nothing in {where}")
    advice = _("gigaam transcribe does that; gigaam status shows what is known.")


class InputRefusedError(GigaamError):
    """An input that gigaam does not take, such as a URL."""

    code = "input_refused"
    template = _("{path} is an address on the network, and gigaam reads local files only")
    advice = _("Download it first, then name the file.")


class InputMissingError(MediaError):
    """A file or folder named by the user is not there."""

    code = "input_missing"
    template = _("no such file or folder")
    advice = _("Check the spelling; quote names with spaces.")


class InputUnusableError(MediaError):
    """An input that is neither a regular file nor a folder."""

    code = "input_unusable"
    template = _("not a regular file")
    advice = _("Name a file or a folder, or send a recording to gigaam transcribe -.")


class OutputError(GigaamError):
    """A result cannot be written."""

    code = "output_unwritable"
    template = _("{path} cannot be written: {detail}")
    advice = _("Check permissions, or write elsewhere with -o FOLDER.")


class DiskFullError(OutputError):
    """There is no room for a result."""

    code = "disk_full"
    template = _("no room for {path} ({size} bytes): {detail}")
    advice = _("Free some space and run again: what is recognised already is not done twice.")


class NoRoomError(DiskFullError):
    """A disk has less room than the shortest texts take."""

    code = "no_room"
    template = _("no room for the texts in {path}: they need {size} bytes, and {free} are free")


class OutputExistsError(OutputError):
    """A file of that name is in the way, and gigaam did not write it."""

    code = "output_exists"
    template = _("{path} exists already, and gigaam did not write it")
    advice = _("Move it away, or replace it with --overwrite.")
