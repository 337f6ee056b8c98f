"""Makes the recordings that ``measure`` reads.

    python -m tools.evaluation.build OUT_DIR

It needs espeak-ng and festvox-ru (``apt install espeak-ng festvox-ru``) beside the package itself.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from . import festvox, sound
from .join import join
from .phrases import phrases
from .truth import Clip, Joined, Truth, save

PHRASES = 30
EDGE_SECONDS = 0.3  # nobody begins to speak in the first sample
SEED = 20260
NOISE_SECONDS = 60.0
PHRASE, RECORDING = "phrase", "recording"
SingleClip = tuple[Clip, sound.Samples]


def clip(out: Path, name: str, kind: str, text: str, samples: sound.Samples) -> SingleClip:
    """Write one utterance as its own mp3 and say where it is audible."""
    file = f"single/{name}.mp3"
    sound.encode(samples, out / file)
    start, end = sound.audible(samples)
    duration = round(len(samples) / sound.RATE, 4)
    return Clip(file, kind, text, round(start, 4), round(end, 4), duration), samples


def phrase_clips(out: Path, seed: int) -> Iterator[SingleClip]:
    """Let espeak-ng say new number and date phrases."""
    edge = sound.silence(EDGE_SECONDS)
    for index, text in enumerate(phrases(PHRASES, seed), start=1):
        samples = np.concatenate([edge, sound.speak(text), edge])
        yield clip(out, f"phrase_{index:02}", PHRASE, text, samples)


def recording_clips(out: Path, voice: Path) -> Iterator[SingleClip]:
    """Take the human recordings that the demo model has not learnt."""
    texts = festvox.texts(voice)
    for name in festvox.held_out(voice):
        yield clip(out, name, RECORDING, texts[name], sound.decode(festvox.recording(voice, name)))


def joined_files(out: Path, clips: list[SingleClip], seed: int) -> Iterator[Joined]:
    """Join the clips of each kind twice: with digital silence and with faint noise."""
    for kind in (PHRASE, RECORDING):
        chosen = [item for item in clips if item[0].kind == kind]
        for background in ("silence", "noise"):
            file = f"joined/{kind}s_with_{background}.mp3"
            truth, audio = join(file, chosen, seed, background=background)
            sound.encode(audio, out / file)
            yield truth


def wordless_files(out: Path, seed: int) -> Iterator[str]:
    """Write recordings without a word: silence, white and brown noise."""
    rng = np.random.default_rng(seed)
    recordings = {
        "silence": sound.silence(NOISE_SECONDS),
        "white_noise_faint": sound.noise(NOISE_SECONDS, -60, rng),
        "white_noise_loud": sound.noise(NOISE_SECONDS, -30, rng),
        "brown_noise": sound.hum(NOISE_SECONDS, -30, rng),
    }
    for name, samples in recordings.items():
        file = f"wordless/{name}.mp3"
        sound.encode(samples, out / file)
        yield file


def main() -> None:
    """Build everything below the folder named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=SEED, help="of phrases, pauses and noise")
    parser.add_argument("--voice", type=Path, default=festvox.VOICE_DIR, help="where festvox-ru is")
    args = parser.parse_args()
    clips = [*phrase_clips(args.out, args.seed), *recording_clips(args.out, args.voice)]
    joined = tuple(joined_files(args.out, clips, args.seed))
    wordless = tuple(wordless_files(args.out, args.seed))
    save(Truth(tuple(single for single, _ in clips), joined, wordless), args.out)
    print(f"{len(clips)} clips, {len(joined)} joined and {len(wordless)} wordless files in {args.out}")


if __name__ == "__main__":
    main()
