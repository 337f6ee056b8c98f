"""What happens during a run, as values that front ends turn into bars, lines, JSON or server events."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from gigaam_cli.core.errors import GigaamError

SKIPPED_BY_USER = "skipped_by_user"
"""Why a recording was left: somebody at the run did not want it."""
STOPPED_BY_USER = "stopped_by_user"
"""Why recordings were not begun: somebody wanted the run to finish what was in work, and end."""


Stage = Literal["waiting", "probing", "decoding", "recognising", "writing"]
"""``waiting`` is for a device that is at others; decoding goes on beside recognition until it is ahead enough."""


@dataclass(frozen=True, slots=True)
class RunStarted:
    """There are so many recordings to see to; those done already are not counted.

    Of so many the text is known, and is only ``to_write``.
    """

    files: int
    to_write: int = 0


@dataclass(frozen=True, slots=True)
class StoreSetAside:
    """The state store was damaged: it lies at ``path`` now, and an empty one is in its place."""

    path: Path


@dataclass(frozen=True, slots=True)
class DeviceChosen:
    """The engine is loaded; ``reason`` says why this device."""

    device: str
    reason: str
    model: str
    precision: str
    workers: int


@dataclass(frozen=True, slots=True)
class DeviceLost:
    """A device works no longer, and the others do its work."""

    device: str
    error: GigaamError


@dataclass(frozen=True, slots=True)
class EngineStuck:
    """A device has not answered for ``seconds``: that is ended if it can be, and its work begun again."""

    device: str
    seconds: float


@dataclass(frozen=True, slots=True)
class DurationKnown:
    """A recording was probed: ``seconds`` of it are wanted, None where its container does not tell."""

    path: Path
    seconds: float | None


@dataclass(frozen=True, slots=True)
class FileStarted:
    """Decoding of a recording begins; ``known_until`` so many seconds of it an earlier run recognised it."""

    path: Path
    seconds: float | None
    known_until: float = 0.0


@dataclass(frozen=True, slots=True)
class StageProgress:
    """Everything before ``position`` (seconds of what is wanted of it) is recognised. Never goes back.

    ``known``: an earlier run recognised what comes last in that.
    """

    path: Path
    position: float
    known: bool = False


@dataclass(frozen=True, slots=True)
class StageChanged:
    """What is going on with a recording from here on; with ``FileStarted`` that is decoding."""

    path: Path
    stage: Stage


@dataclass(frozen=True, slots=True)
class SegmentDone:
    """A segment was recognised; ``text`` may be empty."""

    path: Path
    start: float
    end: float
    text: str


@dataclass(frozen=True, slots=True)
class FileDone:
    """All outputs of a recording are published."""

    path: Path
    seconds: float
    outputs: tuple[Path, ...]
    recognised: bool
    """False where the texts came from the store."""
    words: int = 0
    kept: tuple[Path, ...] = ()
    """Texts of it that somebody edited: they stay as they are."""
    partial: bool = False
    """The recording breaks off: this is what came before."""
    suspect: tuple[tuple[float, float], ...] = ()
    """From when to when there is speech and no text of it, in seconds."""


@dataclass(frozen=True, slots=True)
class FileFailed:
    """A recording failed, and nothing of it was published (unless it is partial and that was asked for)."""

    path: Path
    error: GigaamError


@dataclass(frozen=True, slots=True)
class FilePostponed:
    """A recording failed, and is tried again later in this run."""

    path: Path
    error: GigaamError


@dataclass(frozen=True, slots=True)
class FileSkipped:
    """Nothing was to be done for this one; ``reason`` is a stable code."""

    path: Path
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class SecondLook:
    """Speech without text is recognised once more, from when to when of the recording (seconds)."""

    path: Path
    gaps: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class FileWaiting:
    """Another run is at this recording, and there is nothing else to do."""

    path: Path


@dataclass(frozen=True, slots=True)
class FileLeft:
    """Nothing more is done of this recording, for ``reason``, a stable code; what is recognised of it is kept."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class FileOvertaken:
    """Another run was faster: nothing is left to be done of this recording, for ``reason``, a stable code."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class RunEnding:
    """No new work is begun; ``reason`` is a stable code such as ``interrupted``."""

    reason: str


@dataclass(frozen=True, slots=True)
class RunPaused:
    """Nothing is read or recognised until ``RunResumed``."""


@dataclass(frozen=True, slots=True)
class RunResumed:
    """The run goes on after a pause of so many ``seconds``."""

    seconds: float


@dataclass(frozen=True, slots=True)
class ModelWaiting:
    """Another process is at work on the same model."""

    model: str


@dataclass(frozen=True, slots=True)
class FetchStarted:
    """Files of a model are about to be fetched: ``size`` bytes, of which ``there`` had arrived before."""

    model: str
    source: str
    files: int
    size: int
    there: int


@dataclass(frozen=True, slots=True)
class FetchProgress:
    """``there`` bytes of ``file`` have arrived, and ``total`` of all files."""

    model: str
    file: str
    there: int
    total: int


@dataclass(frozen=True, slots=True)
class FetchDone:
    """A model is installed, whole and checked; ``fetched`` is False where it was there already."""

    model: str
    folder: Path
    size: int
    fetched: bool


@dataclass(frozen=True, slots=True)
class PackStarted:
    """Models are about to be packed into ``target``: ``size`` bytes in so many files."""

    models: tuple[str, ...]
    target: str
    files: int
    size: int


@dataclass(frozen=True, slots=True)
class PackProgress:
    """``file`` is being packed; ``total`` bytes of all files are."""

    file: str
    total: int


@dataclass(frozen=True, slots=True)
class PackDone:
    """All models are packed."""

    models: tuple[str, ...]
    target: str
    size: int


@dataclass(frozen=True, slots=True)
class ModelRewriting:
    """A model is being rewritten for this machine, to ``precision``: it takes a minute, once."""

    model: str
    precision: str


@dataclass(frozen=True, slots=True)
class ModelRewritten:
    """That took ``seconds``. A model that was not ``accepted`` is used as it came; ``reason`` is marked."""

    model: str
    seconds: float
    accepted: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class WatchStarted:
    """These folders are being watched."""

    folders: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class WatchPlanned:
    """A pass over all folders found so many recordings to see to."""

    files: int


@dataclass(frozen=True, slots=True)
class WatchTroubled:
    """A pass could not do all that it should; the next one begins in ``pause`` seconds."""

    error: GigaamError
    pause: float


@dataclass(frozen=True, slots=True)
class FolderGone:
    """A folder that is watched is not there any more; it is waited for."""

    path: Path


@dataclass(frozen=True, slots=True)
class FolderBack:
    """A folder that was waited for is there again."""

    path: Path


@dataclass(frozen=True, slots=True)
class SourceMoved:
    """A recording whose texts are all there was moved away."""

    path: Path
    target: Path


@dataclass(frozen=True, slots=True)
class SourceDeleted:
    """A recording whose texts are all there was deleted, as was asked for."""

    path: Path


Event = (
    RunStarted
    | StoreSetAside
    | DeviceChosen
    | DeviceLost
    | EngineStuck
    | DurationKnown
    | FileStarted
    | StageProgress
    | StageChanged
    | SegmentDone
    | FileDone
    | FileFailed
    | FilePostponed
    | FileSkipped
    | SecondLook
    | FileWaiting
    | FileLeft
    | FileOvertaken
    | RunEnding
    | RunPaused
    | RunResumed
    | ModelWaiting
    | FetchStarted
    | FetchProgress
    | FetchDone
    | PackStarted
    | PackProgress
    | PackDone
    | ModelRewriting
    | ModelRewritten
    | WatchStarted
    | WatchPlanned
    | WatchTroubled
    | FolderGone
    | FolderBack
    | SourceMoved
    | SourceDeleted
)


class Observer(Protocol):
    """Gets every event of a run, in the thread that called ``run``."""

    def __call__(self, event: Event, /) -> None:
        """Take note of ``event``; must not raise and must be quick."""


def nobody(event: Event) -> None:
    """Ignore ``event``."""
