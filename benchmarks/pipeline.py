"""The whole way from compressed files to texts, beside onnx-asr over the same files decoded beforehand.

    python -m benchmarks.pipeline MODEL VAD [--minutes 3] [--files 40] [--rounds 1]

MODEL is a folder with v3_ctc.onnx, VAD as ``benchmarks.with_onnx_asr`` wants it. The speech is kept in
MODEL/benchmarks.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from pathlib import Path

from . import speech
from .models import for_onnx_asr, variants
from .timing import machine, told


def decoded(files: list[Path]) -> list[Path]:
    """Return WAV files beside recordings, which onnx-asr wants."""
    made = [path.with_suffix(".wav") for path in files]
    for path, wav in zip(files, made, strict=True):
        if not wav.exists():
            speech.write(wav, speech.listen(path))
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("vad", type=Path)
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--files", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    folder = args.model / "benchmarks" / f"speech_{args.files}_{args.minutes:g}"
    files = speech.files(folder, [args.minutes * 60] * args.files)
    waves = decoded(files)
    variants(args.model, args.model / "benchmarks")
    published = for_onnx_asr(args.model, args.model / "benchmarks")
    rounds = []
    for _ in range(args.rounds):
        out = Path(tempfile.mkdtemp())
        ours = told("accounted", args.model, out, *files)
        shutil.rmtree(out)
        others = {"fp32": told("with_onnx_asr", args.model, args.vad, *waves)}
        others["int8"] = told("with_onnx_asr", published, args.vad, *waves, "--quantization", "int8")
        ratios = {name: other["wall"] / ours["wall"] for name, other in others.items()}
        rounds.append({"gigaam": ours, "onnx_asr": others, "ratios": ratios})
        print(json.dumps(rounds[-1], indent=1), flush=True)
    if args.json:
        args.json.write_text(json.dumps({"machine": machine(), "rounds": rounds}, indent=1))


if __name__ == "__main__":
    main()
