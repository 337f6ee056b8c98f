"""Makes the recordings in ``examples``, in the package's ``demo/recordings`` and in ``tests/data``.

    python -m tools.evaluation.media [REPOSITORY]

It needs espeak-ng and festvox-ru (``apt install espeak-ng festvox-ru``) beside the package itself.
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from . import festvox, sound
from .join import join
from .truth import Clip, Joined

EDGE_SECONDS = 0.4
GAP_SECONDS = 0.8
EXAMPLES, DEMO, TESTS = "examples", "src/gigaam_cli/demo/recordings", "tests/data"
PICTURE = "smptebars=size=320x180:rate=5"
JOINED_SEED = 7


@dataclass(frozen=True)
class Said:
    """A phrase for espeak-ng."""

    text: str

    def samples(self, _voice: Path) -> sound.Samples:
        """Return its sound."""
        return sound.speak(self.text)

    def reference(self, _texts: dict[str, str]) -> str:
        """Return what is said."""
        return self.text


@dataclass(frozen=True)
class Taken:
    """A recording of festvox-ru: the whole of it, or the seconds in which ``text`` is said."""

    name: str
    text: str = ""
    start: float = 0.0
    end: float | None = None

    def samples(self, voice: Path) -> sound.Samples:
        """Return its sound."""
        stop = None if self.end is None else round(self.end * sound.RATE)
        return sound.decode(festvox.recording(voice, self.name))[round(self.start * sound.RATE) : stop]

    def reference(self, texts: dict[str, str]) -> str:
        """Return what is said."""
        return self.text or texts[self.name]


@dataclass(frozen=True)
class Recording:
    """A file and what is heard in it, with pauses between."""

    file: str
    parts: tuple[Said | Taken, ...]
    bitrate: str = "48k"
    edge: float = EDGE_SECONDS
    gap: float = GAP_SECONDS

    def write(self, folder: Path, voice: Path) -> None:
        """Make the file below ``folder``."""
        gap = sound.silence(self.gap)
        pieces = [piece for part in self.parts for piece in (gap, part.samples(voice))][1:]
        edge = sound.silence(self.edge)
        audio = np.concatenate([edge, *pieces, edge])
        path = folder / self.file
        length = f"{len(audio) / sound.RATE:.3f}"
        video = ("-f", "lavfi", "-t", length, "-i", PICTURE) if path.suffix == ".mp4" else ()
        sound.encode(audio, path, bitrate=self.bitrate, video=video)

    def reference(self, texts: dict[str, str]) -> str:
        """Return everything said in it."""
        return " ".join(part.reference(texts) for part in self.parts)


def said(*texts: str) -> tuple[Said, ...]:
    """Return phrases for espeak-ng."""
    return tuple(Said(text) for text in texts)


def taken(*names: str) -> tuple[Taken, ...]:
    """Return whole recordings of festvox-ru."""
    return tuple(Taken(name) for name in names)


EXAMPLE_RECORDINGS = (
    Recording("human_learnt_sentence.mp3", taken("ru_0039"), "64k"),
    Recording(
        "human_learnt_story.m4a",
        (
            Taken("ru_0069", "тысячи людей глядели на квадратные освещенные окна сарая", 1.71, 7.05),
            Taken("ru_0060", "где после смерти кати он никогда не ночевал", 2.35, 6.76),
            Taken("ru_0051", "отец с матерью померли братья убиты земля заброшена", 1.75, 7.24),
            Taken("ru_0052", "ну очень рад сказал лось", 2.45, 5.14),
        ),
        "80k",
        edge=0.35,
        gap=0.9,
    ),
    Recording(
        "human_held_out_fragments.ogg",
        (
            Taken("ru_0789", "до того очумели что не знали как его убили", 4.42, 8.72),
            Taken("ru_0834", "пусти сказал володя", 4.48, 6.83),
        ),
        "64k",
        edge=0.5,
        gap=1.0,
    ),
    Recording(
        "synthetic_dates.mp4",
        said(
            "двадцать третье марта тысяча девятьсот восемьдесят пятого года",
            "двенадцатое апреля тысяча девятьсот шестьдесят первого года",
            "тридцать первое декабря тысяча девятьсот девяносто девятого года",
        ),
    ),
    Recording(
        "synthetic_telephones.ogg",
        said(
            "восемь девятьсот двенадцать триста сорок пять шестьдесят семь восемьдесят девять",
            "восемь девятьсот шестьдесят один восемьсот тринадцать пятьдесят тридцать три",
            "восемь девятьсот тридцать семь четыреста двадцать один тридцать пять семьдесят девять",
        ),
    ),
    Recording("synthetic_sum.wav", said("сто двадцать три тысячи четыреста пятьдесят шесть рублей")),
)

DEMO_RECORDINGS = (
    Recording(
        "dates.mp3",
        said(
            "двадцатое октября тысяча девятьсот двадцать первого года",
            "восемнадцатое февраля две тысячи шестнадцатого года",
        ),
    ),
    Recording(
        "numbers.m4a",
        said(
            "четыре тысячи пятьдесят два семь тысяч пятьсот девяносто три пять тысяч шестьсот шестьдесят три"
        ),
    ),
    Recording("person.ogg", taken("ru_0054"), "64k"),
)

BASE = Recording("base.wav", said("двадцать третье марта тысяча девятьсот восемьдесят пятого года"))
HELD_OUT = (
    Recording("ru_0782.ogg", taken("ru_0782"), "24k"),
    Recording("ru_0784.ogg", taken("ru_0784"), "24k"),
    Recording("ru_0803.ogg", taken("ru_0803"), "24k"),
    Recording("ru_0840.mp3", taken("ru_0840"), "32k"),
    Recording("ru_0841.mp3", taken("ru_0841"), "32k"),
)
JOINED_FILE = "joined.ogg"
JOINED_PHRASES = (
    "двадцатое октября тысяча девятьсот двадцать первого года",
    "двести шестьдесят девять тысяч шестьсот двадцать семь рублей",
    "восемь девятьсот восемь четыреста семнадцать пятьдесят пять сорок девять",
    "тридцать первое декабря тысяча девятьсот девяносто девятого года",
    "четыре тысячи сто тридцать один семь тысяч шестьсот четыре одна тысяча семьсот девяносто один",
    "пятьсот пять тысяч пятьсот девяносто пять рублей",
    "восемнадцатое февраля две тысячи шестнадцатого года",
)


def write_examples(folder: Path, voice: Path) -> None:
    """Write the examples, and the reference of each in a folder of its own."""
    texts = festvox.texts(voice)
    references = folder / "references"
    references.mkdir(parents=True, exist_ok=True)
    for recording in EXAMPLE_RECORDINGS:
        recording.write(folder / "recordings", voice)
        text = recording.reference(texts) + "\n"
        (references / recording.file).with_suffix(".txt").write_text(text, encoding="utf-8")


def write_with_references(folder: Path, voice: Path, recordings: tuple[Recording, ...]) -> None:
    """Write recordings and one ``references.json`` beside them."""
    texts = festvox.texts(voice)
    for recording in recordings:
        recording.write(folder, voice)
    _write_json(folder / "references.json", {item.file: item.reference(texts) for item in recordings})


def write_joined(folder: Path) -> None:
    """Write phrases with pauses and ``truth.json``, which says where each begins."""
    clips = list(_phrase_clips())
    joined, audio = join(JOINED_FILE, clips, JOINED_SEED, background="noise")
    sound.encode(audio, folder / JOINED_FILE, bitrate="24k")
    _write_json(folder / "truth.json", _described(joined))


def _phrase_clips() -> Iterator[tuple[Clip, sound.Samples]]:
    for index, text in enumerate(JOINED_PHRASES):
        samples = sound.speak(text)
        start, end = sound.audible(samples)
        yield Clip(str(index), "phrase", text, start, end, len(samples) / sound.RATE), samples


def _described(joined: Joined) -> dict[str, object]:
    utterances = [{"text": item.text, "start": item.start, "end": item.end} for item in joined.utterances]
    return {
        "file": joined.file,
        "duration": joined.duration,
        "utterances": utterances,
        "pauses": [list(pause) for pause in joined.pauses],
    }


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    """Write everything below the repository named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("repository", type=Path, nargs="?", default=Path())
    parser.add_argument("--voice", type=Path, default=festvox.VOICE_DIR, help="where festvox-ru is")
    args = parser.parse_args()
    write_examples(args.repository / EXAMPLES, args.voice)
    write_with_references(args.repository / DEMO, args.voice, DEMO_RECORDINGS)
    write_with_references(args.repository / TESTS, args.voice, (BASE, *HELD_OUT))
    write_joined(args.repository / TESTS)


if __name__ == "__main__":
    main()
