"""What is known about the evaluation recordings, as ``truth.json`` keeps it."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

FILE_NAME = "truth.json"


@dataclass(frozen=True)
class Clip:
    """One utterance in a file of its own; ``start`` and ``end`` bound its audible part."""

    file: str
    kind: str
    text: str
    start: float
    end: float
    duration: float


@dataclass(frozen=True)
class Placed:
    """An utterance inside a joined file: the clip's interval, and where it is first audible."""

    clip: str
    text: str
    begin: float
    start: float
    end: float


@dataclass(frozen=True)
class Joined:
    """Clips of one kind in a row; ``pauses`` are the intervals of inserted silence or faint noise."""

    file: str
    kind: str
    background: str
    duration: float
    utterances: tuple[Placed, ...]
    pauses: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Truth:
    """Everything about one folder of evaluation recordings."""

    clips: tuple[Clip, ...]
    joined: tuple[Joined, ...]
    wordless: tuple[str, ...]


def save(truth: Truth, folder: Path) -> None:
    """Write ``truth.json`` into ``folder``."""
    text = json.dumps(asdict(truth), ensure_ascii=False, indent=1)
    (folder / FILE_NAME).write_text(text + "\n", encoding="utf-8")


def load(folder: Path) -> Truth:
    """Read ``truth.json`` from ``folder``."""
    data = json.loads((folder / FILE_NAME).read_text(encoding="utf-8"))
    return Truth(
        clips=tuple(Clip(**clip) for clip in data["clips"]),
        joined=tuple(_joined(item) for item in data["joined"]),
        wordless=tuple(data["wordless"]),
    )


def _joined(data: dict[str, object]) -> Joined:
    utterances, pauses = data.pop("utterances"), data.pop("pauses")
    if not isinstance(utterances, list) or not isinstance(pauses, list):
        raise TypeError("truth.json: utterances and pauses are lists")
    return Joined(
        file=str(data["file"]),
        kind=str(data["kind"]),
        background=str(data["background"]),
        duration=float(str(data["duration"])),
        utterances=tuple(Placed(**item) for item in utterances),
        pauses=tuple((float(begin), float(end)) for begin, end in pauses),
    )
