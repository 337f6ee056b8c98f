"""Makes the recordings that ``measure`` reads.

    python -m tools.evaluation.build OUT_DIR

It needs Debian's espeak-ng, festvox-ru, fortunes-ru, manpages-ru, hunspell-ru and frozen-bubble-data beside the
package itself, and nothing of torch.
"""

import argparse
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tools.demo_model import texts

from . import festvox, sound
from .join import join
from .phrases import phrases
from .truth import Clip, Joined, Truth, save

PHRASES, SENTENCES = 60, 60
# The first two are trained on, the last is not.
VOICES = {"phrase_ru": "ru", "phrase_f2": "ru+f2", "phrase_f5_unknown": "ru+f5"}
EDGE_SECONDS = 0.3  # nobody begins to speak in the first sample
SEED = 20260
NOISE_SECONDS = 60.0
NOISE_LEVELS = (-70, -50, -30, -10)
SENTENCE, RECORDING = "sentence", "recording"
MUSIC = Path("/usr/share/games/frozen-bubble/snd")
SingleClip = tuple[Clip, sound.Samples]


def clip(out: Path, name: str, kind: str, text: str, samples: sound.Samples) -> SingleClip:
    """Write one utterance as its own mp3 and say where it is audible."""
    file = f"single/{name}.mp3"
    sound.encode(samples, out / file)
    start, end = sound.audible(samples)
    duration = round(len(samples) / sound.RATE, 4)
    return Clip(file, kind, text, round(start, 4), round(end, 4), duration), samples


def phrase_clips(out: Path, seed: int, gap: int) -> Iterator[SingleClip]:
    """Let espeak-ng say new number and date phrases, each in all voices."""
    for kind, voice in VOICES.items():
        for index, text in enumerate(phrases(PHRASES, seed), start=1):
            yield clip(out, f"{kind}_{index:02}", kind, text, framed(sound.speak(text, voice, gap)))


def sentence_clips(out: Path, voice: Path, seed: int, gap: int) -> Iterator[SingleClip]:
    """Let espeak-ng say free sentences that nothing was trained on."""
    chosen = random.Random(seed).sample(texts.collect("sentences", voice).held_out, SENTENCES)
    for index, text in enumerate(chosen, start=1):
        samples = framed(sound.speak(text, gap=gap))
        yield clip(out, f"{SENTENCE}_{index:02}", SENTENCE, festvox.normalise(text), samples)


def framed(samples: sound.Samples) -> sound.Samples:
    """Put a moment of silence around an utterance."""
    edge = sound.silence(EDGE_SECONDS)
    return np.concatenate([edge, samples, edge])


def recording_clips(out: Path, voice: Path) -> Iterator[SingleClip]:
    """Take the human recordings that the demo model has not learnt."""
    texts = festvox.texts(voice)
    for name in festvox.held_out(voice):
        yield clip(out, name, RECORDING, texts[name], sound.decode(festvox.recording(voice, name)))


def joined_files(out: Path, clips: list[SingleClip], seed: int) -> Iterator[Joined]:
    """Join the clips of each kind twice: with digital silence and with faint noise."""
    for kind in dict.fromkeys(clip.kind for clip, _ in clips):
        chosen = [item for item in clips if item[0].kind == kind]
        for background in ("silence", "noise"):
            file = f"joined/{kind}s_with_{background}.mp3"
            truth, audio = join(file, chosen, seed, background=background)
            sound.encode(audio, out / file)
            yield truth


def wordless_files(out: Path, seed: int) -> Iterator[str]:
    """Write recordings without a word: silence, noise at four levels, brown noise, and music of a game."""
    rng = np.random.default_rng(seed)
    recordings = {
        "silence": sound.silence(NOISE_SECONDS),
        **{f"white_noise_{-level}": sound.noise(NOISE_SECONDS, level, rng) for level in NOISE_LEVELS},
        "brown_noise": sound.hum(NOISE_SECONDS, -30, rng),
        **{f"music_{path.stem}": sound.decode(path) for path in sorted(MUSIC.glob("*zik*.ogg"))},
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
    parser.add_argument("--gap", type=int, default=0, help="between the words of espeak-ng, in 10 ms")
    args = parser.parse_args()
    clips = [
        *phrase_clips(args.out, args.seed, args.gap),
        *recording_clips(args.out, args.voice),
        *sentence_clips(args.out, args.voice, args.seed, args.gap),
    ]
    joined = tuple(joined_files(args.out, clips, args.seed))
    wordless = tuple(wordless_files(args.out, args.seed))
    save(Truth(tuple(single for single, _ in clips), joined, wordless), args.out)
    print(f"{len(clips)} clips, {len(joined)} joined and {len(wordless)} wordless files in {args.out}")


if __name__ == "__main__":
    main()
