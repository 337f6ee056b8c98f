"""What can be wrong with texts that are there already, in the same tree as all errors."""

from __future__ import annotations

from gigaam_cli.core.errors import GigaamError, NoMediaFoundError
from gigaam_cli.core.i18n import mark as _


class NothingPublishedError(NoMediaFoundError):
    """The store has no text of what was asked for."""

    code = "nothing_published"
    template = _("gigaam has published no text of {where}")
    advice = _("Name recordings or folders with recordings; gigaam status shows which are known.")


class NothingToAdoptError(NoMediaFoundError):
    """There are recordings, and not one text of theirs."""

    code = "nothing_to_adopt"
    template = _("there are no texts of the recordings in {where}")
    advice = _("Name the folder with the texts with -o, as for gigaam transcribe.")


class EmptyTextError(GigaamError):
    """A text has no bytes, in a format that always has some."""

    code = "empty_text"
    template = _("the text is empty, which {format} never is")
    advice = _("Delete it, and gigaam transcribe writes it again.")


class ForeignTextError(GigaamError):
    """A file of the right name is nothing that gigaam writes."""

    code = "foreign_text"
    template = _("this is no transcript of gigaam's: {detail}")
    advice = _("Move it away if gigaam is to write one there.")


class OtherRecordingError(GigaamError):
    """A text says that it is of a recording of another size."""

    code = "other_recording"
    template = _("the texts are of a recording of {found} bytes, and this one has {size}")
    advice = _("gigaam transcribe --overwrite writes them anew.")
