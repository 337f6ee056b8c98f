"""The human recordings of the festvox-ru voice: their texts as the demo model is meant to say them."""

import re
from pathlib import Path

VOICE_DIR = Path("/usr/share/festival/voices/russian/msu_ru_nsh_clunits")
HELD_OUT = 60  # the last by name: the demo model has not learnt them
ENTRY = re.compile(r'^\( (\S+) "(.*)" \)$', re.MULTILINE)


def normalise(text: str) -> str:
    """Return lower-case Cyrillic words alone: ё as е, punctuation and hyphens as spaces."""
    return " ".join(re.findall("[а-я]+", text.lower().replace("ё", "е")))


def texts(voice: Path) -> dict[str, str]:
    """Return every recording's normalised text by its name; ``+`` in the source marks a stress."""
    source = (voice / "etc" / "txt.done.data").read_text(encoding="utf-8")
    return {name: normalise(text.replace("+", "")) for name, text in ENTRY.findall(source)}


def recording(voice: Path, name: str) -> Path:
    """Return the path of the recording called ``name``."""
    return voice / "wav" / f"{name}.wav"


def held_out(voice: Path) -> list[str]:
    """Return the names of the recordings that training left out."""
    return sorted(path.stem for path in (voice / "wav").glob("*.wav"))[-HELD_OUT:]
