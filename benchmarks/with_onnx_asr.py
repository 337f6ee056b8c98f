"""What gigaam is compared with: onnx-asr and its Silero VAD over recordings that are decoded already.

    python -m benchmarks.with_onnx_asr MODEL VAD INPUT.wav [...] [--quantization int8]

VAD is a folder with silero_vad.onnx, which the wheel ``silero-vad`` brings.
"""

from __future__ import annotations

import argparse
import json
import time

import onnx_asr


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("vad")
    parser.add_argument("inputs", nargs="+")
    parser.add_argument("--quantization")
    args = parser.parse_args()
    began = time.perf_counter()
    vad = onnx_asr.load_vad("silero", args.vad)
    model = onnx_asr.load_model("gigaam-v3-ctc", args.model, quantization=args.quantization).with_vad(vad)
    for path in args.inputs:
        for _segment in model.recognize(path):
            pass
    print(json.dumps({"wall": time.perf_counter() - began}))


if __name__ == "__main__":
    main()
