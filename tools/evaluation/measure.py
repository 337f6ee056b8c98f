"""Transcribes what ``build`` made and compares it with the truth.

    python -m tools.evaluation.measure DIR [--reuse] [-- OPTIONS OF gigaam transcribe]

``--reuse`` reads the transcripts that are there. Example of options: ``-- --vad none``.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import score
from .festvox import normalise
from .truth import Joined, Truth, load

TRANSCRIPTS = "transcripts"
POOLED = "phrase"


@dataclass(frozen=True)
class Transcript:
    """What was recognised in one file."""

    text: str
    words: tuple[score.Word, ...]


def transcribe(folder: Path, output: Path, model: str, options: Sequence[str]) -> None:
    """Run ``gigaam transcribe`` over the folder; a file that fails is missed when its transcript is read."""
    command = [sys.executable, "-m", "gigaam_cli", "transcribe", "--model", model, "--format", "json"]
    manner = ["--output", str(output), "--force", "--overwrite", "--non-interactive"]
    subprocess.run([*command, *manner, *options, str(folder)], check=False)


def read(output: Path, file: str) -> Transcript:
    """Find and read the JSON transcript of ``file``; the stems of all files differ."""
    name = f"{Path(file).stem}.json"
    path = next(iter(sorted(output.rglob(name))), None)
    if path is None:
        raise SystemExit(f"no transcript {name} below {output}")
    segments = json.loads(path.read_text(encoding="utf-8"))["segments"]
    words = tuple(
        score.Word(normalise(word["text"]), float(word["start"]), float(word["end"]))
        for segment in segments
        for word in segment["words"]
    )
    return Transcript(normalise(" ".join(segment["text"] for segment in segments)), words)


def single_rates(truth: Truth, output: Path, kind: str) -> score.Rates:
    """Return the pooled rates of the clips of one kind, each in its own file."""
    clips = [clip for clip in truth.clips if clip.kind.startswith(kind)]
    return score.rates((clip.text, read(output, clip.file).text) for clip in clips)


def joined_line(joined: Joined, transcript: Transcript, single: score.Rates) -> str:
    """Return one line of figures about a joined file."""
    reference = " ".join(item.text for item in joined.utterances)
    cer = score.rates([(reference, transcript.text)]).cer
    aligned = score.share_near(score.start_errors(joined, transcript.words))
    timed = score.share_near(score.start_errors_by_time(joined, transcript.words))
    in_pauses = score.words_in_pauses(joined, transcript.words)
    return (
        f"{Path(joined.file).stem:<28}{cer:>8.2f}{cer - single.cer:>+8.2f}"
        f"{aligned:>12.1f}{timed:>12.1f}{len(in_pauses):>10}"
    )


def report(truth: Truth, output: Path) -> Iterator[str]:
    """Yield the lines of the report."""
    kinds = list(dict.fromkeys((POOLED, *(clip.kind for clip in truth.clips))))
    exact = {kind: kind for kind in kinds} | {POOLED: f"{POOLED}s, all voices"}
    single = {kind: single_rates(truth, output, kind) for kind in kinds}
    yield f"{'one file each':<28}{'CER %':>8}{'WER %':>8}"
    for kind, value in single.items():
        yield f"{exact[kind]:<28}{value.cer:>8.2f}{value.wer:>8.2f}"
    yield ""
    yield f"{'joined':<28}{'CER %':>8}{'points':>8}{'starts %':>12}{'by time %':>12}{'in pauses':>10}"
    for joined in truth.joined:
        yield joined_line(joined, read(output, joined.file), single[joined.kind])
    yield "points: CER above the same clips singly; starts: utterances whose first word begins within"
    yield f"{score.NEAR_SECONDS} s of the truth, found by the texts and by time; in pauses: words nobody said"
    yield ""
    yield f"{'without a word':<28}{'letters':>8}"
    for file in truth.wordless:
        yield f"{Path(file).stem:<28}{len(read(output, file).text):>8}"


def split_at_dashes(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Return what is before ``--`` and what is behind it: our own options, and those of the command."""
    at = arguments.index("--") if "--" in arguments else len(arguments)
    return arguments[:at], arguments[at + 1 :]


def main() -> None:
    """Transcribe the folder named on the command line and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--reuse", action="store_true", help="do not transcribe again")
    parser.add_argument("--model", default="demo", help="a name, or a folder with model files")
    parser.add_argument("--transcripts", type=Path, help=f"default: {TRANSCRIPTS} in the folder")
    own, options = split_at_dashes(sys.argv[1:])
    args = parser.parse_args(own)
    output = args.transcripts or args.folder / TRANSCRIPTS
    if not args.reuse:
        transcribe(args.folder, output, args.model, options)
    print("\n".join(report(load(args.folder), output)))


if __name__ == "__main__":
    main()
